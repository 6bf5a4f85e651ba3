/**
 * Small models, all interleavings: claim, lease and fence with crashes at every point; one question with every answer
 * that may race. Runs are immutable, so a state is kept by keeping the run. What was committed survives a crash, what
 * was not does not; a process is started after the commit of its start, and outlives the engine or dies with it.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { checkRun } from "../../src/core/check.ts";
import type { AttemptOutcome, AttemptRef, Event } from "../../src/core/event.ts";
import type { Lookup } from "../../src/core/lookup.ts";
import { recover } from "../../src/core/recover.ts";
import { refuse } from "../../src/core/refuse.ts";
import type { Run } from "../../src/core/run.ts";
import { begin, transition } from "../../src/core/transition.ts";
import { each } from "../../src/core/vector.ts";
import { flow, START_MS, startOf } from "../support/decider.ts";

const LOOKUP: Lookup = {
  output: () => undefined,
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
};
const DONE: AttemptOutcome = {
  status: "success",
  exitCode: 0,
  output: { value: 1 },
  failure: null,
  durationMs: 1,
  usage: null,
};

function first(lines: string): Run {
  const workflow = flow(lines);
  const event = startOf(workflow);
  return begin("RUN", workflow, { run: "RUN", sequence: 1, at: START_MS, tick: 0, key: null, event }, LOOKUP)
    .run;
}

/** null: refused. */
function after(run: Run, event: Event, at = START_MS): Run | null {
  if (refuse(run, event) !== null) return null;
  const entry = { run: "RUN", sequence: run.sequence + 1, at, tick: 0, key: null, event };
  const next = transition(run, entry, LOOKUP).run;
  checkRun(next);
  return next;
}

/** What of a run matters for what may still happen. */
function shapeOf(run: Run): unknown {
  const units = [...each(run.tasks)].map(({ status, round, decision, unit }) => {
    const { attempt, live, lost, stopping, reason } = unit;
    return [status, round, reason, attempt, live, lost, stopping, decision?.id, unit.decision?.id];
  });
  return [run.phase, run.status, run.cancels, units];
}

/** Walks every state once; the number of states. */
function explore<S>(start: S, keyOf: (state: S) => string, movesOf: (state: S) => Iterable<S>): number {
  const seen = new Set([keyOf(start)]);
  const open = [start];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const next of movesOf(state)) {
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.add(key);
      open.push(next);
    }
  }
  return seen.size;
}

interface Fence {
  readonly run: Run;
  readonly committed: Run;
  /** Started, and to be spawned once that is committed. */
  readonly toSpawn: readonly string[];
  /** Processes outside: running, or ended with a result nobody has taken yet. */
  readonly processes: Readonly<Record<string, "running" | "ended">>;
  /** How often the work of a task was begun outside. Nothing takes that back. */
  readonly begun: Readonly<Record<string, number>>;
  /** Results taken, in the history that `run` and `committed` stand for. */
  readonly taken: readonly string[];
  readonly takenCommitted: readonly string[];
  readonly crashes: number;
  readonly losses: number;
  readonly people: number;
}

const LIMITS = { crashes: 2, losses: 1, people: 1, workers: 3 } as const;

function refOf(name: string): AttemptRef {
  const [task = "", attempt] = name.split("/");
  return { task, attempt: Number(attempt) };
}

function requestsOf(run: Run): readonly string[] {
  const { effects } = recover(run, LOOKUP);
  return effects.flatMap((one) => (one.do === "request" ? [`${one.claim.task}/${one.claim.attempt}`] : []));
}

function liveOf(run: Run): readonly string[] {
  return recover(run, LOOKUP).live.map(({ task, attempt }) => `${task}/${attempt}`);
}

function* fenceMoves(state: Fence): Generator<Fence> {
  const { run, processes } = state;
  const busy = liveOf(run).length;
  for (const name of busy < LIMITS.workers ? requestsOf(run) : []) {
    const next = after(run, { type: "attempt.started", ...refOf(name) });
    if (next !== null) yield { ...state, run: next, toSpawn: [...state.toSpawn, name] };
  }
  if (run !== state.committed) yield committed(state);
  for (const name of Object.keys(processes)) yield* processMoves(state, name);
  if (state.crashes < LIMITS.crashes) {
    yield crashed(state, processes);
    yield crashed(state, {});
  }
  if (state.people < LIMITS.people) yield* personMoves(state);
}

