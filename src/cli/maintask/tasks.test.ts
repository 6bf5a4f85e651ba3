// The commands for the tasks of loops, on real files.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { call, done, fresh, tasksIn, textOf } from "../../../test/support/loop-folder.ts";
import { changeState } from "../../exchange/maintask/change-state.ts";
import { readTasks } from "../../exchange/maintask/loop-tasks.ts";
import { type Stream, streamOf } from "../../exchange/maintask/stream.ts";
import { type Files, realFiles } from "../../port/files.ts";

const historyIn = (folder: string, name: string) =>
  textOf(folder, name).split("## History\n\n")[1]?.replaceAll("2026-01-18T14:30:00.000Z ", "");

describe("task create", () => {
  it("T3-16, T3-21, T3-24: writes the file and makes the folder, and a fresh agent finds all it needs", async () => {
    const folder = fresh();
    const said = await done(
      folder,
      "task",
      "create",
      "semiconductor-research",
      "--description",
      "Analyze chips",
    );
    assert.match(said.stdout, /written {2}\.tasks\/\[pending\]_semiconductor-research_task\.md/);
    assert.deepEqual(readdirSync(join(folder, ".tasks")), [
      "[pending]_semiconductor-research_task.md",
      "semiconductor-research",
    ]);
    assert.equal(
      textOf(folder, "[pending]_semiconductor-research_task.md"),
      `# Semiconductor research

Analyze chips

## What to do

One task of a loop, done by whoever reads this. Read what lies in \`.tasks/semiconductor-research/\`, do this task and no other.

1. \`decapod task state semiconductor-research running\`
2. Do it. What is gathered and what is made goes into \`.tasks/semiconductor-research/\`.
3. \`decapod task state semiconductor-research completed --note "what was done"\`; or \`failed\`, or \`blocked\`, with why.

## Outputs

- \`.tasks/semiconductor-research/\`

## History

- 2026-01-18T14:30:00.000Z pending: made
`,
    );
  });

  it("a stream has tasks of its own, and what they are told leads back to it", async () => {
    const folder = fresh();
    const said = await done(folder, "task", "create", "a", "--stream", "east", "--json");
    assert.deepEqual(JSON.parse(said.stdout), {
      schemaVersion: 1,
      task: {
        name: "a",
        state: "pending",
        stream: "east",
        file: ".tasks/east/[pending]_a_task.md",
        folder: ".tasks/east/a",
      },
    });
    assert.match(textOf(folder, "east/[pending]_a_task.md"), /task state a running --stream east`/);
    assert.ok(existsSync(join(folder, ".tasks/east/a")));
  });

  it("E_DUPLICATE_TASK: a name that is there in any state, with other capitals, or as a stream, is refused", async () => {
    const folder = fresh({ ".tasks/[completed]_Market_task.md": "", ".tasks/east/MAIN_TASK": "" });
    for (const words of [["market"], ["East"], ["a", "--stream", "MARKET"]]) {
      const said = await call(folder, "task", "create", ...words);
      assert.equal(said.code, 3, words.join(" "));
      assert.match(said.stderr, /E_DUPLICATE_TASK/);
    }
    assert.deepEqual(tasksIn(folder), ["[completed]_Market_task.md"]);
  });

  it("P11: names that lead elsewhere and characters that are not seen are refused, and nothing is written", async () => {
    const folder = fresh();
    for (const words of [
      ["../x"],
      ["a/b"],
      ["MAIN_TASK"],
      ["\u001b[2J"],
      ["a", "--stream", ".."],
      ["a", "--description", "x \u001b[2J"],
    ]) {
      const said = await call(folder, "task", "create", ...words);
      assert.equal(said.code, 3, said.stderr);
    }
    assert.ok(!existsSync(join(folder, ".tasks")));
  });

  it("P11: what lies in the place of the folder, or leads out of the project, is left alone", async () => {
    const folder = fresh({ ".tasks/a": "mine", "elsewhere/x": "" });
    assert.match((await call(folder, "task", "create", "a")).stderr, /E_IO \.tasks\/a is no folder/);
    const inner = join(folder, "elsewhere");
    mkdirSync(join(inner, ".claude/workflows"), { recursive: true });
    symlinkSync(folder, join(inner, ".tasks"));
    assert.match((await call(inner, "task", "create", "b")).stderr, /E_OUTSIDE_ROOT/);
    assert.deepEqual(tasksIn(folder), []);
  });
});

describe("task state", () => {
  it("T3-17, T3-22, T3-40: the file is renamed, and its history says what was done", async () => {
    const folder = fresh();
    await done(folder, "task", "create", "a");
    await done(folder, "task", "state", "a", "running");
    const said = await done(
      folder,
      "task",
      "state",
      "A",
      "completed",
      "--note",
      "12 vendors\ncompared",
      "--json",
    );
    assert.deepEqual(JSON.parse(said.stdout).task, {
      name: "a",
      state: "completed",
      before: "running",
      stream: null,
      file: ".tasks/[completed]_a_task.md",
      changed: true,
    });
    assert.deepEqual(tasksIn(folder), ["[completed]_a_task.md"]);
    assert.equal(
      historyIn(folder, "[completed]_a_task.md"),
      "- pending: made\n- pending → running\n- running → completed: 12 vendors compared\n",
    );
  });

  it("the state that it has changes nothing; a note is kept all the same", async () => {
    const folder = fresh();
    await done(folder, "task", "create", "a");
    const before = textOf(folder, "[pending]_a_task.md");
    assert.match((await done(folder, "task", "state", "a", "pending")).stdout, /is pending already/);
    assert.equal(textOf(folder, "[pending]_a_task.md"), before);
    await done(folder, "task", "state", "a", "pending", "--note", "later");
    assert.equal(historyIn(folder, "[pending]_a_task.md"), "- pending: made\n- pending → pending: later\n");
  });

  it("E_CONFLICT: a state that does not follow is refused with what does", async () => {
    const folder = fresh({ ".tasks/[pending]_a_task.md": "", ".tasks/[completed]_b_task.md": "" });
    const early = await call(folder, "task", "state", "a", "completed");
    assert.equal(early.code, 5);
    assert.match(
      early.stderr,
      /E_CONFLICT a is pending, and does not become completed from there\n {2}try: running/,
    );
    assert.match((await call(folder, "task", "state", "b", "pending")).stderr, /try: .*pending --again/);
    assert.equal((await call(folder, "task", "state", "b", "pending", "--again")).code, 0);
    assert.deepEqual(tasksIn(folder), ["[pending]_a_task.md", "[pending]_b_task.md"]);
  });

  it("E_USAGE, E_NOT_FOUND: a wrong word is told with the right one, and where there is nothing, how to begin", async () => {
    const empty = await call(fresh(), "task", "state", "a", "running");
    assert.equal(empty.code, 10);
    assert.match(empty.stderr, /there is no \.tasks yet\n {2}try: decapod task create a/);
    const folder = fresh({ ".tasks/[pending]_market-sizing_task.md": "" });
    assert.match(
      (await call(folder, "task", "state", "market-sizng", "running")).stderr,
      /try: market-sizing/,
    );
    assert.match(
      (await call(folder, "task", "state", "x", "running")).stderr,
      /try: decapod task list --by-state/,
    );
    const wrong = await call(folder, "task", "state", "market-sizing", "complete");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /"complete" is no state of a task\n {2}try: completed/);
    assert.match(
      (await call(folder, "task", "state", "market-sizing", "x")).stderr,
      /try: one of pending, running, completed, failed, blocked/,
    );
  });

  it("P11: a link in the place of a task is told, and what it leads to stays as it was", async () => {
    const folder = fresh({ secret: "hidden\n", ".tasks/x": "" });
    symlinkSync("../secret", join(folder, ".tasks/[pending]_a_task.md"));
    const said = await call(folder, "task", "state", "a", "running");
    assert.equal(said.code, 4);
    assert.match(said.stderr, /E_NOT_ALLOWED \.tasks\/\[pending\]_a_task\.md is a link/);
    assert.equal(readFileSync(join(folder, "secret"), "utf8"), "hidden\n");
  });

  it("a slip of the pen is told as one, also where something else is wrong", async () => {
    const folder = fresh({ ".tasks/[done]_b_task.md": "", ".tasks/[pending]_market-sizing_task.md": "" });
    assert.match(
      (await call(folder, "task", "state", "market-sizin", "running")).stderr,
      /try: market-sizing/,
    );
    writeFileSync(join(folder, ".tasks/[running]_market-sizing_task.md"), "");
    const doubled = await call(folder, "task", "state", "market-sizing", "completed");
    assert.match(doubled.stderr, /E_DUPLICATE_TASK the task market-sizing has 2 files/);
  });

  it("a file that was renamed by hand goes on from there, and its history says that nobody wrote it down", async () => {
    const folder = fresh();
    await done(folder, "task", "create", "a");
    renameSync(join(folder, ".tasks/[pending]_a_task.md"), join(folder, ".tasks/[running]_a_task.md"));
    await done(folder, "task", "state", "a", "completed");
    assert.equal(
      historyIn(folder, "[completed]_a_task.md"),
      "- pending: made\n- pending → running: found so; nobody wrote down when\n- running → completed\n",
    );
  });
});

describe("task list", () => {
  const line = (state: string, second: number) => `- 2026-01-18T14:30:0${second}.000Z ${state}: made\n`;
  const several = () =>
    fresh({
      ".tasks/[pending]_b_task.md": line("pending", 2),
      ".tasks/[running]_a_task.md": line("pending", 1),
      ".tasks/[pending]_c_task.md": line("pending", 1),
      ".tasks/east/[blocked]_d_task.md": "",
      "tasks/pending/x.md": "---\ntask_id: x\ntask_type: coder\n---\nDo it.\n",
    });

  it("T3-18, T3-33: by state, each in the order in which they were made", async () => {
    const folder = several();
    assert.equal(
      (await done(folder, "task", "list", "--by-state")).stdout,
      "[pending] 2\n  c\n  b\n[running] 1\n  a\n[blocked] 1\n  east/d\n",
    );
    const { states, troubles } = JSON.parse(
      (await done(folder, "task", "list", "--by-state", "--json")).stdout,
    );
    assert.deepEqual(states.running, [
      {
        name: "a",
        state: "running",
        stream: null,
        file: ".tasks/[running]_a_task.md",
        createdAt: "2026-01-18T14:30:01.000Z",
      },
    ]);
    assert.deepEqual([Object.keys(states).length, states.completed, troubles], [5, [], []]);
    assert.equal((await done(folder, "task", "list", "--stream", "east")).stdout, "[blocked] 1\n  east/d\n");
    assert.match(
      (await done(fresh(), "task", "list", "--by-state")).stderr,
      /next: decapod task create NAME/,
    );
  });

  it("T3-39: beside the task files, which stay as they were", async () => {
    const folder = several();
    assert.equal(
      (await done(folder, "task", "list")).stdout,
      [
        "pending\tx\tcoder\t\t",
        "running\ta\tloop\t\t.tasks/[running]_a_task.md",
        "pending\tc\tloop\t\t.tasks/[pending]_c_task.md",
        "pending\tb\tloop\t\t.tasks/[pending]_b_task.md",
        "blocked\teast/d\tloop\t\t.tasks/east/[blocked]_d_task.md\n",
      ].join("\n"),
    );
    const document = JSON.parse((await done(folder, "task", "list", "--json")).stdout);
    assert.deepEqual(Object.keys(document), ["schemaVersion", "tasks", "loopTasks", "troubles"]);
    assert.deepEqual([document.tasks.length, document.loopTasks.length], [1, 4]);
  });

  it("who asks for one as for a task file is told where it lies", async () => {
    const said = await call(several(), "task", "show", "d");
    assert.equal(said.code, 10);
    assert.match(
      said.stderr,
      /d is no task file but a task of a loop\n {2}try: read \.tasks\/east\/\[blocked\]_d/,
    );
  });

  it("what is no task is told beside what is", async () => {
    const folder = fresh({ ".tasks/[pending]_a_task.md": "", ".tasks/[done]_b_task.md": "" });
    const said = await done(folder, "task", "list", "--by-state");
    assert.equal(said.stdout, "[pending] 1\n  a\n");
    assert.match(said.stderr, /E_TASK_ID \.tasks\/\[done\]_b_task\.md is not named as a task is/);
  });
});

describe("two change one task at once", () => {
  function stream(folder: string): Stream {
    const made = streamOf(folder, null);
    if (!made.ok) assert.fail();
    return made.value;
  }
  const change = { to: "running", note: null, isAgain: false, nowMs: 0 } as const;
  /** Something that comes to pass just before the file gets its new name. */
  const meanwhile = (act: () => void): Files => ({
    ...realFiles,
    exists: (path) => {
      act();
      return realFiles.exists(path);
    },
  });

  it("one is refused, and there is one file with the history of the other", async () => {
    const folder = fresh();
    await done(folder, "task", "create", "a");
    const [task] = readTasks(realFiles, stream(folder)).tasks;
    if (task === undefined) return assert.fail();
    const other = () => assert.ok(changeState(realFiles, stream(folder), task, change).ok);
    const refused = changeState(meanwhile(other), stream(folder), task, change);
    assert.deepEqual(refused.ok ? [] : refused.problems.map(({ code }) => code), ["E_CONFLICT"]);
    assert.deepEqual(changeState(realFiles, stream(folder), task, change).ok, false);
    assert.deepEqual(tasksIn(folder), ["[running]_a_task.md"]);
    assert.equal(
      textOf(folder, "[running]_a_task.md").split("## History\n\n")[1],
      "- 2026-01-18T14:30:00.000Z pending: made\n- 1970-01-01T00:00:00.000Z pending → running\n",
    );
  });

  it("without space its state changes and the system is quoted; the next change notes what is missing", async () => {
    const folder = fresh();
    await done(folder, "task", "create", "a");
    const [task] = readTasks(realFiles, stream(folder)).tasks;
    if (task === undefined) return assert.fail();
    const full: Files = {
      ...realFiles,
      open: (path, mode) => ({
        ...realFiles.open(path, mode),
        write: () => {
          throw Object.assign(new Error("full"), { code: "ENOSPC" });
        },
      }),
    };
    const refused = changeState(full, stream(folder), task, change);
    assert.deepEqual(refused.ok ? [] : refused.problems.map(({ code }) => code), ["E_DISK_FULL"]);
    assert.deepEqual(tasksIn(folder), ["[running]_a_task.md"]);
    await done(folder, "task", "state", "a", "failed");
    assert.equal(
      historyIn(folder, "[failed]_a_task.md"),
      "- pending: made\n- pending → running: found so; nobody wrote down when\n- running → failed\n",
    );
  });

  it("a task that has just gone is told, and no empty one comes in its place", async () => {
    const folder = fresh();
    await done(folder, "task", "create", "a");
    const [task] = readTasks(realFiles, stream(folder)).tasks;
    if (task === undefined) return assert.fail();
    const gone = meanwhile(() => rmSync(task.path));
    assert.equal(changeState(gone, stream(folder), task, change).ok, false);
    assert.deepEqual(tasksIn(folder), []);
  });
});
