import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { checkRun, checkTouched } from "./check.ts";
import { must, present } from "./invariant.ts";
import type { Run, TaskState, Unit } from "./run.ts";
import { at, replaced } from "./vector.ts";

/** Each is a run that a bug could make; the check must see it. */
function broken(play: Play, over: Partial<Run>): Run {
  return { ...play.run, ...over };
}

function withTask(play: Play, index: number, over: Partial<TaskState>): Run {
  return broken(play, { tasks: replaced(play.run.tasks, index, { ...at(play.run.tasks, index), ...over }) });
}

function withUnit(play: Play, over: Partial<Unit>, more: Partial<TaskState> = {}): Run {
  return withTask(play, 0, { unit: { ...at(play.run.tasks, 0).unit, ...over }, ...more });
}

const plays = () => new Play("a\nb <- a").start("a");

describe("invariants of a run", () => {
  test("hold for a run as the decider makes it", () => {
    const play = plays();
    assert.doesNotThrow(() => checkRun(play.run));
    const before = play.run;
    assert.doesNotThrow(() => checkTouched(before, play.ok("a").run));
  });

  const asking = () => new Play("a : agent: approval, parameters: {}");
  const many = () => new Play("a : foreach: { items: [1, 2, 3], max_parallel: 2 }\nb <- a");
  const items = (play: Play, over: Partial<NonNullable<TaskState["items"]>>) =>
    withTask(play, 0, {
      items: { ...(at(play.run.tasks, 0).items as NonNullable<TaskState["items"]>), ...over },
    });
  const unitOf = (play: Play, item: number, over: Partial<Unit>) => {
    const { units } = at(play.run.tasks, 0).items as NonNullable<TaskState["items"]>;
    return items(play, { units: replaced(units, item, { ...at(units, item), ...over }) });
  };

  const RUNS: readonly (readonly [string, RegExp, () => Run])[] = [
    ["a counter that is off", /live 2, found 1/, () => broken(plays(), { live: 2 })],
    ["ticking that is off", /ticking 3, found 1/, () => broken(plays(), { ticking: 3 })],
    ["decisions that are off", /decisions 1, found 0/, () => broken(plays(), { openDecisions: 1 })],
    ["instances that are off", /instances 0, found 3/, () => broken(many(), { instances: 0 })],
    ["counts that do not add up", /each task is counted once/, () => broken(plays(), { left: 1 })],
    [
      "counts of another state",
      /pending 0, found 1|queued 1/,
      () => broken(plays(), { counts: { ...plays().run.counts, pending: 0, queued: 1 } }),
    ],
    ["a count below zero", /below zero/, () => broken(plays(), { openDecisions: -1 })],
    [
      "a clock that stands",
      /the run clock counts/,
      () => broken(plays(), { clock: { remainingMs: 1, since: null } }),
    ],
    ["a clock below zero", /below zero/, () => broken(plays(), { clock: { remainingMs: -1, since: 0 } })],
    [
      "hooks outside their phase",
      /runs in its phase/,
      () =>
        broken(plays(), {
          hook: { list: "on_start", position: 0, stopped: false, clock: { remainingMs: 1, since: 0 } },
        }),
    ],
    ["a failed task without a reason for the run", /says why/, () => broken(plays(), { failed: ["a"] })],
    ["a queued phase without a group", /waits for its group/, () => broken(asking(), { phase: "queued" })],
    [
      "tasks before their hooks",
      /on_start comes before/,
      () =>
        broken(asking(), {
          phase: "on_start",
          outcome: "success",
          hook: { list: "on_start", position: 0, stopped: false, clock: { remainingMs: 1, since: 0 } },
        }),
    ],
    [
      "no task left in main",
      /tasks are left/,
      () => broken(new Play("a : condition: false"), { status: "running", phase: "main", outcome: null }),
    ],
    [
      "hooks before the end of the tasks",
      /hooks come after/,
      () =>
        broken(asking(), {
          phase: "after",
          outcome: null,
          hook: { list: "on_success", position: 0, stopped: false, clock: { remainingMs: 1, since: 0 } },
        }),
    ],
    [
      "a closed run without an end",
      /has come to something/,
      () => broken(new Play("a").ok("a"), { endedAt: null }),
    ],
    ["a closed run that asks", /goes on/, () => broken(new Play("a").ok("a"), { openDecisions: 1 })],
    ["a wait without a reason", /a reason while it waits/, () => withTask(asking(), 0, { reason: null })],
    [
      "a skip without a reason",
      /a skip reason/,
      () => withTask(new Play("a : condition: false\nb"), 0, { skipReason: null }),
    ],
    [
      "a failure without an error",
      /says why/,
      () =>
        withTask(new Play(flow("a\nb", "settings: { on_failure: continue }")).fail("a"), 0, { error: null }),
    ],
    ["a start before the dependencies", /began after/, () => withTask(plays(), 0, { left: 1 })],
    [
      "an end without a time",
      /nothing is open/,
      () => withTask(new Play("a\nb").ok("a"), 0, { endedAt: null }),
    ],
    ["a pending task that began", /has not begun/, () => withTask(plays(), 1, { startedAt: 1 })],
    ["dependencies miscounted", /waits for 3 dependencies, found 1/, () => withTask(plays(), 1, { left: 3 })],
    [
      "a task nobody considers",
      /is considered/,
      () =>
        withTask(
          new Play("a : condition: false\nb <- a : agent: approval, parameters: {}, trigger_rule: all_done"),
          1,
          {
            status: "pending",
            reason: null,
            startedAt: null,
            unit: { ...plays().unit("b"), status: "pending" },
          },
        ),
    ],
    ["a unit out of step", /its unit is/, () => withUnit(plays(), { status: "queued", live: false })],
    [
      "a child that waits where none lives",
      /a child that waits lives/,
      () => ({
        ...withUnit(plays(), { childWaits: true }),
        ticking: 0,
        clock: { remainingMs: 1, since: null },
      }),
    ],
    [
      "something run again that has ended",
      /has not ended/,
      () => broken(new Play("a\nb").ok("a"), { rerunning: [0] }),
    ],
    ["items out of step", /items are counted right/, () => items(many(), { succeeded: 1 })],
    ["a unit too few", /a unit for each item/, () => items(many(), { list: [] })],
    ["too many items at once", /at once/, () => items(many(), { maxParallel: 1 })],
    ["an item that runs before its turn", /has not begun/, () => unitOf(many(), 2, { status: "queued" })],
    ["an item that stands still", /has begun and is pending/, () => unitOf(many(), 0, { status: "pending" })],
    [
      "items that go on after the end",
      /all items have ended/,
      () => withTask(many(), 0, { status: "success", endedAt: 1 }),
    ],
    [
      "a mapped task without items under way",
      /runs while items do/,
      () => withTask(many(), 0, { status: "queued" }),
    ],
    [
      "an attempt that lives and does not run",
      /runs while an attempt/,
      () => withUnit(plays(), { live: false }),
    ],
    ["life without a beginning", /was begun/, () => withUnit(plays(), { startedAt: null })],
    ["a stop of nothing", /only what lives/, () => withUnit(asking(), { stopping: "cancelled" })],
    [
      "an event nobody waits for",
      /the event it names/,
      () => withUnit(asking(), { waiting: { event: "x", key: "" } }),
    ],
    [
      "a wait without its timer",
      /a timer that is set/,
      () => withUnit(new Play("a : agent: wait, parameters: { for: 9 }"), { timer: null }),
    ],
    [
      "a timer of nothing",
      /a timer only while/,
      () => withUnit(asking(), { timer: { id: "unit:a", kind: "tick", due: 1 } }),
    ],
    ["a question nobody sees", /a decision that is open/, () => withUnit(asking(), { decision: null })],
    [
      "a question of nothing",
      /a decision only while/,
      () => withUnit(plays(), { decision: asking().asked("a") }),
    ],
  ];

  for (const [name, told, make] of RUNS)
    test(`sees ${name}`, () => assert.throws(() => checkRun(make()), told));

  const CHANGES: readonly (readonly [string, RegExp, () => readonly [Run, Run]])[] = [
    ["a gap between entries", /count on by one/, () => [plays().run, broken(plays(), { sequence: 9 })]],
    [
      "ticks that go back",
      /never go back/,
      () => [broken(plays(), { tick: 9 }), broken(plays(), { sequence: 3 })],
    ],
    [
      "a change after the end",
      /being opened again/,
      () => [broken(new Play("a").ok("a"), { sequence: 2 }), new Play("a").ok("a").run],
    ],
    [
      "rounds that go back",
      /rounds count on/,
      () => [withTask(plays(), 0, { round: 1 }), { ...withTask(plays(), 0, {}), sequence: 3 }],
    ],
    [
      "an end that is undone",
      /keeps its end/,
      () => {
        const play = new Play("a\nb").ok("a");
        return [withTask(play, 0, { status: "skipped" }), { ...withTask(play, 0, {}), sequence: 4 }];
      },
    ],
    [
      "attempts that go back",
      /attempts count on/,
      () => [withUnit(plays(), { attempt: 5 }), { ...withTask(plays(), 0, {}), sequence: 3 }],
    ],
    [
      "attempts of an item that go back",
      /attempts of item 0/,
      () => [unitOf(many(), 0, { attempt: 5 }), { ...withTask(many(), 0, {}), sequence: 3 }],
    ],
    [
      "an item whose end is undone",
      /item 0 keeps its end/,
      () => [unitOf(many(), 0, { status: "success" }), { ...withTask(many(), 0, {}), sequence: 3 }],
    ],
  ];

  for (const [name, told, make] of CHANGES) {
    test(`sees ${name}`, () => assert.throws(() => checkTouched(...make()), told));
  }

  test("what must hold, and what must be there", () => {
    assert.throws(() => must(false, "the sky is up"), /invariant broken: the sky is up/);
    assert.throws(() => present(null, "a sky"), /a sky/);
    assert.throws(() => present(undefined, "a sky"), /a sky/);
    assert.equal(present(0, "a number"), 0);
  });
});
