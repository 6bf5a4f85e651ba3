// The folders of task files, on a real disk: what is found there by an id, and what a move does.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  return { root, write, folders: new TaskFolders(realFiles, { root, umask: 0o022 }) };
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
});
