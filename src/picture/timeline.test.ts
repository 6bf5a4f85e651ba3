import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changesOf } from "../../test/support/changes.ts";
import { Play, workflowOf } from "../../test/support/decider.ts";
import { wellFormed } from "../../test/support/xml.ts";
import { INTERRUPTED } from "../core/event.ts";
import { failure } from "../core/outcome.ts";
import { foldedAxis, ticksOf } from "./fold.ts";
import type { Recorded } from "./level.ts";
import { type Timeline, timelineOf } from "./timeline.ts";
import { timelineDocument } from "./timeline-json.ts";
import { timelineLines } from "./timeline-lines.ts";
import { describeTimeline, figuresOf } from "./timeline-rows.ts";
import { timelineSvg } from "./timeline-svg.ts";

function timeline(play: Play, children: readonly Recorded[] = [], now: number | null = null): Timeline {
  const made = timelineOf({ changes: changesOf(play), children }, now);
  assert.ok(made !== null);
  return made;
}

/** `build: queued 0-100, running#1 100-1100 success` */
function shown({ rows }: Timeline): readonly string[] {
  return rows.map(({ id, stretches }) => {
    const parts = stretches.map(({ kind, from, to, attempt, result, isOpen }) => {
      const number = kind === "running" || kind === "unknown" ? `#${attempt}` : "";
      return `${kind}${number} ${from}-${to}${result === null ? "" : ` ${result.word}`}${isOpen ? " open" : ""}`;
    });
    return `${id}: ${parts.join(", ")}`;
  });
}

function critical({ rows }: Timeline): readonly string[] {
  return rows.filter(({ isCritical }) => isCritical).map(({ id }) => id);
}

const clock = (ms: number) => new Date(ms).toISOString().slice(11, 19);

