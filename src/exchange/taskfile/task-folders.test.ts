// The folders of task files, on a real disk: what is found there by an id, and what a move does.
import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { realFiles } from "../../port/files.ts";
import { TaskFolders } from "./task-folders.ts";

const above = mkdtempSync(join(tmpdir(), "decapod-folders-"));
after(() => rmSync(above, { recursive: true, force: true }));

let made = 0;
function fresh() {
  made += 1;
  const root = join(above, String(made));
  mkdirSync(join(root, "tasks/pending"), { recursive: true });
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  const outside = join(above, `outside-${made}`);
  mkdirSync(outside);
  return { root, outside, write, folders: new TaskFolders(realFiles, { root, umask: 0o022 }) };
}

describe("the file of a task", () => {
  it("is found by its id, however its ending is written, and moves under the ending that all others have", () => {
    const { root, write, folders } = fresh();
    for (const name of ["a.md", "b.MD", "c.Md", "d.mD"]) write(`tasks/pending/${name}`, name);
    for (const id of ["a", "b", "c", "d"]) {
      const file = folders.find("pending", id);
      assert.ok(file !== null && folders.has("pending", id), id);
      folders.move(file, "in-progress");
    }
    assert.deepEqual(readdirSync(join(root, "tasks/in-progress")), ["a.md", "b.md", "c.md", "d.md"]);
    assert.equal(readFileSync(join(root, "tasks/in-progress/b.md"), "utf8"), "b.MD");
    folders.drop("in-progress", "a");
    assert.equal(folders.find("in-progress", "a"), null);
  });

  it("is no folder of that name", () => {
    const { write, folders } = fresh();
    write("tasks/failed/a.md/inside", "");
    assert.equal(folders.has("failed", "a"), false);
  });

  it("P4: is no link: the real file is found where both lie, and a link alone is known as something that is there", () => {
    const { root, write, folders } = fresh();
    write("tasks/failed/a.MD", "");
    symlinkSync("a.MD", join(root, "tasks/failed/a.md"));
    symlinkSync("a.MD", join(root, "tasks/failed/b.md"));
    assert.deepEqual([folders.find("failed", "a")?.name, folders.has("failed", "a")], ["a.MD", true]);
    assert.deepEqual([folders.find("failed", "b")?.name, folders.has("failed", "b")], ["b.md", false]);
  });
});

describe("a new file", () => {
  it("appears whole, and never in the place of another or of one that is just being made", () => {
    const { root, write, folders } = fresh();
    const names = () => readdirSync(join(root, "tasks/pending")).sort();
    assert.deepEqual(folders.create("tasks/pending/a.md", "one"), { ok: true, value: true });
    assert.deepEqual(folders.create("tasks/pending/a.md", "two"), { ok: true, value: false });
    write("tasks/pending/.b.md.new", "somebody is at it");
    assert.deepEqual(folders.create("tasks/pending/b.md", "two"), { ok: true, value: false });
    assert.deepEqual(names(), [".b.md.new", "a.md"]);
    assert.equal(readFileSync(join(root, "tasks/pending/a.md"), "utf8"), "one");
    const refused = folders.create("tasks/pending/a.md/c.md", "three");
    assert.ok(!refused.ok && refused.problems[0]?.code === "E_IO");
  });
});