function* processMoves(state: Fence, name: string): Generator<Fence> {
  const { run, processes } = state;
  if (processes[name] === "running") yield { ...state, processes: { ...processes, [name]: "ended" } };
  if (processes[name] === "ended") {
    // Told again and again: taken once, then refused.
    const next = after(run, { type: "attempt.ended", ...refOf(name), outcome: DONE });
    if (next !== null) {
      assert.ok(!state.taken.includes(name), `the result of ${name} is taken once`);
      assert.ok(liveOf(run).includes(name), `the result of ${name} is taken while it runs`);
      yield { ...state, run: next, taken: [...state.taken, name] };
    }
  }
  if (state.losses < LIMITS.losses) {
    const lost = after(run, { type: "attempt.lost", ...refOf(name), cause: "the arm is silent" });
    if (lost !== null) yield { ...state, run: lost, losses: state.losses + 1 };
  }
}

function* personMoves(state: Fence): Generator<Fence> {
  for (const { unit } of each(state.run.tasks)) {
    if (unit.decision === null) continue;
    for (const choice of ["retry", "happened", "fail"]) {
      const made = { type: "decision.made", decision: unit.decision.id, choice } as const;
      const next = after(state.run, { ...made, comment: null, fields: {}, by: "kim", via: "test" });
      if (next !== null) yield { ...state, run: next, people: state.people + 1 };
    }
  }
}

function committed(state: Fence): Fence {
  const begun: Record<string, number> = { ...state.begun };
  const processes: Record<string, "running" | "ended"> = { ...state.processes };
  for (const name of state.toSpawn) {
    const { task } = refOf(name);
    begun[task] = (begun[task] ?? 0) + 1;
    processes[name] = "running";
  }
  return { ...state, committed: state.run, takenCommitted: state.taken, toSpawn: [], begun, processes };
}

/** What was running and is not there any more is lost; that is the first thing the next engine decides. */
function crashed(state: Fence, processes: Fence["processes"]): Fence {
  let run = state.committed;
  for (const name of liveOf(run)) {
    if (processes[name] !== undefined) continue;
    run = after(run, { type: "attempt.lost", ...refOf(name), cause: "the machine died" }) ?? run;
  }
  return { ...state, run, processes, toSpawn: [], taken: state.takenCommitted, crashes: state.crashes + 1 };
}

function fence(lines: string): { readonly states: number; readonly ends: ReadonlySet<string> } {
  const run = first(lines);
  const ends = new Set<string>();
  const once = run.workflow.tasks.filter((task) => task.effect === "once").map((task) => task.id);
  const start: Fence = {
    run,
    committed: run,
    toSpawn: [],
    processes: {},
    begun: {},
    taken: [],
    takenCommitted: [],
    crashes: 0,
    losses: 0,
    people: 0,
  };
  const states = explore(
    start,
    (state) => JSON.stringify({ ...state, run: shapeOf(state.run), committed: shapeOf(state.committed) }),
    (state) => {
      for (const task of once)
        assert.ok((state.begun[task] ?? 0) <= 1 + state.people, `${task} is done once`);
      if (state.run.phase === "closed") ends.add(state.run.status);
      const isSuccess = state.run.status === "success" && state.people === 0;
      const { tasks } = state.run.workflow;
      if (isSuccess)
        for (const { id } of tasks)
          assert.ok(
            state.taken.some((name) => refOf(name).task === id),
            id,
          );
      const next = [...fenceMoves(state)];
      const waits = state.run.openDecisions > 0;
      assert.ok(
        next.length > 0 || state.run.phase === "closed" || waits,
        "something may always happen until the end",
      );
      return next;
    },
  );
  return { states, ends };
}

describe("claim, lease and fence in all interleavings", () => {
  for (const [name, lines] of [
    ["two tasks that may run at once, one that follows", "a\nb\nc <- a b"],
    ["a task that must be done once, and one after it", "a : effect: once\nb <- a"],
    ["a task that is tried twice", "a : retry: { max_attempts: 2, delay: 0 }"],
  ] as const) {
    test(name, (context) => {
      const { states, ends } = fence(lines);
      context.diagnostic(`${states} states, ends: ${[...ends].join(", ")}`);
      assert.ok(ends.has("success"));
    });
  }
});