describe("the timeline of a run", () => {
  it("shows from when a task was ready, when it had a place, and when it ended", () => {
    const play = new Play("a\nb <- a\nc <- a");
    play
      .pass(50)
      .start("a")
      .pass(1000)
      .ok("a")
      .start("b")
      .pass(200)
      .start("c")
      .pass(300)
      .ok("b")
      .pass(100)
      .ok("c");
    const made = timeline(play);
    assert.deepEqual(shown(made), [
      "a: queued 0-50, running#1 50-1050 success",
      "b: running#1 1050-1550 success",
      "c: queued 1050-1250, running#1 1250-1650 success",
    ]);
    assert.deepEqual([made.length, critical(made)], [1650, ["a", "c"]]);
  });

  it("keeps each attempt apart, with the wait between them", () => {
    const play = new Play("a : retry: { max_attempts: 3, delay: 5, jitter: false }\nb <- a");
    play
      .start("a")
      .pass(1000)
      .fail("a")
      .wait("unit:a")
      .pass(20)
      .start("a")
      .pass(2000)
      .ok("a")
      .start("b")
      .pass(1)
      .ok("b");
    assert.deepEqual(shown(timeline(play)), [
      "a: running#1 0-1000 failed, waiting 1000-6000, queued 6000-6020, running#2 6020-8020 success",
      "b: running#1 8020-8021 success",
    ]);
    const [first, second] = figuresOf(timeline(play));
    assert.deepEqual([first?.attempt, first?.ranMs, first?.result], [1, 1000, "failed"]);
    assert.deepEqual(
      [second?.attempt, second?.waitedMs, second?.queuedMs, second?.ranMs],
      [2, 5000, 20, 2000],
    );
  });

  it("calls what the engine did not accept a failure, whatever the attempt said of itself", () => {
    const play = new Play('a : success_criteria: ["output.files > 0"]');
    play.start("a").pass(10).give("a", { files: 0 });
    assert.deepEqual(shown(timeline(play)), ["a: running#1 0-10 failed"]);
  });

  it("gives each item its row, and finds the item that held up the others", () => {
    const play = new Play(
      'pages : foreach: { items: [x, y, z], key: "${item}", max_parallel: 2 }\nend <- pages',
    );
    play
      .start("pages:0", "pages:1")
      .pass(100)
      .ok("pages:0")
      .start("pages:2")
      .pass(50)
      .ok("pages:1")
      .pass(400)
      .ok("pages:2");
    play.start("end").pass(10).ok("end");
    const made = timeline(play);
    assert.deepEqual(shown(made), [
      "pages[x]: running#1 0-100 success",
      "pages[y]: running#1 0-150 success",
      "pages[z]: running#1 100-550 success",
      "end: running#1 550-560 success",
    ]);
    assert.deepEqual(critical(made), ["pages[x]", "pages[z]", "end"]);
  });

  it("shows how long a person took, and that the rest waited for them", () => {
    const play = new Play('a\nask <- a : agent: approval, parameters: { message: "Go?" }\nb <- ask');
    play.start("a").pass(1000).ok("a").pass(3_600_000).decide("ask", "approve").start("b").pass(500).ok("b");
    const made = timeline(play);
    assert.deepEqual(shown(made), [
      "a: running#1 0-1000 success",
      "ask: human 1000-3601000",
      "b: running#1 3601000-3601500 success",
    ]);
    assert.deepEqual(critical(made), ["a", "ask", "b"]);
  });

  it("says of an attempt without a counted try what it was: asked, or wrong", () => {
    const play = new Play("a");
    const failed = { status: "failed", failure: failure("output_missing", "no") } as const;
    const asks = { kind: "question", message: "?", offers: [], wants: [] } as const;
    play
      .start("a")
      .pass(5)
      .end("a", { ...failed, misfit: true, durationMs: 5 });
    play
      .start("a")
      .pass(5)
      .end("a", { ...failed, asks, durationMs: 5 });
    play.decide("a", "answer", { comment: "yes" }).start("a").pass(5).ok("a");
    assert.deepEqual(shown(timeline(play)), [
      "a: running#1 0-5 failed, running#2 5-10 asked, running#3 10-15 success",
    ]);
  });

  it("puts what a group's tasks did under the group, at the times of the group", () => {
    const workflow = workflowOf(`name: test
tasks:
  - id: rollout
    agent: group
    foreach: { items: [eu], key: "\${item}" }
    parameters: { tasks: [{ id: ship, agent: shell, parameters: { run: b } }, { id: smoke, agent: shell, dependencies: [ship], parameters: { run: b } }] }
`);
    const body = workflow.tasks[0]?.body;
    assert.ok(body !== null && body !== undefined);
    const play = new Play(workflow);
    const parent = { run: "RUN", root: "RUN", task: "rollout", item: 0, attempt: 1, depth: 1 };
    const child = new Play(body, { parent });
    child.start("ship").pass(700).ok("ship").start("smoke").pass(100).ok("smoke");
    play.pass(801).child("rollout:0", { durationMs: 800 });
    const made = timeline(play, [{ changes: changesOf(child), children: [] }]);
    assert.deepEqual(shown(made), [
      "rollout[eu]: running#1 0-801 success",
      "rollout[eu]/ship: running#1 0-700 success",
      "rollout[eu]/smoke: running#1 700-800 success",
    ]);
    assert.deepEqual(critical(made), ["rollout[eu]", "rollout[eu]/ship", "rollout[eu]/smoke"]);
  });

  it("goes on to now for what has not ended, and stops at the last entry where nobody has the run open", () => {
    const play = new Play("a\nb");
    play.start("a").pass(1000).ok("a").start("b");
    assert.deepEqual(
      shown(timeline(play, [], play.at + 5000)).at(-1),
      "b: queued 0-1000, running#1 1000-6000 open",
    );
    assert.equal(timeline(play).length, 1000);
  });
});