describe("what lies in the way", () => {
  it("a folder under the name of a file is named as what it is, and everything stays where it lies", async () => {
    const { root, write, folders } = fresh();
    write("tasks/pending/a.md", "text");
    write("tasks/failed/a.md/inside", "");
    const file = folders.at("pending", "a.md");
    assert.deepEqual(folders.move(file, "failed"), {
      code: "E_IO",
      message: "tasks/failed/a.md is a folder, so no file can be put there",
      hint: "move that folder away",
    });
    assert.equal((await folders.write("tasks/failed/a.md", "text"))?.code, "E_IO");
    assert.equal(folders.link("tasks/failed/a.md", "tasks/pending/a.md")?.code, "E_IO");
    assert.equal((await folders.write("tasks/pending/a.md/b.md", "text"))?.code, "E_IO");
    assert.deepEqual(readdirSync(join(root, "tasks/failed")), ["a.md"]);
    assert.equal(readFileSync(join(root, "tasks/pending/a.md"), "utf8"), "text");
  });

  it("P4: E_OUTSIDE_ROOT: nothing is read, written or moved through a link that leads out of the project", async () => {
    const { root, outside, write, folders } = fresh();
    write("tasks/pending/a.md", "text");
    for (const name of ["tasks/failed", "results", "tasks/completed"])
      symlinkSync(name === "tasks/completed" ? join(outside, "nowhere") : outside, join(root, name));
    writeFileSync(join(outside, "b.md"), "theirs");
    const file = folders.at("pending", "a.md");
    const codes = [
      folders.move(file, "failed"),
      folders.move(file, "completed"),
      folders.move(folders.at("failed", "b.md"), "pending"),
      folders.moveTo(file, "results/2026-01-19/a.md"),
      await folders.write("results/2026-01-19/a.result.md", "text"),
      await folders.write("results/a.result.md", "text"),
      folders.link("results/latest/a.result.md", "tasks/pending/a.md"),
      folders.makeFolder("results"),
      folders.drop("failed", "b"),
    ].map((problem) => problem?.code);
    assert.deepEqual([...new Set(codes)], ["E_OUTSIDE_ROOT"]);
    const read = folders.read(folders.at("failed", "b.md"));
    assert.ok(read !== null && !read.ok && read.problems[0]?.code === "E_OUTSIDE_ROOT");
    assert.deepEqual(readdirSync(outside), ["b.md"]);
    assert.deepEqual(readdirSync(join(root, "tasks/pending")), ["a.md"]);
  });

  it("a link to elsewhere in the project is followed, also where the project itself is reached by a link", () => {
    const { root, write } = fresh();
    write("tasks/pending/a.md", "text");
    mkdirSync(join(root, "elsewhere"));
    symlinkSync("../elsewhere", join(root, "tasks/failed"));
    symlinkSync(root, `${root}-link`);
    const folders = new TaskFolders(realFiles, { root: `${root}-link`, umask: 0o022 });
    assert.equal(folders.move(folders.at("pending", "a.md"), "failed"), null);
    assert.deepEqual(readdirSync(join(root, "elsewhere")), ["a.md"]);
    assert.equal(folders.link("results/latest/a.result.md", "results/2026-01-19/a.result.md"), null);
    assert.equal(readlinkSync(join(root, "results/latest/a.result.md")), "../2026-01-19/a.result.md");
  });
});

describe("folders on two disks", () => {
  it("F41: a file is whole and synced in the one before it goes from the other", () => {
    const { root, write } = fresh();
    write("tasks/pending/a.md", "text");
    mkdirSync(join(root, "tasks/in-progress"));
    const done: string[] = [];
    const noted = (what: string, path: string) => done.push(`${what} ${path.slice(root.length + 1)}`);
    const folders = new TaskFolders(
      {
        ...realFiles,
        rename: (from) => {
          noted("rename", from);
          throw Object.assign(new Error("another device"), { code: "EXDEV" });
        },
        writeAtomic: (path, data, mode) => {
          realFiles.writeAtomic(path, data, mode);
          noted("written", path);
        },
        remove: (path) => {
          noted("remove", path);
          return realFiles.remove(path);
        },
      },
      { root, umask: 0o022 },
    );
    assert.equal(folders.move(folders.at("pending", "a.md"), "in-progress"), null);
    assert.deepEqual(done, [
      "rename tasks/pending/a.md",
      "written tasks/in-progress/a.md",
      "remove tasks/pending/a.md",
    ]);
    assert.equal(readFileSync(join(root, "tasks/in-progress/a.md"), "utf8"), "text");
  });
});
