import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import type { RunStarted } from "./event.ts";

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
    assert.equal(play.end("a", { durationMs: 0 }).run.tick, MINUTE);
    assert.equal(play.task("a").durationMs, 0);
  });
});

const INSIDE = "parameters: { tasks: [{ id: x, agent: shell, parameters: { command: [x] } }] }";

/** formats.md 1.10: tasks that only wait, wherever they are */
describe("the run clock and children", () => {
  const top = "settings: { timeout: 10m }";
  const group = `g : agent: group, ${INSIDE}`;
  const news = (play: Play, place: string, type: "child.waits" | "child.moves") =>
    play.send({ type, child: "CHILD", ...play.ref(place) });

  test("stands while the only thing that runs is a child that waits, and counts when that moves", () => {
    const play = new Play(flow(group, top)).pass(MINUTE);
    news(play, "g", "child.waits");
    assert.deepEqual(
      [play.status("g"), play.run.clock],
      ["running", { remainingMs: 9 * MINUTE, since: null }],
    );
    assert.deepEqual(play.done("clear_timer"), [{ do: "clear_timer", timer: "run" }]);
    news(play.pass(24 * 60 * MINUTE), "g", "child.moves");
    assert.deepEqual(play.done("set_timer"), [
      { do: "set_timer", timer: { id: "run", kind: "tick", due: play.tick + 9 * MINUTE } },
    ]);
    play.pass(9 * MINUTE).fire("run");
    assert.equal(play.run.halt?.kind, "timeout");
  });

  test("counts while one child moves, or anything else does", () => {
    const play = new Play(flow(`${group}, foreach: { items: [1, 2] }\na`, top));
    news(play, "g:0", "child.waits");
    news(play.ok("a"), "g:1", "child.waits");
    assert.equal(play.run.clock.since, null);
    news(play, "g:0", "child.moves");
    assert.equal(play.run.clock.since, play.tick);
  });

  test("a child that ended, and the pass after it, wait for nobody", () => {
    const play = new Play(flow(`${group}, retry: { max_attempts: 2, delay: 0 }`, top));
    news(play, "g", "child.waits").child("g", { status: "failed" });
    assert.deepEqual([play.unit("g").attempt, play.unit("g").childWaits, play.run.ticking], [2, false, 1]);
  });

  test("the pass of a group has a time of its own, which goes on", () => {
    const play = new Play(flow(`${group}, timeout: 60, retry: { max_attempts: 1 }`, top));
    news(play, "g", "child.waits").wait("pass:g");
    assert.equal(play.tick, MINUTE);
    assert.equal(play.child("g", { status: "cancelled" }).error("g").class, "timeout");
  });

  test("only what is new, and of a child that lives, is taken", () => {
    const play = new Play(flow(`${group}\na`, top)).start("a");
    const told = { type: "child.waits", child: "CHILD", attempt: 1 } as const;
    assert.equal(play.refused({ ...told, type: "child.moves", task: "g" }), "E_STALE");
    assert.equal(play.refused({ ...told, task: "g", attempt: 2 }), "E_FENCED");
    assert.equal(play.refused({ ...told, task: "a" }), "E_FENCED");
    news(play, "g", "child.waits");
    assert.equal(play.refused({ ...told, task: "g" }), "E_STALE");
    play.child("g");
    assert.equal(play.refused({ ...told, type: "child.moves", task: "g" }), "E_FENCED");
  });

  const PARENT = { run: "P", root: "P", depth: 1, task: "g", attempt: 1 };
  const child = (lines: string, more = "", over: Partial<RunStarted> = {}) =>
    new Play(flow(lines, more), { parent: PARENT, ...over });
  const told = (play: Play) =>
    play.done("tell_parent").map((effect) => effect.do === "tell_parent" && effect.news);

  test("a child tells when it begins to wait and when it goes on, and nothing else", () => {
    const play = child("a\nask <- a : agent: approval, parameters: {}\nb <- ask");
    assert.deepEqual(told(play), []);
    assert.deepEqual(told(play.start("a")), []);
    assert.deepEqual(told(play.ok("a")), ["child.waits"]);
    assert.deepEqual(told(play.decide("ask", "approve")), ["child.moves"]);
    assert.deepEqual(told(play.ok("b")), []);
    assert.deepEqual(told(child("ask : agent: approval, parameters: {}")), ["child.waits"]);
    assert.deepEqual(told(child("ask : agent: approval, parameters: {}", "", { parent: null })), []);
  });

  test("a child that is paused waits; its hooks and what is being ended in it do not", () => {
    const play = child("a").send({ type: "run.paused", by: "kim" });
    assert.deepEqual(told(play), ["child.waits"]);
    assert.deepEqual(told(play.send({ type: "run.resumed", by: "kim" })), ["child.moves"]);
    const hooks = "hooks: { on_success: [{ id: s, agent: shell, parameters: { command: [x] } }] }";
    const hooked = child("ask : agent: approval, parameters: {}", hooks);
    assert.deepEqual(told(hooked.decide("ask", "approve")), ["child.moves"]);
    const ending = child("a").start("a").send({ type: "run.cancelled", by: "run P", reason: "parent" });
    assert.deepEqual([told(ending), ending.run.clock.since], [[], null]);
  });

  test("a mapped task that has not been given its items yet does not make its run stand", () => {
    const play = child("a\nm <- a : foreach: { items: [1] }").ok("a");
    assert.deepEqual([told(play), play.done("clear_timer"), play.done("set_timer")], [[], [], []]);
  });

  test("a child tells of its own children: word goes all the way up", () => {
    const play = child(group);
    assert.deepEqual(told(news(play, "g", "child.waits")), ["child.waits"]);
    assert.deepEqual(told(news(play, "g", "child.moves")), ["child.moves"]);
  });
});
