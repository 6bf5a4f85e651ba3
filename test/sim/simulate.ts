/** One seed: random workflows run by a random host under random faults until everything has ended. */
import assert from "node:assert/strict";
import { assign } from "../../src/core/assignment.ts";
import type { Claim, Decision } from "../../src/core/effect.ts";
import type { AttemptOutcome, Entry, Event } from "../../src/core/event.ts";
import { compareClaims } from "../../src/core/grant.ts";
import type { JsonMap } from "../../src/core/json.ts";
import { type AgentQuestion, type Failure, failure } from "../../src/core/outcome.ts";
import { retrySet } from "../../src/core/reopen.ts";
import type { Run } from "../../src/core/run.ts";
import { at, each } from "../../src/core/vector.ts";
import type { Workflow } from "../../src/core/workflow.ts";
import { readWorkflow } from "../../src/spec/workflow-file.ts";
import { type Chance, chance } from "../support/chance.ts";
import { startOf } from "../support/decider.ts";
import { unlessStale } from "./approvals.ts";
import { generate, SMALL, SURROUNDINGS } from "./generate.ts";
import type { Process } from "./processes.ts";
import { type Counts, refOf, World } from "./world.ts";

export interface Report {
  readonly seed: number;
  readonly events: number;
  readonly runs: number;
  readonly steps: number;
  /** Simulated milliseconds. */
  readonly time: number;
  readonly handOffs: number;
  readonly hash: string;
  readonly counts: Counts;
}

/** How rough the world is: shares of steps and attempts, and what attempts and people say. */
export interface Habits {
  readonly crash: number;
  readonly jump: number;
  readonly interfere: number;
  readonly announce: number;
  readonly lost: number;
  readonly reopen: number;
  readonly wrongAnswer: number;
  readonly sendBack: number;
  /** People who let hours go by. */
  readonly tardy: number;
  readonly cacheHit: number;
  readonly outcome: (world: World, mark: string) => AttemptOutcome;
  readonly choice: (world: World, decision: Decision) => string;
}

const ROUGH: Habits = {
  crash: 0.01,
  jump: 0.005,
  interfere: 0.007,
  announce: 0.012,
  lost: 0.03,
  reopen: 0.3,
  wrongAnswer: 0.1,
  sendBack: 0.3,
  tardy: 0.1,
  cacheHit: 0.02,
  outcome: anyOutcome,
  choice: ({ chance: dice }, { choices }) => dice.pick(choices),
};

/** Far more than any seed needs: reaching it means that the run is stuck. */
const STEPS_MAX = 20_000;

let small: Workflow | null = null;

export function simulate(seed: number): Report {
  const dice = chance(seed);
  small ??= smallWorkflow();
  const world = new World(dice, small);
  const sim = new Simulation(world, ROUGH);
  const total = 1 + (dice.next() < 0.3 ? dice.below(3) : 0);
  for (let index = 0; index < total; index++) startRun(world, index);
  const steps = sim.run();
  world.commit();
  world.compareAll();
  const { events, mono, counts, handOff } = world;
  return {
    seed,
    events,
    runs: world.live.size,
    steps,
    time: mono,
    handOffs: handOff.compared,
    hash: world.traceHash,
    counts,
  };
}

function smallWorkflow(): Workflow {
  const read = readWorkflow("small.json", JSON.stringify(SMALL), SURROUNDINGS);
  assert.ok(read.ok, "the small workflow can be read");
  return read.value.workflow;
}

function startRun(world: World, index: number): void {
  const { workflow } = generate(world.chance, `w${index}`);
  const { chance: dice } = world;
  const leftOut: Record<string, { status: string; output: { value: JsonMap } }> = {};
  if (dice.next() < 0.08) {
    const left = workflow.tasks.slice(0, workflow.size).filter(() => dice.next() < 0.3);
    for (const task of left)
      leftOut[task.id] = { status: "success", output: { value: { mark: "before", n: 9, list: [] } } };
  }
  const rehearse = dice.next() < 0.05;
  const seed = dice.below(2 ** 32);
  const limits = { fan_out: 1 + (seed % 4) };
  world.begin(`R${index}`, workflow, startOf(workflow, { seed, leftOut, rehearse, limits, measures: true }));
  world.commit();
}

