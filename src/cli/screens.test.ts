import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changesOf } from "../../test/support/changes.ts";
import { captured } from "../../test/support/command-line.ts";
import { Play, workflowOf } from "../../test/support/decider.ts";
import { failure } from "../core/outcome.ts";
import type { Change } from "../core/replay.ts";
import { heldClock } from "../port/clock.ts";
import { Board } from "./board.ts";
import { jsonlWatcher } from "./jsonl.ts";
import { Labels } from "./labels.ts";
import { lineWatcher } from "./lines.ts";
import type { Painter } from "./painter.ts";
import { Printer } from "./print.ts";
import { localTime } from "./text.ts";
import type { Beginning } from "./watcher.ts";

const SITE = `name: test
settings: { max_parallel: 4 }
tasks:
  - { id: content-check, agent: shell, parameters: { run: check } }
  - { id: build, agent: shell, parameters: { run: build } }
  - { id: link-check, agent: shell, dependencies: [build], retry: { max_attempts: 3, delay: 10, jitter: false }, parameters: { run: links } }
  - { id: pages, agent: shell, dependencies: [build], foreach: { items: [a, b], key: "\${item}" }, parameters: { run: page } }
  - { id: ask, agent: approval, dependencies: [link-check], parameters: { message: "Go?" } }
  - { id: deploy, agent: shell, dependencies: [ask], condition: "\${build.output.files > 1000}", parameters: { run: deploy } }
`;

/** Checked, built (342 files), links broken once, pages made, approved; deploy is not needed. */
function played(): Play {
  const play = new Play(workflowOf(SITE));
  play.start("content-check", "build").pass(18_000);
  play.end("build", { output: { value: { files: 342 } }, durationMs: 18_000 });
  play.start("link-check", "pages:0", "pages:1").pass(6_000);
  play.end("link-check", {
    status: "failed",
    exitCode: 1,
    failure: failure("broken_internal_link", "public/index.html:41 \x1b[2Jbroken"),
    durationMs: 6_000,
  });
  play.end("pages:0", { durationMs: 6_000 }).end("pages:1", { durationMs: 6_000 });
  play.end("content-check", { durationMs: 24_000, usage: { costUsd: 0.08, tokens: 100 } });
  play.pass(10_000).send({ type: "timer.fired", timer: "unit:link-check" });
  play.start("link-check").pass(5_000).end("link-check", { durationMs: 5_000 });
  const decision = play.unit("ask").decision?.id ?? "";
  play.send({
    type: "decision.made",
    decision,
    choice: "approve",
    comment: null,
    fields: {},
    by: "mark",
    via: "cli",
  });
  return play;
}

/** One attempt succeeds, one fails and is tried again; there is something to say of both. */
function noted(): Play {
  const play = new Play(
    workflowOf(`name: test
tasks:
  - { id: a, agent: shell, parameters: { run: a } }
  - { id: b, agent: shell, retry: { max_attempts: 2, delay: 5, jitter: false }, parameters: { run: b } }
`),
  );
  play.start("a", "b").end("a", { durationMs: 10_000, notes: ["output still open", "hid \x1b[2Jit"] });
  return play.end("b", {
    status: "failed",
    exitCode: 1,
    failure: failure("unknown", "no"),
    notes: ["odd"],
  });
}

const SILENT = {
  run: "RUN",
  task: "a",
  key: null,
  attempt: 1,
  kind: "quiet",
  quietMs: 600_000,
} as const;

function firstOf(changes: readonly Change[], how: Beginning["how"] = "started"): Beginning {
  const run = (changes[0] as Change).after;
  return { run, name: "r-7k2m", how, below: [] };
}

/** Of watchers that are shown every run from its start: nothing is read. */
const shownAll = () => new Labels(() => assert.fail("the journal was read"));

