import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";

const MINUTE = 60_000;

/** formats.md 1.10 */
describe("the run clock", () => {
  const top = "settings: { timeout: 10m }";

  test("counts while something is queued, running, or waits for a retry or an event", () => {
    const play = new Play(
      flow("a : retry: { max_attempts: 2, delay: 60 }\nb <- a : agent: wait, parameters: { event: go }", top),
    );
    assert.deepEqual(play.run.clock, { remainingMs: 10 * MINUTE, since: 0 });
    play.pass(MINUTE).start("a").pass(MINUTE).fail("a").pass(MINUTE);
    assert.deepEqual(play.run.clock, { remainingMs: 10 * MINUTE, since: 0 });
    play.wait("unit:a").ok("a").pass(MINUTE);
    assert.deepEqual([play.status("b"), play.run.clock.since], ["waiting/event", 0]);
  });

  test("stands while people, quota, budget, concurrency or time are waited for", () => {
    const stands = (fields: string, prepare: (play: Play) => unknown = () => 0) => {
      const play = new Play(flow(`a : ${fields}`, top));
      prepare(play);
      return play.run.clock.since === null;
    };
    assert.ok(stands("approval: { mode: ask }"));
    assert.ok(stands("agent: approval, parameters: {}"));
    assert.ok(stands("agent: wait, parameters: { for: 60 }"));
    assert.ok(stands("concurrency: { group: db }"));
    assert.ok(stands("touches: [x]"));
    assert.ok(stands("effect: once", (play) => play.lose("a")));
    assert.ok(stands("labels: []", (play) => play.end("a", { status: "quota_exhausted" })));
    assert.ok(
      stands("budget: { usd: 1 }, on_failure: retry", (play) =>
        play.end("a", { status: "failed", usage: { costUsd: 2, tokens: null } }),
      ),
    );
    assert.ok(!stands("labels: []"));
  });

  test("a pause stops it; what is left is kept, and the timeout comes that much later", () => {
    const play = new Play(flow("a", top))
      .start("a")
      .pass(4 * MINUTE)
      .send({ type: "run.paused", by: "kim" });
    assert.deepEqual(play.run.clock, { remainingMs: 6 * MINUTE, since: null });
    assert.deepEqual(play.done("clear_timer"), [{ do: "clear_timer", timer: "run" }]);
    assert.equal(play.refused({ type: "timer.fired", timer: "run" }), "E_STALE");
    play.pass(60 * MINUTE).send({ type: "run.resumed", by: "kim" });
    assert.deepEqual(play.done("set_timer"), [
      { do: "set_timer", timer: { id: "run", kind: "tick", due: play.tick + 6 * MINUTE } },
    ]);
    play.pass(6 * MINUTE).fire("run");
    assert.equal(play.run.halt?.kind, "timeout");
  });

  test("a pause stops the clock of the hooks too", () => {
    const play = new Play(
      flow("a", "hooks: { on_start: [{ id: s, agent: shell, parameters: { command: [x] } }] }"),
    );
    play.pass(MINUTE).send({ type: "run.paused", by: "kim" });
    assert.deepEqual(play.run.hook?.clock, { remainingMs: 4 * MINUTE, since: null });
    assert.equal(play.refused({ type: "timer.fired", timer: "hooks" }), "E_STALE");
    play.pass(60 * MINUTE).send({ type: "run.resumed", by: "kim" });
    assert.deepEqual(play.done("set_timer"), [
      { do: "set_timer", timer: { id: "hooks", kind: "tick", due: play.tick + 4 * MINUTE } },
    ]);
  });

  test("a timer that was set anew meanwhile is not taken for the one that fired", () => {
    const play = new Play(flow("a", top)).start("a").pass(MINUTE).fire("run");
    assert.deepEqual(play.last, [{ do: "set_timer", timer: { id: "run", kind: "tick", due: 10 * MINUTE } }]);
    assert.equal(play.run.halt, null);
  });

  test("ticks never go back, whatever an entry says", () => {
    const play = new Play("a").pass(MINUTE).start("a");
    play.tick = 5;
    assert.equal(play.ok("a").run.tick, MINUTE);
    assert.equal(play.task("a").durationMs, 0);
  });
});
