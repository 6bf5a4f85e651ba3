import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { ACTIONS, actionOf } from "./action.ts";
import { briefOf } from "./brief.ts";
import type { Cursor } from "./cursor.ts";
import { type Invocation, judge } from "./judge.ts";
import type { LoopState } from "./loop-task.ts";
import { obviousAfter } from "./obvious.ts";
import { type Course, courseFrom, isCounting, NO_COURSE, patchMark, withoutNumbers } from "./progress.ts";
import { type Snapshot, snapshotFrom } from "./snapshot.ts";

function snapshot(tasks: Readonly<Record<string, LoopState>> = {}, more: Partial<Snapshot> = {}): Snapshot {
  return { revision: 1, tasks, files: {}, commit: null, ...more };
}

const CURSOR: Cursor = { status: "continue", next: "Execute a", task: "a", focus: null };

function judged(more: Partial<Invocation>) {
  return judge({
    before: snapshot(),
    after: snapshot(),
    course: NO_COURSE,
    commitMark: null,
    asked: CURSOR,
    cursor: CURSOR,
    broken: [],
    moves: 1,
    others: [],
    open: [],
    isUnclear: false,
    troubles: [],
    patience: 3,
    ...more,
  });
}

describe("an invocation", () => {
  test("that ends a task and hands on once is progress, and nothing is said against it", () => {
    const done = judged({ before: snapshot({ a: "pending" }), after: snapshot({ a: "completed" }) });
    assert.deepEqual([done.stop, done.isProgress, done.problems], ["", true, []]);
    assert.deepEqual(done.changes, ["a pending → completed"]);
    assert.equal(done.course.stalled, 0);
  });

  test("that does not hand on, or hands on twice, hears it in the next one", () => {
    assert.match(judged({ moves: 0 }).problems.join(), /was not moved/);
    assert.match(judged({ moves: 3 }).problems.join(), /moved 3 times/);
  });

  test("ends one task; a parent may end with the last of its parts", () => {
    const before = snapshot({ x: "running", "x-one": "pending", "x-two": "pending" });
    const two = judged({
      before,
      after: snapshot({ x: "running", "x-one": "completed", "x-two": "completed" }),
    });
    assert.match(two.problems.join(), /2 tasks ended in one invocation \(x-one, x-two\)/);
    const last = judged({
      before: snapshot({ x: "running", "x-one": "running" }),
      after: snapshot({ x: "completed", "x-one": "completed" }),
    });
    assert.deepEqual(last.problems, []);
  });

  test("may not make a task vanish, nor a completed one open again", () => {
    const gone = judged({ before: snapshot({ a: "pending" }), after: snapshot() });
    assert.match(gone.problems.join(), /the task a is gone/);
    const again = judged({ before: snapshot({ a: "completed" }), after: snapshot({ a: "running" }) });
    assert.match(again.problems.join(), /the task a went from completed to running/);
    for (const to of ["running", "completed", "failed", "blocked"] as const)
      assert.deepEqual(
        judged({ before: snapshot({ a: "pending" }), after: snapshot({ a: to }) }).problems,
        [],
      );
  });

  test("completed counts when nothing is open, else MAIN_TASK goes back", () => {
    const cursor: Cursor = { ...CURSOR, status: "completed" };
    assert.equal(judged({ cursor }).stop, "completed");
    const early = judged({ cursor, open: ["a", "b"] });
    assert.deepEqual([early.stop, early.putBack], ["", true]);
    assert.match(early.problems.join(), /completed while a, b are open/);
    const unclear = judged({ cursor, isUnclear: true });
    assert.deepEqual([unclear.stop, unclear.putBack], ["", true]);
  });

  test("files in the folder of a task that was not the step's are told, those of its parts and of what it is a part of not", () => {
    const tasks = { a: "running", "a-part": "pending", b: "pending" } as const;
    const changed = (name: string) =>
      judged({ before: snapshot(tasks), after: snapshot(tasks, { files: { [name]: "new" } }) }).problems;
    assert.deepEqual(changed("b"), ["it changed the files of b, and its task was a"]);
    for (const own of ["a", "a-part"]) assert.deepEqual(changed(own), []);
  });

  test("a broken cursor and another stream's stop the loop", () => {
    const broken = judged({ cursor: null, broken: ["E_CURSOR it is gone"] });
    assert.deepEqual([broken.stop, broken.putBack], ["cursor", true]);
    const other = judged({ others: [".tasks/x/MAIN_TASK"] });
    assert.deepEqual([other.stop, other.putBack], ["cursor", false]);
    assert.equal(judged({ cursor: { ...CURSOR, status: "blocked" } }).stop, "blocked");
  });
});

