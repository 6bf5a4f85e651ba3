import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play, startOf } from "../../test/support/decider.ts";
import { viewOf } from "./draft.ts";
import { findDecision, type OpenDecision, spotOfTimer } from "./places.ts";
import { refuse, waitsForPeopleOnly } from "./refuse.ts";

const ENDED = {
  status: "success",
  exitCode: 0,
  output: { value: 1 },
  failure: null,
  durationMs: 1,
  usage: null,
} as const;

describe("what is refused", () => {
  test("a second start, anything before the first, anything after the end", () => {
    const play = new Play("a");
    const start = startOf(play.run.workflow);
    assert.equal(refuse(null, start), null);
    assert.equal(play.refused(start), "E_CONFLICT");
    assert.equal(refuse(null, { type: "run.paused", by: "kim" })?.code, "E_NOT_FOUND");
    play.ok("a");
    for (const event of [
      { type: "run.cancelled", by: "kim", reason: "" },
      { type: "event.received", name: "x", key: "", data: 1 },
    ] as const) {
      assert.equal(play.refused(event), "E_CLOSED");
    }
  });

  test("a pause of what does not run, a resume of what is not paused", () => {
    const play = new Play("a");
    assert.equal(play.refused({ type: "run.resumed", by: "kim" }), "E_CONFLICT");
    play.send({ type: "run.paused", by: "kim" });
    assert.equal(play.refused({ type: "run.paused", by: "kim" }), "E_CONFLICT");
    assert.deepEqual(play.send({ type: "run.resumed", by: "kim" }).run.status, "running");
  });

  test("a start of what was not asked for", () => {
    const play = new Play(
      flow("a\nb <- a\nm : foreach: { items: [1, 2], max_parallel: 1 }\nx : concurrency: { group: db }"),
    );
    const start = (task: string, attempt: number, item?: number) =>
      ({ type: "attempt.started", task, attempt, ...(item === undefined ? {} : { item }) }) as const;
    for (const event of [
      start("a", 2),
      start("b", 0),
      start("nobody", 1),
      start("a", 1, 0),
      start("m", 1),
      start("m", 1, 1),
      start("m", 1, 9),
    ]) {
      assert.equal(play.refused(event), "E_STALE", JSON.stringify(event));
    }
    assert.equal(play.status("x"), "waiting/concurrency");
    play.start("x", "a", "m:0");
    assert.equal(play.refused(start("a", 1)), "E_STALE");
  });

  test("a late or second outcome: the fence", () => {
    const play = new Play("a : on_failure: retry").start("a");
    const end = (attempt: number) => ({ type: "attempt.ended", task: "a", attempt, outcome: ENDED }) as const;
    assert.equal(play.refused(end(2)), "E_FENCED");
    play.fail("a");
    assert.equal(play.refused(end(1)), "E_FENCED");
    assert.equal(play.refused({ ...end(2), task: "b" }), "E_FENCED");
    assert.equal(
      play.refused({ type: "cache.hit", task: "a", attempt: 2, output: { value: 1 }, exitCode: 0 }),
      "E_FENCED",
    );
  });

  test("timers that are not set", () => {
    const play = new Play("a\nm : foreach: { items: [1] }");
    for (const timer of [
      "unit:a",
      "unit:nobody",
      "pass:a",
      "unit:m",
      "unit:m:0",
      "unit:m:9",
      "hooks",
      "expire:a#0",
      "nonsense",
      "",
    ]) {
      assert.equal(play.refused({ type: "timer.fired", timer }), "E_STALE", timer);
    }
  });

  test("decisions are found where they stand, and nowhere else", () => {
    const play = new Play(
      "a : approval: { mode: ask }\nm : agent: approval, parameters: {}, foreach: { items: [1, 2] }",
    );
    const found = (id: string): OpenDecision | undefined => findDecision(viewOf(play.run), id);
    assert.equal(found("a#0")?.spot?.item, -1);
    assert.equal(found("m:1@1")?.spot?.item, 1);
    for (const id of ["a#1", "a@1", "m@1", "m:2@1", "m:x@1", "nobody#0", "", "$run.1"])
      assert.equal(found(id), undefined, id);
    assert.equal(spotOfTimer(viewOf(play.run), "unit:m:1")?.item, 1);
  });
});

describe("only people can move the run on", () => {
  const only = (lines: string, prepare: (play: Play) => unknown = () => 0, top = "", isHeldUp = false) => {
    const play = new Play(flow(lines, top));
    prepare(play);
    return waitsForPeopleOnly(play.run, () => isHeldUp);
  };

  test("when questions are open and nothing else goes on", () => {
    assert.ok(only("a : approval: { mode: ask }\nb <- a"));
    assert.ok(only("a : effect: once", (play) => play.lose("a")));
    assert.ok(
      only("m : agent: approval, parameters: {}, foreach: { items: [1, 2] }", (play) =>
        play.decide("m:0", "approve"),
      ),
    );
  });

  test("when a place is held by others that wait for people, and in the time of a pass", () => {
    const group =
      "agent: group, parameters: { tasks: [{ id: x, agent: shell, parameters: { command: [x] } }] }";
    assert.ok(only("ask : approval: { mode: ask }\nx : touches: [a]", undefined, "", true));
    const asks = (play: Play) => play.send({ type: "child.waits", child: "C", ...play.ref("g") }).run;
    const play = new Play(flow(`ask : approval: { mode: ask }\ng : ${group}, timeout: 60`));
    assert.ok(waitsForPeopleOnly({ ...asks(play), live: 0 }, () => false));
  });

  test("not when something runs, stands in line, or waits for time, events or a place", () => {
    const ask = "ask : approval: { mode: ask }\n";
    assert.ok(!only("a"));
    assert.ok(!only(`${ask}a`));
    assert.ok(!only(`${ask}a`, (play) => play.start("a")));
    assert.ok(!only(`${ask}w : agent: wait, parameters: { for: 60 }`));
    assert.ok(!only(`${ask}w : agent: wait, parameters: { event: go }`));
    assert.ok(!only(`${ask}x : concurrency: { group: db }`));
    assert.ok(!only(`${ask}m : agent: wait, parameters: { for: 60 }, foreach: { items: [1] }`));
    assert.ok(
      only(`${ask}m : agent: approval, parameters: {}, foreach: { items: [1] }\na`, (play) => play.ok("a")),
    );
    assert.ok(
      !only(
        "a : effect: once",
        (play) => play.lose("a").decide("a", "fail"),
        "hooks: { on_complete: [{ id: c, agent: shell, parameters: { command: [x] } }] }",
      ),
    );
  });
});