export class Simulation {
  readonly #world: World;
  readonly #dice: Chance;
  readonly #habits: Habits;
  #marks = 0;
  #isReopened = false;

  constructor(world: World, habits: Habits) {
    this.#world = world;
    this.#dice = world.chance;
    this.#habits = habits;
  }

  run(): number {
    for (let step = 1; step <= STEPS_MAX; step++) {
      if (this.#isDone()) return step;
      this.#act();
      if (this.#dice.next() < 0.7) this.#world.commit();
      if (this.#dice.next() < this.#habits.crash) this.#world.crash(this.#dice.next() < 0.5);
      if (this.#dice.next() < 0.01) this.#world.compareAll();
    }
    return assert.fail(
      `stuck: ${this.#world.openRuns.map((run) => `${run.id} ${run.phase}`).join(", ")} after ${STEPS_MAX} steps`,
    );
  }

  #isDone(): boolean {
    if (this.#world.openRuns.length > 0) return false;
    return this.#isReopened || this.#dice.next() >= this.#habits.reopen || !this.#reopen();
  }

  #reopen(): boolean {
    this.#isReopened = true;
    const ended = [...this.#world.live.values()]
      .map(({ run }) => run)
      .filter((run) => run.start.parent === null);
    const run = this.#dice.pick(ended);
    const from =
      this.#dice.next() < 0.3 ? this.#dice.pick(run.workflow.tasks.slice(0, run.workflow.size)).id : null;
    const tasks = [...retrySet(run, from)].map((index) => run.workflow.tasks[index]?.id as string);
    if (this.#world.send(run.id, { type: "run.reopened", by: "kim", tasks }) !== null) return false;
    this.#world.count("reopened runs");
    return true;
  }

  #act(): void {
    const roll = this.#dice.next();
    const { jump, interfere, announce } = this.#habits;
    if (roll < jump) return this.#jump();
    if (roll < jump + interfere) return this.#interfere();
    if (roll < jump + interfere + announce) return this.#announce();
    if (roll < 0.05 && this.#decide()) return;
    if (roll < 0.5 && this.#grant()) return;
    if (this.#endProcess() || this.#fireTimer() || this.#grant() || this.#world.tellMerged()) return;
    if (this.#world.commit()) return;
    if (this.#isFar() && this.#dice.next() >= this.#habits.tardy && this.#decide()) return;
    if (!this.#advance()) this.#unblock();
  }

  /** Wall time jumps either way; nothing may come early or hang for it. */
  #jump(): void {
    this.#world.count("jumps of the clock");
    this.#world.wall += this.#dice.pick([-1000, -3_600_000, -315_360_000_000, 3_600_000, 315_360_000_000]);
  }

  #interfere(): void {
    const runs = this.#world.openRuns;
    if (runs.length === 0) return;
    const { id } = this.#dice.pick(runs);
    const event = this.#dice.pick<Event>([
      { type: "run.cancelled", by: "kim", reason: "enough" },
      { type: "run.paused", by: "kim" },
      { type: "run.paused", by: "kim" },
      { type: "run.resumed", by: "kim" },
    ]);
    if (this.#world.send(id, event) === null) this.#world.count(event.type);
  }

  #announce(): void {
    const name = this.#dice.pick(["ping", "pong"]);
    const key = this.#dice.pick(["k", ""]);
    for (const { id } of this.#world.openRuns)
      this.#world.send(id, { type: "event.received", name, key, data: { from: "outside" } });
    this.#world.count("announced events");
  }

  /** The first that fits, in the order of core/grant; paused runs hold theirs back. */
  #grant(): boolean {
    const { queue, processes, paused } = this.#world;
    const [claim] = [...queue.values()]
      .filter((one) => !paused.has(one.run) && processes.mayStart(one))
      .sort(compareClaims);
    if (claim === undefined) return false;
    this.#start(claim);
    return true;
  }

  #start(claim: Claim): void {
    const world = this.#world;
    const { run: id } = claim;
    this.#startsLate(claim);
    world.queue.delete(`${id}/${claim.task}/${claim.item ?? ""}/${claim.attempt}`);
    world.must(id, { type: "attempt.started", ...refOf(claim) });
    if (claim.pool === null) return world.count("passes that hold paths");
    world.processes.hold(claim);
    const run = world.live.get(id)?.run as Run;
    const assigned = assign(run, claim, this.#moment(run), world.lookup);
    if (!assigned.ok) {
      const outcome = { ...FAILED, failure: assigned.failure };
      world.endAttempt(id, claim, { type: "attempt.ended", ...refOf(claim), outcome });
      return;
    }
    world.handOff.received(run, assigned.assignment);
    if (this.#dice.next() < this.#habits.cacheHit && assigned.assignment.role === "task") {
      const output = world.put(anyValue(world, this.#mark()));
      world.endAttempt(id, claim, { type: "cache.hit", ...refOf(claim), output, exitCode: 0 });
      world.handOff.sent(world.live.get(id)?.run as Run, claim, output);
      return;
    }
    const outcome = this.#habits.outcome(world, this.#mark());
    world.afterCommit(() =>
      world.processes.spawn(claim, world.mono + 100 + this.#dice.below(20_000), outcome),
    );
  }

  /** No start before the dependencies: judged here from the run alone. */
  #startsLate({ run: id, task: name }: Claim): void {
    const run = this.#world.live.get(id)?.run as Run;
    const task = run.workflow.tasks[run.workflow.indexOf.get(name) as number];
    for (const index of task?.dependencies ?? []) {
      const { status } = at(run.tasks, index);
      assert.ok(
        ["success", "failed", "skipped", "cancelled"].includes(status),
        `${name} starts when ${index} is ${status}`,
      );
    }
  }

  #moment(run: Run): Entry {
    return {
      run: run.id,
      sequence: run.sequence,
      at: run.at,
      tick: run.tick,
      key: null,
      event: { type: "run.resumed", by: "sim" },
    };
  }

  #mark(): string {
    this.#marks += 1;
    return `m${this.#marks}`;
  }

  #endProcess(): boolean {
    const due = [...this.#world.processes.all.values()].filter(
      (one) => !one.told && one.endsAt <= this.#world.mono,
    );
    if (due.length === 0) return false;
    const process = this.#dice.pick(due);
    process.told = true;
    const { run, claim } = process;
    if (!process.isStopped && this.#dice.next() < this.#habits.lost) {
      this.#world.count("lost attempts");
      this.#world.endAttempt(run, claim, { type: "attempt.lost", cause: "the arm is gone", ...refOf(claim) });
      if (this.#dice.next() < 0.5) this.#tellLate(process);
      // It lives on without its arm, and comes back when another attempt may be running.
      else this.#world.processes.delay(process, this.#dice.below(20_000));
      return true;
    }
    this.#tell(process);
    if (this.#dice.next() < 0.05) this.#tellLate(process);
    return true;
  }

  #tell({ run, claim, outcome: made }: Process): void {
    const outcome = unlessStale(this.#world, run, { claim, outcome: made });
    if (this.#world.endAttempt(run, claim, { type: "attempt.ended", ...refOf(claim), outcome }) === null)
      this.#world.handOff.sent(this.#world.live.get(run)?.run as Run, claim, outcome.output);
    else this.#world.count("fenced results");
  }

  /** Late or for the second time: accepted once means refused now. */
  #tellLate({ run, claim, outcome }: Process): void {
    const problem = this.#world.send(run, { type: "attempt.ended", ...refOf(claim), outcome });
    assert.ok(
      problem?.code === "E_FENCED" || problem?.code === "E_CLOSED",
      "a late or double result is refused",
    );
    this.#world.count("late or double results");
  }

  #fireTimer(): boolean {
    const { timers, mono, wall } = this.#world;
    const due = [...timers].filter(
      ([, one]) => one.due <= mono && (one.timer.kind !== "wall" || one.timer.due <= wall),
    );
    if (due.length === 0) return false;
    const [key, { run, timer }] = this.#dice.pick(due);
    timers.delete(key);
    this.#world.must(run, { type: "timer.fired", timer: timer.id });
    this.#world.count(`timers ${timer.id.split(":")[0]}`);
    return true;
  }

  /** To the next thing that comes by itself; false when nothing does. */
  #advance(): boolean {
    const step = this.#nextMs();
    if (step === null) return false;
    this.#world.mono += step;
    this.#world.wall += step;
    return true;
  }

  /** People mostly answer before hours have gone by. */
  #isFar(): boolean {
    return (this.#nextMs() ?? 0) > 600_000;
  }

  #nextMs(): number | null {
    const { processes, timers, mono, wall } = this.#world;
    const times: number[] = [];
    for (const process of processes.all.values()) if (!process.told) times.push(process.endsAt - mono);
    for (const { due, timer } of timers.values())
      times.push(timer.kind === "wall" ? timer.due - wall : due - mono);
    return times.length === 0 ? null : Math.max(0, Math.min(...times));
  }

  /** Nothing goes on by itself: people do what they are asked for. */
  #unblock(): void {
    if (this.#decide()) return;
    for (const run of this.#world.openRuns) {
      if (run.status === "paused" && this.#world.send(run.id, { type: "run.resumed", by: "kim" }) === null)
        return;
    }
    const waiting = this.#world.openRuns.flatMap((run) =>
      [...waitedFor(run)].map((waits) => ({ run, waits })),
    );
    const [first] = waiting;
    if (this.#world.openRuns.length === 0) return;
    if (first === undefined) assert.fail(`stuck: ${this.#world.openRuns.map(told).join("; ")}`);
    this.#world.must(first.run.id, {
      type: "event.received",
      name: first.waits.event,
      key: first.waits.key,
      data: null,
    });
  }

  #decide(): boolean {
    const open = this.#world.openRuns.flatMap((run) =>
      decisionsOf(run).map((decision) => ({ run, decision })),
    );
    if (open.length === 0) return false;
    const { run, decision } = this.#dice.pick(open);
    const event = this.#answer(run, decision);
    if (this.#dice.next() < this.#habits.wrongAnswer) this.#answerWrongly(run, event, decision);
    if (this.#dice.next() < this.#habits.sendBack && decision.sendBackTo !== null) {
      if (this.#world.send(run.id, { ...event, choice: "send_back", comment: "again" }) === null) {
        this.#world.count("sent back");
        return true;
      }
    }
    this.#world.must(run.id, event);
    this.#world.count(`decided ${decision.agents === undefined ? decision.kind : "fan-out"}`);
    const twice = this.#world.send(run.id, event);
    assert.ok(twice?.code === "E_DECIDED" || twice?.code === "E_CLOSED", "a decision is made once");
    return true;
  }

  #phrase(run: Run, { task }: Decision): string {
    return run.workflow.tasks[run.workflow.indexOf.get(task) as number]?.approval?.phrase ?? "";
  }

  #answer(run: Run, decision: Decision): Event & { type: "decision.made" } {
    const base = {
      type: "decision.made",
      decision: decision.id,
      comment: decision.kind === "question" ? "blue" : null,
      by: "kim",
      via: "sim",
      digest: decision.digest,
    } as const;
    const choice = this.#habits.choice(this.#world, decision);
    const fields: JsonMap =
      decision.kind === "budget" && choice === "raise"
        ? { usd: 1 + this.#dice.below(9), tokens: 10_000 }
        : {};
    return {
      ...base,
      choice,
      fields,
      ...(decision.phraseRequired ? { phrase: this.#phrase(run, decision) } : {}),
    };
  }

  #answerWrongly(run: Run, event: Event & { type: "decision.made" }, decision: Decision): void {
    const wrong: Event[] = [
      { ...event, choice: "perhaps" },
      { ...event, digest: "another" },
      { ...event, fields: { unknown: 1 } },
    ];
    if (decision.phraseRequired)
      wrong.push(
        { ...event, choice: "approve", phrase: "do it" },
        { ...event, choice: "approve", phrase: "" },
      );
    const problem = this.#world.send(run.id, this.#dice.pick(wrong));
    assert.ok(problem !== null, "a wrong answer is refused");
    this.#world.count("refused answers");
  }
}

export const FAILED: AttemptOutcome = {
  status: "failed",
  exitCode: 1,
  output: { value: null },
  failure: null,
  durationMs: 0,
  usage: null,
};

function anyValue({ chance: dice }: World, mark: string): JsonMap {
  const list = Array.from({ length: dice.below(4) }, (_, index) => index);
  return { mark, n: dice.below(10), list };
}

function anyOutcome(world: World, mark: string): AttemptOutcome {
  const { chance: dice } = world;
  const usage = dice.next() < 0.7 ? { costUsd: dice.below(50) / 100, tokens: dice.below(500) } : null;
  const base = { ...FAILED, usage, durationMs: dice.below(5000) };
  const roll = dice.next();
  if (roll < 0.84)
    return { ...base, status: "success", exitCode: 0, output: world.put(anyValue(world, mark)) };
  if (roll < 0.85) return { ...base, status: "success", exitCode: 0, output: { value: "only text" } };
  if (roll < 0.87)
    return {
      ...base,
      status: "quota_exhausted",
      resetAt: dice.pick([null, world.wall + dice.below(60_000)]),
    };
  if (roll < 0.873) return { ...base, status: "cancelled" };
  if (roll < 0.885) return base;
  if (roll < 0.905) return { ...base, failure: failure("config_error", "it asks"), asks: anyQuestion(world) };
  if (roll < 0.92) return { ...base, failure: failure("output_missing", "no fit"), misfit: true };
  return { ...base, failure: anyFailure(world) };
}

function anyQuestion({ chance: dice }: World): AgentQuestion {
  return dice.next() < 0.5
    ? { kind: "question", message: "Blue or red?", offers: ["blue"], wants: [] }
    : { kind: "permission", message: "a tool", offers: [], wants: [dice.pick(["one", "other"])] };
}

function anyFailure({ chance: dice }: World): Failure {
  const common = ["transient", "transient", "transient", "timeout", "unknown", "syntax_error"];
  return failure(
    dice.pick([...common, "rate_limited", "config_error", "program_missing", "output_missing"]),
    "no luck",
  );
}

function decisionsOf(run: Run): readonly Decision[] {
  const found = run.decision === null ? [] : [run.decision];
  for (const { decision, unit, items } of each(run.tasks)) {
    if (decision !== null) found.push(decision);
    for (const one of items === null ? [unit] : each(items.units))
      if (one.decision !== null) found.push(one.decision);
  }
  return found;
}

function* waitedFor(run: Run): Generator<{ readonly event: string; readonly key: string }> {
  for (const { unit, items } of each(run.tasks)) {
    for (const one of items === null ? [unit] : each(items.units))
      if (one.waiting !== null) yield one.waiting;
  }
}

function told(run: Run): string {
  const states = run.workflow.tasks.map((task) => {
    const { status, reason } = at(run.tasks, task.index);
    return `${task.id} ${status}${reason === null ? "" : `/${reason}`}`;
  });
  return `${run.id} ${run.phase} ${run.status}: ${states.join(", ")}`;
}