describe("the timeline of a run that was interrupted", () => {
  /** As after a crash: wall time passes, the engine's own does not. */
  function away(play: Play, ms: number): void {
    play.at += ms;
  }

  it("does not draw a lost attempt as if it had run all the time", () => {
    const play = new Play("a : retry: { max_attempts: 2 }\nb");
    play.start("a", "b").pass(2000).ok("b");
    away(play, 3_600_000);
    play.lose("a").start("a").pass(500).ok("a");
    const made = timeline(play);
    assert.deepEqual(made.gone, [{ from: 2000, to: 3_602_000 }]);
    assert.deepEqual(shown(made), [
      "a: running#1 0-2000 lost, unknown#1 2000-3602000 lost, running#2 3602000-3602500 success",
      "b: running#1 0-2000 success",
    ]);
  });

  it("knows from what was measured when a script ended that outlived decapod", () => {
    const play = new Play("a\nb <- a");
    play.start("a");
    away(play, 600_000);
    play.pass(10).end("a", { durationMs: 90_000 }).start("b").pass(10).ok("b");
    assert.deepEqual(shown(timeline(play)), [
      "a: running#1 0-90000 success, unknown#1 90000-600010 success",
      "b: running#1 600010-600020 success",
    ]);
  });

  it("lets an attempt that was taken up alive go on through it", () => {
    const play = new Play("a");
    play.start("a");
    away(play, 60_000);
    play.pass(30_000).end("a", { durationMs: 90_000 });
    assert.deepEqual(shown(timeline(play)), ["a: running#1 0-90000 success"]);
  });

  it("names what ctrl-C ended, and counts from the entry it stands in", () => {
    const play = new Play("a");
    play.start("a").pass(700).lose("a", INTERRUPTED);
    away(play, 86_400_000);
    play.start("a").pass(10).ok("a");
    assert.deepEqual(shown(timeline(play)), [
      "a: running#1 0-700 interrupted, queued 700-86400700, running#2 86400700-86400710 success",
    ]);
  });

  it("holds the order when the clock of the machine is put back", () => {
    const play = new Play("a\nb <- a");
    play.start("a").pass(1000);
    play.at -= 3_600_000;
    play.ok("a").start("b").pass(500).ok("b");
    assert.deepEqual(shown(timeline(play)), [
      "a: running#1 0-1000 success",
      "b: running#1 1000-1500 success",
    ]);
  });
});

describe("the axis of a timeline", () => {
  function waited(): Timeline {
    const play = new Play('a\nask <- a : agent: approval, parameters: { message: "Go?" }\nb <- ask');
    play
      .start("a")
      .pass(60_000)
      .ok("a")
      .pass(7_200_000)
      .decide("ask", "approve")
      .start("b")
      .pass(30_000)
      .ok("b");
    return timeline(play);
  }

  it("is folded where nothing was done for long, and true to scale elsewhere", () => {
    const axis = foldedAxis(waited());
    assert.deepEqual(
      axis.pieces.map(({ from, to, isFolded }) => [from, to, isFolded]),
      [
        [0, 60_000, false],
        [60_000, 7_260_000, true],
        [7_260_000, 7_290_000, false],
      ],
    );
    const [first, fold, second] = axis.pieces;
    assert.ok(first !== undefined && fold !== undefined && second !== undefined);
    assert.ok(Math.abs(first.size - 2 * second.size) < 1e-9 && fold.size < 0.05);
    assert.ok(Math.abs(axis.place(30_000) - first.size / 2) < 1e-9);
    assert.deepEqual([axis.place(0), axis.place(7_290_000)], [0, 1]);
  });

  it("says when it begins, how long after that, and how long was folded", () => {
    const ticks = ticksOf(foldedAxis(waited()), 10, (ms) => `at ${ms}`);
    assert.deepEqual(
      ticks.map(({ text }) => text),
      ["at 0", "+10s", "+20s", "+30s", "+40s", "+50s", "≈2h00m", "at 7260000", "+2h01m", "+2h01m"],
    );
  });

  it("stands for a run in which nothing took any time", () => {
    const play = new Play("a");
    play.start("a").ok("a");
    const made = timeline(play);
    assert.deepEqual([made.length, made.rows.length], [0, 0]);
    assert.equal(foldedAxis(made).place(0), 0);
    assert.match(timelineSvg(made, "x", clock), /<svg/);
  });
});