describe("lines", () => {
  function lines(play: Play, verbose = false): readonly string[] {
    const output = captured();
    const watcher = lineWatcher({
      printer: new Printer(output, false),
      labels: shownAll(),
      time: localTime("UTC"),
      clock: heldClock(),
      verbose,
    });
    const changes = changesOf(play);
    watcher.begin(firstOf(changes));
    watcher.changes(changes);
    watcher.end();
    return output.text().trimEnd().split("\n");
  }

  it("says each thing once, in the form that scripts read", () => {
    assert.deepEqual(lines(played()), [
      "09:00:00 r-7k2m run started workflow=test",
      "09:00:18 r-7k2m build success 18s files=342",
      "09:00:24 r-7k2m link-check failed exit=1 attempt=1/3 next=10s",
      "09:00:24 r-7k2m pages[a] success 6s",
      "09:00:24 r-7k2m pages[b] success 6s",
      "09:00:24 r-7k2m pages success 6s",
      "09:00:24 r-7k2m content-check success 24s cost=0.08",
      "09:00:39 r-7k2m link-check success 21s",
      "09:00:39 r-7k2m ask waiting approval",
      "09:00:39 r-7k2m ask success 0s decision=approve by=mark",
      "09:00:39 r-7k2m deploy skipped condition",
      "09:00:39 r-7k2m run success 39s",
    ]);
  });

  it("also says what began when it is asked to", () => {
    assert.ok(lines(played(), true).includes("09:00:18 r-7k2m link-check running"));
  });

  it("names why a run failed, in one line without control characters", () => {
    const play = new Play("a");
    play.start("a").end("a", {
      status: "failed",
      exitCode: 2,
      failure: failure("config_error", "bad\nthing\x1b]0;x\x07"),
    });
    const last = lines(play).at(-1) ?? "";
    assert.match(last, /^09:00:00 r-7k2m run failed 0s class=config_error message="bad thing/);
    assert.doesNotMatch(last, /\p{Cc}/u);
  });

  it("F31: says that a running task prints nothing, and what is known of an attempt that ended", () => {
    const output = captured();
    const watcher = lineWatcher({
      printer: new Printer(output, false),
      labels: shownAll(),
      time: localTime("UTC"),
      clock: heldClock(Date.UTC(2026, 0, 18, 9, 10)),
      verbose: false,
    });
    const changes = changesOf(noted());
    watcher.begin(firstOf(changes));
    watcher.changes(changes.slice(0, 3));
    watcher.progress(SILENT);
    watcher.progress({ ...SILENT, run: "ANOTHER" });
    watcher.changes(changes.slice(3));
    watcher.end();
    assert.deepEqual(output.text().trimEnd().split("\n"), [
      "09:00:00 r-7k2m run started workflow=test",
      '09:10:00 r-7k2m a running note="no output for 10 min"',
      '09:00:00 r-7k2m a success 10s note="output still open" note="hid \\\\x1b[2Jit"',
      "09:00:00 r-7k2m b failed exit=1 attempt=1/2 next=5s note=odd",
    ]);
  });

  it("holds lines back while a person is asked", () => {
    const output = captured();
    const watcher = lineWatcher({
      printer: new Printer(output, false),
      labels: shownAll(),
      time: localTime("UTC"),
      clock: heldClock(),
      verbose: false,
    });
    const [first, ...changes] = changesOf(played());
    assert.ok(first !== undefined);
    watcher.begin(firstOf([first], "resumed"));
    watcher.pause();
    watcher.changes(changes);
    assert.match(output.text(), /^\S+ r-7k2m run resumed workflow=test\n$/);
    watcher.unpause();
    assert.match(output.text(), /run success/);
  });
});

describe("--jsonl", () => {
  it("prints each entry with the changes it caused", () => {
    const output = captured();
    const watcher = jsonlWatcher(
      new Printer(output, false),
      shownAll(),
      heldClock(Date.UTC(2026, 0, 18, 14, 30)),
    );
    const changes = changesOf(played());
    watcher.begin(firstOf(changes));
    watcher.changes(changes);
    const documents = output
      .text()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(documents.length, changes.length);
    assert.deepEqual(
      documents[0].changes.map(({ task }: { task: string }) => task),
      ["content-check", "build"],
    );
    const failed = documents.find(
      ({ event }) => event.type === "attempt.ended" && event.task === "link-check",
    );
    assert.deepEqual(failed.changes, [{ task: "link-check", status: "waiting", reason: "retry" }]);
    assert.equal(documents.at(-1).status, "success");
    for (const document of documents) {
      assert.deepEqual(Object.keys(document), [
        "schemaVersion",
        "run",
        "sequence",
        "at",
        "event",
        "status",
        "changes",
        "note",
      ]);
    }
  });
});

describe("--jsonl of an attempt that prints nothing", () => {
  it("F31: is a line without an entry; notes of one that ended are in its entry", () => {
    const output = captured();
    const clock = heldClock(Date.UTC(2026, 0, 18, 9, 10));
    const watcher = jsonlWatcher(new Printer(output, false), shownAll(), clock);
    const changes = changesOf(noted());
    watcher.begin(firstOf(changes));
    watcher.changes(changes.slice(0, 3));
    watcher.progress(SILENT);
    watcher.changes(changes.slice(3));
    const documents = output
      .text()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(documents[3], {
      schemaVersion: 1,
      run: "RUN",
      sequence: null,
      at: "2026-01-18T09:10:00.000Z",
      event: null,
      status: null,
      changes: [],
      note: { task: "a", attempt: 1, text: "no output for 10 min" },
    });
    assert.deepEqual(
      documents.slice(4).map(({ event }) => event.outcome.notes),
      [["output still open", "hid \x1b[2Jit"], ["odd"]],
    );
  });
});

describe("the board", () => {
  function board(rows: number, wallMs?: number) {
    const output = captured({ columns: 80, rows });
    const clock = heldClock(wallMs);
    const above: string[] = [];
    const painted: string[] = [];
    const painter: Painter = {
      paint: (text) => void painted.push(text),
      above: (text) => void above.push(...text.split("\n")),
      clear: () => void painted.push(""),
    };
    return {
      clock,
      above,
      painted,
      board: new Board({
        printer: new Printer(output, false),
        labels: shownAll(),
        painter,
        clock,
        keys: null,
      }),
    };
  }

  it("keeps what ended above and one line for each running task below", () => {
    const { clock, above, painted, board: shown } = board(24);
    const changes = changesOf(played());
    const half = changes.findIndex(
      ({ entry }) => entry.event.type === "attempt.ended" && entry.event.task === "link-check",
    );
    shown.begin(firstOf(changes));
    shown.changes(changes.slice(0, half + 1));
    shown.progress({
      run: "RUN",
      task: "content-check",
      key: null,
      attempt: 1,
      kind: "output",
      line: "checking \x1b[2Jpage 7",
      bytes: 10,
    });
    clock.advance(1000);
    assert.deepEqual(above, [
      "run r-7k2m  test",
      "✓ build              shell      18s  342 files",
      "✗ link-check         shell      6s  exit 1, retry 1/3 in 10s",
      "    public/index.html:41 \\x1b[2Jbroken",
    ]);
    const lines = (painted.at(-1) ?? "").split("\n");
    assert.equal(lines.length, 5);
    assert.match(lines[0] ?? "", /^● content-check {6}shell {6}1s {2}checking \\x1b\[2Jpage 7$/);
    assert.match(lines[1] ?? "", /^● pages\[a\]/);
    assert.match(lines[3] ?? "", /^○ link-check .*retry in 10s after broken_internal_link$/);
    assert.match(lines[4] ?? "", /^○ 2 more · 1\/6 done · \S+ · r-7k2m$/);
    shown.changes(changes.slice(half + 1));
    shown.end();
    assert.equal(painted.at(-1), "");
    assert.ok(above.includes("✓ ask                approval   0ms  approve by mark"), above.join("\n"));
    assert.ok(above.includes("– deploy             shell      skipped  condition"));
  });

  it("F31: says in the row of a task for how long it has printed nothing, until it prints", () => {
    const { clock, painted, board: shown } = board(24);
    const changes = changesOf(noted());
    shown.begin(firstOf(changes));
    shown.changes(changes.slice(0, 3));
    const prints = { ...SILENT, kind: "output", line: "hello", bytes: 6 } as const;
    shown.progress(prints);
    clock.advance(600_000);
    shown.progress(SILENT);
    clock.advance(1_000);
    assert.match(painted.at(-1) ?? "", /^● a +shell +10m01s {2}no output for 10 min$/m);
    clock.advance(600_000);
    assert.match(painted.at(-1) ?? "", /^● a +shell +20m01s {2}no output for 20 min$/m);
    shown.progress(prints);
    clock.advance(1_000);
    assert.match(painted.at(-1) ?? "", /^● a +shell +20m02s {2}hello$/m);
    shown.end();
  });

  it("says what is known of an attempt that ended, below its line", () => {
    const { above, board: shown } = board(24);
    const changes = changesOf(noted());
    shown.begin(firstOf(changes));
    shown.changes(changes);
    shown.end();
    assert.deepEqual(above, [
      "run r-7k2m  test",
      "✓ a                  shell      10s",
      "    note: output still open",
      "    note: hid \\x1b[2Jit",
      "✗ b                  shell      1s  exit 1, retry 1/2 in 5s",
      "    no",
      "    note: odd",
    ]);
  });

  it("says that a run needs a person, also when the question is asked inside it", () => {
    const { clock, painted, board: shown } = board(24);
    const [first] = changesOf(new Play("g : agent: workflow, parameters: { name: other }"));
    assert.ok(first !== undefined);
    shown.begin({ run: first.after, name: "r-7k2m", how: "started", below: [] });
    const parent = { run: "RUN", root: "RUN", depth: 1, task: "g", attempt: 1 };
    const child = new Play("ask : agent: approval, parameters: {}", { parent });
    const inside = changesOf(child.decide("ask", "approve")).map((change) => ({
      ...change,
      after: { ...change.after, id: "CHILD" },
    }));
    shown.changes([first, ...inside.slice(0, 1)]);
    clock.advance(1000);
    assert.match(painted.at(-1) ?? "", /^◐ g\/ask .*waiting for approval$/m);
    assert.match(painted.at(-1) ?? "", / · needs you \(1\) · /);
    shown.changes(inside.slice(1));
    clock.advance(1000);
    assert.doesNotMatch(painted.at(-1) ?? "", /needs you/);
    shown.end();
  });

  it("counts what does not fit on the terminal", () => {
    const tasks = Array.from(
      { length: 30 },
      (_, at) => `  - { id: t${at}, agent: shell, parameters: { run: x } }`,
    );
    const play = new Play(
      workflowOf(`name: test\nsettings: { max_parallel: 30 }\ntasks:\n${tasks.join("\n")}\n`),
    );
    play.start(...tasks.map((_, at) => `t${at}`));
    const { clock, painted, board: shown } = board(14);
    const changes = changesOf(play);
    shown.begin(firstOf(changes));
    shown.changes(changes);
    clock.advance(1000);
    const lines = (painted.at(-1) ?? "").split("\n");
    assert.equal(lines.length, 9);
    assert.match(lines[7] ?? "", /^ {2}23 more running or waiting$/);
    shown.end();
  });

  it("shows what goes on already when a run is taken up, in groups too, by its real age", () => {
    const play = new Play(
      workflowOf(`name: test
tasks:
  - { id: a, agent: shell, parameters: { run: a } }
  - { id: g, agent: group, parameters: { tasks: [{ id: x, agent: shell, parameters: { run: x } }] } }
  - { id: b, agent: shell, dependencies: [a], parameters: { run: b } }
  - { id: ask, agent: approval, parameters: { message: "Go?" } }
`),
    );
    play.start("a");
    const body =
      play.run.workflow.tasks.find(({ id }) => id === "g")?.body ?? assert.fail("a group has a body");
    const inside = new Play(body, {
      parent: { run: "RUN", root: "RUN", depth: 1, task: "g", attempt: 1 },
    }).start("x");
    const below = [{ ...inside.run, id: "CHILD" }];
    const { clock, above, painted, board: shown } = board(24, play.at + 61_000);
    shown.begin({ run: play.run, name: "r-7k2m", how: "resumed", below });
    shown.progress({
      run: "CHILD",
      task: "x",
      key: null,
      attempt: 1,
      kind: "output",
      line: "hello",
      bytes: 6,
    });
    clock.advance(1000);
    const lines = (painted.at(-1) ?? "").split("\n");
    assert.deepEqual(above, ["run r-7k2m  test"]);
    assert.match(lines[0] ?? "", /^● a +shell +1m02s/);
    assert.match(lines[1] ?? "", /^● g +group +1m02s/);
    assert.match(lines[2] ?? "", /^● g\/x +shell +1m02s {2}hello$/);
    assert.match(lines[3] ?? "", /^◐ ask +approval +waiting for approval$/);
    assert.match(lines[4] ?? "", /^○ 1 more · 0\/4 done · needs you \(1\) · 1m02s · r-7k2m$/);
    clock.jumpWall(-3_600_000);
    clock.advance(1000);
    assert.match((painted.at(-1) ?? "").split("\n")[0] ?? "", /1m03s/);
    shown.end();
  });

  it("is not repainted while a person is asked", () => {
    const { clock, painted, board: shown } = board(24);
    const changes = changesOf(played());
    shown.begin(firstOf(changes));
    shown.changes(changes.slice(0, 4));
    shown.pause();
    const before = painted.length;
    clock.advance(5000);
    assert.equal(painted.length, before);
    shown.unpause();
    assert.equal(painted.length, before + 1);
    shown.end();
  });
});
