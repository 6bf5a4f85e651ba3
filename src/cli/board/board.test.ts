import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changesOf } from "../../../test/support/changes.ts";
import { captured } from "../../../test/support/command-line.ts";
import { Play, workflowOf } from "../../../test/support/decider.ts";
import { firstOf, noted, played, SILENT, shownAll } from "../../../test/support/shown-runs.ts";
import { failure } from "../../core/outcome.ts";
import { heldClock } from "../../port/clock.ts";
import { Attention } from "../attention.ts";
import { Printer } from "../print.ts";
import { Board } from "./board.ts";
import { countsLine } from "./board-lines.ts";
import type { Painter } from "./painter.ts";

interface BoardSetting {
  readonly wallMs?: number;
  readonly columns?: number;
  readonly term?: string;
}

describe("the board", () => {
  function board(rows: number, { wallMs, columns = 80, term }: BoardSetting = {}) {
    const output = captured({ columns, rows });
    const clock = heldClock(wallMs);
    const above: string[] = [];
    const painted: string[] = [];
    const painter: Painter = {
      paint: (text) => void painted.push(text),
      above: (text) => void above.push(...text.split("\n")),
      clear: () => void painted.push(""),
    };
    const printer = new Printer(output, false);
    const attention = new Attention(output, term);
    const shown = new Board({ printer, labels: shownAll(), painter, clock, attention, keys: null });
    return { clock, above, painted, output, board: shown };
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
      "✓ build              shell      18s  342 files, ok=true",
      "✗ link-check         shell      6s  exit 1, retry 1/3 in 10s",
      "    public/index.html:41 \\x1b[2Jbroken",
    ]);
    const lines = (painted.at(-1) ?? "").split("\n");
    assert.equal(lines.length, 5);
    assert.match(lines[0] ?? "", /^● content-check {6}shell {6}1s {2}checking \\x1b\[2Jpage 7$/);
    assert.match(lines[1] ?? "", /^● pages\[a\]/);
    assert.match(lines[3] ?? "", /^○ link-check .*retry in 9s after broken_internal_link$/);
    assert.match(lines[4] ?? "", /^○ 2 more · 1\/6 done · \S+ · r-7k2m$/);
    shown.changes(changes.slice(half + 1));
    shown.end();
    assert.equal(painted.at(-1), "");
    assert.ok(above.includes("✓ ask                approval   0ms  approve by mark"), above.join("\n"));
    assert.ok(above.includes("– deploy             shell      skipped  condition"));
  });

  it("says in its last line that somebody paused the run", () => {
    const [first] = changesOf(played());
    assert.ok(first !== undefined);
    const run = { ...first.after, status: "paused" as const };
    const printer = new Printer(captured({ columns: 80, rows: 24 }), false);
    const line = countsLine(printer, { run, name: "r-7k2m", elapsedMs: 1000, decisions: 0 });
    assert.equal(line, "○ 6 more · 0/6 done · paused · 1s · r-7k2m");
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

  it("says nothing twice of a failure without words, and no class where none is known", () => {
    const { above, painted, clock, board: shown } = board(24);
    const changes = changesOf(noted("exit 1"));
    shown.begin(firstOf(changes));
    shown.changes(changes);
    clock.advance(1_000);
    assert.deepEqual(above.slice(-2), [
      "✗ b                  shell      1s  exit 1, retry 1/2 in 5s",
      "    note: odd",
    ]);
    assert.match(painted.at(-1) ?? "", /^○ b .*retry in 4s$/m);
    shown.end();
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

  /** As many tasks as asked for, all running and then all ended within one repaint. */
  function crowd(tasks: number, failed: readonly number[]) {
    const ids = Array.from({ length: tasks }, (_, index) => `task-${index}`);
    const lines = ids.map((id) => `  - { id: ${id}, agent: shell, parameters: { run: x } }`);
    const settings = `settings: { max_parallel: ${tasks}, on_failure: continue }`;
    const play = new Play(workflowOf(`name: test\n${settings}\ntasks:\n${lines.join("\n")}\n`)).start(...ids);
    for (const [index, id] of ids.entries()) {
      if (failed.includes(index))
        play.end(id, { status: "failed", exitCode: 1, failure: failure("script_failed", `broken ${index}`) });
      else play.end(id, { durationMs: 1_000 });
    }
    return changesOf(play);
  }

  it("names as many that ended well at once as there are rows, counts the rest, and names every failure", () => {
    const { clock, above, board: shown } = board(12);
    const changes = crowd(40, [3, 20, 39]);
    shown.begin(firstOf(changes));
    shown.changes(changes);
    assert.equal(above.length, 0, "nothing is painted before its time");
    clock.advance(100);
    assert.equal(above.filter((line) => line.startsWith("✓ task-")).length, 6);
    assert.deepEqual(
      above.filter((line) => line.startsWith("    broken")),
      ["    broken 3", "    broken 20", "    broken 39"],
    );
    assert.equal(above.at(-1), "✓ 31 tasks more: task-7 … task-38");
    shown.end();
  });

  it("is painted ten times a second at most, however much happens", () => {
    const { clock, painted, board: shown } = board(24);
    const changes = crowd(40, []);
    shown.begin(firstOf(changes));
    for (const change of changes) {
      shown.changes([change]);
      clock.advance(5);
    }
    const tookMs = changes.length * 5;
    assert.ok(painted.length >= 2, `painted ${painted.length} times`);
    assert.ok(painted.length <= tookMs / 100 + 1, `painted ${painted.length} times in ${tookMs} ms`);
    shown.end();
  });

  it("gives names the room they ask for on a wide terminal, and cuts them on a narrow one", () => {
    const id = `publish-${"long-".repeat(9)}name`;
    const play = new Play(
      workflowOf(`name: test\ntasks:\n  - { id: ${id}, agent: shell, parameters: { run: x } }\n`),
    ).start(id);
    const changes = changesOf(play);
    const rowAt = (columns: number) => {
      const { clock, painted, board: shown } = board(24, { columns });
      shown.begin(firstOf(changes));
      shown.changes(changes);
      clock.advance(100);
      shown.end();
      return painted.at(0)?.split("\n")[0] ?? "";
    };
    assert.match(rowAt(200), new RegExp(`^● ${id} +shell `));
    assert.match(rowAt(80), /^● publish-(long-)+\S*… +shell /);
    assert.ok(rowAt(40).length <= 39, rowAt(40));
  });

  it("rings and writes into the title of the window when somebody is needed and at the end", () => {
    const { board: shown, output } = board(24, { term: "xterm-256color" });
    const play = new Play("ask : agent: approval, parameters: {}");
    const asked = changesOf(play).length;
    const changes = changesOf(play.decide("ask", "approve"));
    shown.begin(firstOf(changes));
    shown.changes(changes.slice(0, asked));
    const [title, bell] = ["\x1b]2;", "\x07"];
    assert.equal(output.text(), `${title}◐ needs you (1) · test r-7k2m${bell}${bell}`);
    shown.changes(changes.slice(asked));
    shown.end();
    shown.end();
    assert.equal(
      output.text(),
      `${title}◐ needs you (1) · test r-7k2m${bell}${bell}${title}● test r-7k2m${bell}${title}✓ success · test r-7k2m${bell}${bell}`,
    );
  });

  it("writes no title where a terminal has no window", () => {
    const { board: shown, output } = board(24, { term: "linux" });
    const changes = changesOf(new Play("ask : agent: approval, parameters: {}"));
    shown.begin(firstOf(changes));
    shown.changes(changes);
    shown.end();
    assert.equal(output.text(), "\x07");
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
    const { clock, above, painted, board: shown } = board(24, { wallMs: play.at + 61_000 });
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