describe("progress", () => {
  /** Goes through these snapshots, one invocation each. */
  function through(states: readonly Snapshot[], patience = 3) {
    let course: Course = NO_COURSE;
    const stops: string[] = [];
    for (let step = 1; step < states.length; step += 1) {
      const done = judged({
        before: states[step - 1] as Snapshot,
        after: states[step] as Snapshot,
        course,
        commitMark: states[step - 1]?.commit === states[step]?.commit ? null : (states[step]?.commit ?? null),
        patience,
      });
      // As it goes from one invocation to the next.
      course = courseFrom(JSON.parse(JSON.stringify(done.course)));
      stops.push(done.stop);
    }
    return { course, stops };
  }

  test("to and fro is none, however long the way is", () => {
    const there = snapshot({ a: "running" });
    const back = snapshot({ a: "pending" });
    const { stops } = through([back, there, back, there, back, there]);
    assert.deepEqual(stops, ["", "", "", "no_progress", "no_progress"]);
    const circle = ["f1", "f2", "f3"].map((mark) => snapshot({ a: "running" }, { files: { a: mark } }));
    assert.equal(through([...circle, ...circle, ...circle]).stops.at(-1), "no_progress");
  });

  test("to and fro is none beside commits that bring nothing, nor to and fro in commits", () => {
    const flipping = Array.from({ length: 8 }, (_, count) =>
      snapshot({ a: "running" }, { files: { a: `f${count % 2}` } }),
    );
    const beside = flipping.map((one, count) => ({ ...one, commit: count % 2 === 0 ? "+hello" : "-hello" }));
    for (const states of [flipping, beside]) assert.equal(through(states).stops.at(-1), "no_progress");
  });

  test("something new each time goes on for ever, and what was got done ends the waiting", () => {
    const new_ = Array.from({ length: 50 }, (_, count) => snapshot({}, { commit: `c${count}` }));
    assert.ok(through(new_).stops.every((stop) => stop === ""));
    const many = Array.from({ length: 2_100 }, (_, count) => snapshot({}, { commit: `c${count}` }));
    assert.equal(through(many).course.seen.length, 2_000);
    const still = snapshot();
    const { course } = through([still, still, still, snapshot({ a: "running" })]);
    assert.equal(course.stalled, 0);
  });

  test("tasks that are made and never begun are none, however many", () => {
    const more = [0, 1, 2, 3].map((count) =>
      snapshot(Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, "pending" as const]))),
    );
    assert.deepEqual(through(more).stops, ["", "", "no_progress"]);
  });

  test("the evidence is what the last ones asked for and changed", () => {
    const still = snapshot();
    const { course, stops } = through([still, still, still, still]);
    assert.equal(stops.at(-1), "no_progress");
    assert.deepEqual(course.last, Array(3).fill("Execute a: nothing changed"));
  });

  test("what comes in place of a snapshot or course that is none is empty", () => {
    for (const value of [null, [], "x", 1, { tasks: 1, files: [], seen: {}, last: "x" }]) {
      assert.deepEqual(snapshotFrom(value).tasks, {});
      assert.deepEqual(courseFrom(value), NO_COURSE);
    }
    assert.deepEqual(snapshotFrom({ tasks: { a: "running", b: "nonsense" } }).tasks, { a: "running" });
  });

  test("counting is a change of numbers alone", () => {
    assert.ok(isCounting("--- a/x\n+++ b/x\n-run 1 of 2\n+run 2 of 2\n"));
    assert.ok(!isCounting("--- a/x\n+++ b/x\n-run 1\n+ran 1\n"));
    assert.ok(!isCounting("--- a/x\n+++ b/x\n+a line more\n"));
    assert.ok(isCounting("--- a/log\n+++ b/log\n@@ -1,2 +1,3 @@\n # Log\n pass 1\n+pass 2\n"));
    const picture =
      "diff --git a/p.png b/p.png\nindex 1a2b..3c4d 100644\nBinary files a/p.png and b/p.png differ\n";
    assert.ok(!isCounting(picture));
    assert.ok(!isCounting("diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n"));
    assert.equal(withoutNumbers("pass 17 at  10:03\n"), "pass # at #:#");
  });
});