interface Asked {
  readonly run: Run;
  readonly committed: Run;
  /** Answers somebody was told are accepted. */
  readonly told: readonly string[];
  /** Answers taken, waiting for the commit before anybody is told. */
  readonly untold: readonly string[];
  readonly crashes: number;
  readonly cancels: number;
}

const LATER = START_MS + 3_600_000;

function answersTo(run: Run): readonly Event[] {
  const ids = [...each(run.tasks)].flatMap(({ decision, unit }) => decision?.id ?? unit.decision?.id ?? []);
  // Also for questions that are gone: an answer that comes too late.
  const all = new Set([...ids, "ask@1", "ask@2"]);
  return [...all].flatMap((decision) =>
    ["approve", "reject", "send_back"].map((choice) => ({
      type: "decision.made" as const,
      decision,
      choice,
      comment: null,
      fields: {},
      by: "kim",
      via: "test",
    })),
  );
}

function* askedMoves(state: Asked): Generator<Asked> {
  for (const event of answersTo(state.run)) {
    if (event.type !== "decision.made") continue;
    const next = after(state.run, event);
    if (next === null) continue;
    const answer = `${event.decision} ${event.choice}`;
    const decided = [...state.told, ...state.untold].map((one) => one.split(" ")[0]);
    assert.ok(!decided.includes(event.decision), `${event.decision} is decided once`);
    yield { ...state, run: next, untold: [...state.untold, answer] };
  }
  const expire = [...each(state.run.tasks)].flatMap(({ unit }) =>
    unit.decision === null ? [] : [unit.decision.id],
  );
  for (const id of expire) {
    const next = after(state.run, { type: "timer.fired", timer: `expire:${id}` }, LATER);
    if (next !== null) yield { ...state, run: next, untold: [...state.untold, `${id} expired`] };
  }
  for (const name of requestsOf(state.run)) {
    const next = after(state.run, { type: "attempt.started", ...refOf(name) });
    if (next !== null) yield { ...state, run: next };
  }
  for (const name of liveOf(state.run)) {
    const next = after(state.run, { type: "attempt.ended", ...refOf(name), outcome: DONE });
    if (next !== null) yield { ...state, run: next };
  }
  if (state.cancels < 2) {
    const next = after(state.run, { type: "run.cancelled", by: "kim", reason: "" });
    if (next !== null) yield { ...state, run: next, cancels: state.cancels + 1 };
  }
  if (state.run !== state.committed)
    yield { ...state, committed: state.run, told: [...state.told, ...state.untold], untold: [] };
  if (state.crashes < 2) yield { ...state, run: state.committed, untold: [], crashes: state.crashes + 1 };
}

/** Once approved the gate is open, once rejected or expired it never opens. */
function checkGate({ run, told, untold }: Asked): void {
  const [ask, go] = [...each(run.tasks)].slice(1);
  const answers = [...told, ...untold];
  const approved = answers.filter((one) => one.endsWith("approve"));
  if (go !== undefined && go.unit.attempt > 0)
    assert.equal(approved.length, 1, `begun after ${answers.join(", ")}`);
  if (ask?.status === "success") assert.ok(answers.at(-1)?.endsWith("approve"), answers.join(", "));
  const refused = answers.some((one) => one.endsWith("reject") || one.endsWith("expired"));
  if (refused) assert.notEqual(run.status, "success");
}

describe("one question, every answer that may race", () => {
  test("approve, reject, send back, expiry, cancel and crash in all interleavings", (context) => {
    const run = first(
      "work\nask <- work : agent: approval, parameters: { send_back_to: work, max_rounds: 2, expires: 60 }\ngo <- ask",
    );
    const start: Asked = { run, committed: run, told: [], untold: [], crashes: 0, cancels: 0 };
    const states = explore(
      start,
      (state) => JSON.stringify({ ...state, run: shapeOf(state.run), committed: shapeOf(state.committed) }),
      (state) => {
        checkGate(state);
        return [...askedMoves(state)];
      },
    );
    context.diagnostic(`${states} states`);
    assert.ok(states > 1000);
  });
});
