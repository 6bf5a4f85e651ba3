// The tasks of a loop as files: their names, what may become of them, and what others put in their place.
import assert from "node:assert/strict";
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { realFiles } from "../../port/files.ts";
import { HISTORY_FILE } from "./history-file.ts";
import { fileOf, isOpen, LOOP_STATES, mayChange, nameTrouble, readName } from "./loop-task.ts";
import { readTasks } from "./loop-tasks.ts";
import { CURSOR_FILE, cursorPath, everyStream, type Stream, streamOf } from "./stream.ts";

const scratch = mkdtempSync(join(tmpdir(), "decapod-loop-tasks-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;

/** A project with these files below .tasks. */
function project(written: Readonly<Record<string, string>> = {}): string {
  count += 1;
  const root = join(scratch, String(count));
  mkdirSync(join(root, ".tasks"), { recursive: true });
  for (const [name, text] of Object.entries(written)) {
    mkdirSync(join(root, ".tasks", name, ".."), { recursive: true });
    writeFileSync(join(root, ".tasks", name), text);
  }
  return root;
}

function stream(root: string, name: string | null = null): Stream {
  const made = streamOf(root, name);
  if (!made.ok) assert.fail(JSON.stringify(made.problems));
  return made.value;
}

const made = (second: number) => `- 2026-01-19T14:30:0${second}.000Z pending: made\n`;
const read = (root: string, name: string | null = null) => readTasks(realFiles, stream(root, name));
const names = (root: string) => read(root).tasks.map(({ name }) => name);
const troubles = (root: string) => read(root).troubles.map(({ code, message }) => `${code} ${message}`);

describe("the name of a task's file", () => {
  it("T3-21: is its state and its name, both ways", () => {
    const file = "[pending]_semiconductor-research-data-gathering_task.md";
    assert.deepEqual(readName(file), { name: "semiconductor-research-data-gathering", state: "pending" });
    for (const state of LOOP_STATES)
      for (const name of ["a", "a_task", "x-1.2", "économie"])
        assert.deepEqual(readName(fileOf(name, state)), { name, state });
  });

  for (const file of [
    "[done]_a_task.md",
    "[pending]_../a_task.md",
    "[pending]__task.md",
    "[pending]_a\n_task.md",
    "[pending]_MAIN_TASK_task.md",
    "pending_a_task.md",
    "[pending]_a.md",
  ])
    it(`${JSON.stringify(file)} is none`, () => assert.equal(readName(file), null));

  it("a name that a file of the loop has, or that leads elsewhere, is refused", () => {
    for (const name of [CURSOR_FILE, "main_task", HISTORY_FILE, "..", "a/b", "", "x".repeat(200), "con"])
      assert.notEqual(nameTrouble(name), null, name);
  });
});

describe("what may become of a task", () => {
  it("T3-22: pending, running, completed; back only where something went wrong", () => {
    const may = LOOP_STATES.flatMap((from) =>
      LOOP_STATES.flatMap((to) => (mayChange(from, to) ? [`${from} ${to}`] : [])),
    );
    assert.deepEqual(may, [
      "pending running",
      "running pending",
      "running completed",
      "running failed",
      "running blocked",
      "failed pending",
      "failed running",
      "blocked pending",
      "blocked running",
    ]);
  });

  it("a completed task is done again only when that is said", () => {
    assert.ok(mayChange("completed", "pending", true));
    assert.ok(!mayChange("completed", "running", true));
    assert.deepEqual(LOOP_STATES.filter(isOpen), ["pending", "running", "blocked"]);
  });
});

describe("the tasks of a stream", () => {
  it("stand in the order in which they were made, and by name where that is not known", () => {
    const root = project({
      "[pending]_b_task.md": made(2),
      "[running]_c_task.md": made(1),
      "[pending]_z_task.md": "by hand\n",
      "[completed]_a_task.md": "by hand\n",
      MAIN_TASK: "",
      "c/notes.md": "",
      ".[pending]_d_task.md.tmp": "",
    });
    assert.deepEqual(names(root), ["c", "b", "a", "z"]);
    const [first] = read(root).tasks;
    assert.deepEqual(first, {
      name: "c",
      state: "running",
      file: "[running]_c_task.md",
      path: join(root, ".tasks/[running]_c_task.md"),
      shown: ".tasks/[running]_c_task.md",
      createdMs: Date.parse("2026-01-19T14:30:01Z"),
    });
    assert.deepEqual(troubles(root), []);
    assert.deepEqual(read(join(root, "nowhere")), { tasks: [], troubles: [] });
  });

  it("one name with two files is a trouble, also where only a capital or an accent differs", () => {
    const root = project({
      "[pending]_a_task.md": "",
      "[running]_a_task.md": "",
      "[pending]_Caf\u00e9_task.md": "",
      "[pending]_cafe\u0301_task.md": "",
      "[pending]_b_task.md": "",
    });
    assert.deepEqual(names(root), ["b"]);
    assert.deepEqual(
      read(root).troubles.map(({ code }) => code),
      ["E_DUPLICATE_TASK", "E_DUPLICATE_TASK"],
    );
    assert.match(
      troubles(root).join("\n"),
      /the task a has 2 files: \.tasks\/\[pending\]_a_task\.md, \.tasks\/\[running\]_a_task\.md/,
    );
  });

  it("P11: a link, a folder and a second name in the place of a task are told, and never followed", () => {
    const root = project({ "[pending]_a_task.md": "" });
    const secret = join(root, "secret");
    writeFileSync(secret, made(1));
    symlinkSync(secret, join(root, ".tasks/[pending]_link_task.md"));
    mkdirSync(join(root, ".tasks/[pending]_folder_task.md"));
    linkSync(secret, join(root, ".tasks/[pending]_two_task.md"));
    assert.deepEqual(names(root), ["a"]);
    assert.deepEqual(
      read(root).troubles.map(({ code }) => code),
      ["E_NOT_ALLOWED", "E_NOT_ALLOWED", "E_NOT_ALLOWED"],
    );
  });

  it("P11: a folder that leads out of the project is not looked into", () => {
    const root = project();
    rmSync(join(root, ".tasks"), { recursive: true });
    mkdirSync(join(root, "../elsewhere"));
    writeFileSync(join(root, "../elsewhere/[pending]_a_task.md"), "");
    symlinkSync("../elsewhere", join(root, ".tasks"));
    assert.deepEqual(names(root), []);
    assert.deepEqual(troubles(root), ["E_OUTSIDE_ROOT .tasks leads out of the project"]);
  });

  it("a state nobody knows is told with the one that was meant", () => {
    const root = project({ "[complete]_a_task.md": "", "[running]_a b_task.md": "" });
    assert.deepEqual(
      read(root).troubles.map(({ code, hint }) => [code, hint?.split(",")[0]]),
      [
        ["E_TASK_ID", "[completed]_NAME_task.md"],
        ["E_TASK_ID", "[running]_NAME_task.md"],
      ],
    );
  });

  it("a task whose state changes while it is looked for is found under its new name", () => {
    const root = project({ "[pending]_a_task.md": "" });
    const [from, to] = ["pending", "running"].map((state) => join(root, `.tasks/[${state}]_a_task.md`));
    const files = {
      ...realFiles,
      list: (folder: string) => {
        const listed = realFiles.list(folder);
        if (realFiles.exists(from ?? "")) realFiles.rename(from ?? "", to ?? "");
        return listed;
      },
    };
    assert.deepEqual(
      readTasks(files, stream(root)).tasks.map(({ state }) => state),
      ["running"],
    );
  });

  it("more than a loop may have are told, and the rest is not read", () => {
    const root = project({ "[pending]_a_task.md": "", "[pending]_b_task.md": "", "[pending]_c_task.md": "" });
    const found = readTasks(realFiles, stream(root), 2);
    assert.equal(found.tasks.length, 2);
    assert.deepEqual(
      found.troubles.map(({ code, message }) => `${code} ${message}`),
      ["E_TOO_LARGE .tasks holds 3 tasks, at most 2 are read"],
    );
  });
});

describe("streams", () => {
  it("are .tasks itself, and the folders with a MAIN_TASK or tasks of their own", () => {
    const root = project({
      "[pending]_a_task.md": "",
      "a/sources.md": "",
      "east/MAIN_TASK": "",
      "west/[pending]_b_task.md": "",
      "not one/MAIN_TASK": "",
    });
    symlinkSync("east", join(root, ".tasks/link"));
    assert.deepEqual(
      everyStream(realFiles, root).map(({ shown }) => shown),
      [".tasks", ".tasks/east", ".tasks/west"],
    );
    assert.equal(cursorPath(stream(root)), join(root, ".tasks/MAIN_TASK"));
    assert.equal(cursorPath(stream(root, "east")), join(root, ".tasks/east/MAIN_TASK"));
    assert.deepEqual(
      read(root, "west").tasks.map(({ shown }) => shown),
      [".tasks/west/[pending]_b_task.md"],
    );
  });

  it("P11: a name that leads elsewhere, or that the cursor has, is refused", () => {
    for (const name of ["../x", "a/b", "", ".", "main_task", "\u202ea"])
      assert.ok(!streamOf("/", name).ok, name);
  });
});