describe("the mark of a commit", () => {
  const made = (name: string, text: string, index: string) =>
    `diff --git a/${name} b/${name}\nnew file mode 100644\nindex 0000000..${index}\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1 @@\n+${text}\n`;

  test("is the same for a file of each pass, and another for other words", () => {
    const first = patchMark(made("pass-1.md", "pass 1", "aa1b"));
    assert.equal(patchMark(made("pass-2.md", "pass 2", "cc2d")), first);
    assert.notEqual(patchMark(made("pass-3.md", "pass 3 found one", "ee3f")), first);
  });

  test("is another for each picture, whose words say nothing", () => {
    const picture = (index: string) =>
      patchMark(
        `diff --git a/p.png b/p.png\nindex ${index} 100644\nBinary files a/p.png and b/p.png differ\n`,
      );
    assert.notEqual(picture("aa1b..cc2d"), picture("cc2d..ee3f"));
  });
});

describe("kinds of steps", () => {
  for (const [next, action] of [
    ["Decompose semiconductor-research task", "decompose"],
    ["Execute data-gathering subtask", "execute"],
    ["Gather context about the API", "gather"],
    ["Synthesize the findings", "synthesize"],
    ["Check which tasks are open", "check"],
    ["Frobnicate", "execute"],
  ] as const)
    test(`"${next}" is to ${action}`, () => assert.equal(actionOf(next), action));

  test("each brief says the step, how it is done, the tasks, what was wrong, and how to hand on", () => {
    const briefs = ACTIONS.map((action) =>
      briefOf({
        cursor: { ...CURSOR, focus: "Look at Q4" },
        action,
        folder: ".tasks/x",
        stream: "x",
        tasks: [{ name: "a", state: "running" }],
        problems: ["MAIN_TASK was not moved"],
      }),
    );
    assert.equal(new Set(briefs).size, ACTIONS.length);
    for (const brief of briefs) {
      assert.match(brief, /NEXT: Execute a\nTASK: a \(its folder: \.tasks\/x\/a\/\)\nFOCUS: Look at Q4/);
      assert.match(brief, /- running: a/);
      assert.match(brief, /- MAIN_TASK was not moved/);
      assert.match(brief, /decapod main-task update --stream x continue/);
      assert.ok(Buffer.byteLength(brief) < 4096);
    }
  });
});

describe("a rehearsal", () => {
  test("T3-38 of one task takes five invocations: decompose, three parts, synthesize", () => {
    const cursor: Cursor = { status: "continue", next: "Decompose x task", task: "x", focus: null };
    const nexts = [1, 2, 3, 4, 5, 6].map(
      (count) => obviousAfter({ cursor, tasks: [{ name: "x", state: "pending" }] }, count).cursor.next,
    );
    assert.deepEqual(nexts, [
      "Execute x-data-gathering",
      "Execute x-analysis",
      "Execute x-synthesis",
      "Synthesize x",
      "All tasks completed",
      "All tasks completed",
    ]);
  });
});