describe("a timeline as text", () => {
  function played(): Timeline {
    const play = new Play(
      'a : retry: { max_attempts: 2, delay: 2, jitter: false }\nask <- a : agent: approval, parameters: { message: "Go?" }\nb <- ask',
    );
    play.start("a").pass(3000).fail("a").wait("unit:a").pass(1000).start("a").pass(4000).ok("a");
    play.pass(7_200_000).decide("ask", "approve").start("b").pass(5000).ok("b");
    return timeline(play);
  }

  it("has a bar for each task, with a sign where an attempt failed", () => {
    const lines = timelineLines(played(), 70, clock).map((line) =>
      line
        .map(({ text }) => text)
        .join("")
        .trimEnd(),
    );
    assert.deepEqual(lines, [
      "        09:00:00         +5s         ≈2h00m 11:00:10",
      "▸ ✓ a   █████████✗·······░░░███████████████┊                       7s",
      "▸ ✓ ask                                   ▒▒▒                   2h00m",
      "▸ ✓ b                                      ┊██████████████████     5s",
      "",
      "█ ran  ░ queued  ▒ waited for a person  · waited  ▸ critical path",
    ]);
  });

  it("is never wider than the terminal", () => {
    for (const columns of [60, 80, 200])
      for (const line of timelineLines(played(), columns, clock))
        assert.ok(line.reduce((sum, { text }) => sum + text.length, 0) <= columns);
  });

  it("says everything in words, in the order in which it began", () => {
    assert.deepEqual(describeTimeline(played(), clock), [
      "09:00:00 a, attempt 1: failed, ran 3s, on the critical path",
      "09:00:03 a, attempt 2: success, queued 1s, waited 2s, ran 4s, on the critical path",
      "09:00:10 ask: success, waited for a person 2h00m, on the critical path",
      "11:00:10 b, attempt 1: success, ran 5s, on the critical path",
    ]);
  });

  it("is there as data", () => {
    const document = JSON.parse(JSON.stringify(timelineDocument(played())));
    assert.deepEqual(Object.keys(document), [
      "id",
      "workflow",
      "status",
      "startedAt",
      "endedAt",
      "durationSeconds",
      "rows",
      "gone",
    ]);
    assert.deepEqual(document.rows[2].stretches, [
      {
        kind: "running",
        startedAt: "2026-01-05T11:00:10.000Z",
        endedAt: "2026-01-05T11:00:15.000Z",
        durationSeconds: 5,
        attempt: 1,
        isRepair: false,
        reason: null,
        result: "success",
        isOpen: false,
      },
    ]);
  });
});

describe("a timeline as SVG", () => {
  it("O7: is well-formed and holds names as text, whatever they are", () => {
    const play = new Play(
      workflowOf(
        `name: test\ntasks:\n  - { id: pages, agent: shell, foreach: { items: ["<img src=x onerror=alert(1)>", "\\u202egnp.exe"], key: "\${item}" }, parameters: { run: b } }\n`,
      ),
    );
    play.start("pages:0", "pages:1").pass(100).ok("pages:0", "pages:1");
    const text = timelineSvg(timeline(play), "]]> <script>", clock);
    const { names } = wellFormed(text);
    assert.ok(!names.has("img") && !names.has("script"));
    assert.match(text, /pages\[&#60;img src=x onerror=alert\(1\)&#62;\]/);
    assert.doesNotMatch(text, /\u202e/);
  });

  it("keeps what matters of very many rows, and says what is left out", () => {
    const lines = Array.from({ length: 600 }, (_, at) => `t${at}`);
    const play = new Play(
      workflowOf(
        `name: test\nsettings: { max_parallel: 600 }\ntasks:\n${lines.map((id) => `  - { id: ${id}, agent: shell, parameters: { run: b } }`).join("\n")}\n`,
      ),
    );
    play.start(...lines);
    for (const id of lines) play.pass(10).ok(id);
    const text = timelineSvg(timeline(play), "x", clock);
    assert.match(text, /and 200 rows more/);
    assert.match(text, /t599: success/);
    assert.doesNotMatch(text, /<title>t0: success/);
  });
});
