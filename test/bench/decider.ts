/** What deciding costs: microseconds per event at 1,000 and 10,000 tasks, and milliseconds per simulated seed. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Claim, Effect } from "../../src/core/effect.ts";
import type { AttemptOutcome, Entry, Event } from "../../src/core/event.ts";
import type { Lookup } from "../../src/core/lookup.ts";
import { refuse } from "../../src/core/refuse.ts";
import type { Run } from "../../src/core/run.ts";
import { begin, transition } from "../../src/core/transition.ts";
import type { Workflow } from "../../src/core/workflow.ts";
import { readWorkflow } from "../../src/spec/workflow-file.ts";
import { SURROUNDINGS } from "../sim/generate.ts";
import { simulate } from "../sim/simulate.ts";
import { startOf } from "../support/decider.ts";

export interface Figure {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface Row {
  readonly row: number;
  readonly name: string;
  readonly unit: string;
  readonly floor: Figure | null;
  readonly ours: Figure;
  readonly ratio: number | null;
  readonly target: string;
  /** Of what is allowed; null for what is only reported. */
  readonly share: number | null;
}

const LOOKUP: Lookup = {
  output: () => undefined,
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
};
const DONE: AttemptOutcome = {
  status: "success",
  exitCode: 0,
  output: { value: null },
  failure: null,
  durationMs: 1,
  usage: null,
};
const US_PER_EVENT_MAX = 3;
const GROWTH_MAX = 12;
const MS_PER_SEED_MAX = 30;
const SEEDS_PER_ROUND = 100;

export function deciderRows(rounds: number): readonly Row[] {
  const [small, large] = [layered(1_000), layered(10_000)];
  const events = { small: eventsOf(small), large: eventsOf(large) };
  const [smallUs, largeUs, seedMs]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    // The same work at both sizes, or the smaller one is measured before it is warm.
    smallUs.push((timed(() => tenTimes(small)) * 1000) / (10 * events.small));
    largeUs.push((timed(() => play(large)) * 1000) / events.large);
    seedMs.push(timed(() => seeds(round)) / SEEDS_PER_ROUND);
  }
  const [one, ten, seed] = [figure(smallUs), figure(largeUs), figure(seedMs)];
  const growth = (ten.min * events.large) / (one.min * events.small);
  return [
    {
      row: 5,
      name: "decider, 1,000 tasks",
      unit: "µs/event",
      floor: null,
      ours: one,
      ratio: null,
      target: `≤ ${US_PER_EVENT_MAX}`,
      share: null,
    },
    {
      row: 5,
      name: "decider, 10,000 tasks",
      unit: "µs/event",
      floor: one,
      ours: ten,
      ratio: growth,
      target: `time(10,000) ≤ ${GROWTH_MAX} × time(1,000)`,
      share: growth / GROWTH_MAX,
    },
    {
      row: 16,
      name: "simulation",
      unit: "ms/seed",
      floor: null,
      ours: seed,
      ratio: null,
      target: `≤ ${MS_PER_SEED_MAX}`,
      share: seed.median / MS_PER_SEED_MAX,
    },
  ];
}

/** Tasks in file order, each after up to three of the tasks just before it. */
function layered(size: number): Workflow {
  const tasks = Array.from({ length: size }, (_, index) => ({
    id: `t${index}`,
    agent: "shell",
    parameters: { command: ["true"] },
    dependencies: [...new Set([1, 7, 19].map((back) => index - back).filter((before) => before >= 0))].map(
      (before) => `t${before}`,
    ),
  }));
  const read = readWorkflow(
    "layered.json",
    JSON.stringify({ name: "layered", settings: { max_parallel: 16 }, tasks }),
    SURROUNDINGS,
  );
  assert.ok(read.ok, "the layered workflow can be read");
  return read.value.workflow;
}

function seeds(round: number): void {
  for (let seed = 0; seed < SEEDS_PER_ROUND; seed++) simulate(round * SEEDS_PER_ROUND + seed);
}

function tenTimes(workflow: Workflow): void {
  for (let time = 0; time < 10; time++) play(workflow);
}

function eventsOf(workflow: Workflow): number {
  return play(workflow).sequence;
}

/** A host that starts and ends every attempt at once. */
function play(workflow: Workflow): Run {
  const requests: Claim[] = [];
  const keep = (effects: readonly Effect[]) => {
    for (const effect of effects) if (effect.do === "request") requests.push(effect.claim);
  };
  const first = begin("RUN", workflow, entryOf(null, startOf(workflow)), LOOKUP);
  keep(first.effects);
  let { run } = first;
  for (let next = 0; next < requests.length; next++) {
    const { task, attempt } = requests[next] as Claim;
    for (const event of [
      { type: "attempt.started", task, attempt },
      { type: "attempt.ended", task, attempt, outcome: DONE },
    ] as const) {
      if (refuse(run, event) !== null) throw new Error(`${event.type} of ${task} is refused`);
      const done = transition(run, entryOf(run, event), LOOKUP);
      run = done.run;
      keep(done.effects);
    }
  }
  if (run.status !== "success") throw new Error(`the run ended ${run.status}`);
  return run;
}

function entryOf(run: Run | null, event: Event): Entry {
  const sequence = (run?.sequence ?? 0) + 1;
  return { run: "RUN", sequence, at: 1_700_000_000_000 + sequence, tick: sequence, key: null, event };
}

function timed(call: () => void): number {
  const began = performance.now();
  call();
  return performance.now() - began;
}

function figure(values: readonly number[]): Figure {
  const sorted = [...values].sort((left, right) => left - right);
  const [min, median, max] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
  assert.ok(min !== undefined && median !== undefined && max !== undefined, "there was a round");
  return { min, median, max };
}
