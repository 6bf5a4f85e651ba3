/** Runs a range of seeds and says what came of them; shared by the two halves, so that both cores are used. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SCALE } from "../support/scale.ts";
import { type Report, simulate } from "./simulate.ts";
import type { Counts } from "./world.ts";

const SEEDS = { commit: 300, ci: 20_000, soak: 1_000_000 } as const;
/** From this many seeds on, every kind of fault must have come. */
const ALL_FAULTS_FROM = 5_000;

const FAULTS: readonly string[] = [
  "crashes of the engine",
  "crashes of the machine",
  "lost attempts",
  "late or double results",
  "fenced results",
  "jumps of the clock",
  "run.cancelled",
  "run.paused",
  "reopened runs",
  "runs with tasks that run again",
  "sent back",
  "decided approval",
  "task.measured",
  "stale approvals",
  "decided blocker",
  "decided budget",
  "decided permission",
  "decided question",
  "decided fan-out",
  "refused answers",
  "escalations",
  "passes that hold paths",
  "child.waits",
  "child.moves",
  "children merged",
  "children conflict",
  "timers run",
  "timers hooks",
  "timers pass",
  "timers expire",
  "timers unit",
  "large outputs",
];

/** `half` is 0 or 1: the even or the odd seeds. */
export function runHalf(half: 0 | 1, file: string): void {
  const single = process.env.DECAPOD_SEED;
  if (single !== undefined) {
    test(`seed ${single} holds every invariant`, () => void simulate(Number(single)));
    return;
  }
  const scale = SCALE as keyof typeof SEEDS;
  const kept = JSON.parse(readFileSync(join(import.meta.dirname, "seeds.json"), "utf8")) as readonly number[];
  const seeds = [...kept.filter((seed) => seed % 2 === half), ...range(half, SEEDS[scale])];
  test(`${seeds.length} seeds hold every invariant, end, and replay to the same run (W-sim, T4-50)`, () => {
    const began = performance.now();
    const total = { events: 0, runs: 0, time: 0, handOffs: 0, twice: 0, counts: {} as Counts };
    for (const seed of seeds) {
      const report = guarded(seed, file);
      add(total, report);
      if (seed % 100 >= 2) continue;
      assert.equal(
        guarded(seed, file).hash,
        report.hash,
        `seed ${seed} gives the same trace when it runs again`,
      );
      total.twice += 1;
    }
    const ms = (performance.now() - began) / (seeds.length + total.twice);
    const years = total.time / 31_557_600_000;
    const told = `${seeds.length} seeds, ${total.twice} of them twice, ${ms.toFixed(2)} ms per seed`;
    console.log(
      `${told}; ${total.runs} runs, ${total.events} events, ${total.handOffs} hand-offs compared, ${years.toFixed(2)} years simulated`,
    );
    if (seeds.length >= ALL_FAULTS_FROM)
      for (const fault of FAULTS) assert.ok((total.counts[fault] ?? 0) > 0, `${fault} came at least once`);
  });
}

function range(half: number, seeds: number): readonly number[] {
  return Array.from({ length: seeds / 2 }, (_, index) => index * 2 + half);
}

function guarded(seed: number, file: string): Report {
  try {
    return simulate(seed);
  } catch (thrown) {
    console.log(`seed ${seed} failed; again with: DECAPOD_SEED=${seed} node --test ${file}`);
    console.log("once mended, keep it: add the number to test/sim/seeds.json");
    throw thrown;
  }
}

function add(
  total: { events: number; runs: number; time: number; handOffs: number; readonly counts: Counts },
  report: Report,
): void {
  total.events += report.events;
  total.runs += report.runs;
  total.time += report.time;
  total.handOffs += report.handOffs;
  for (const [what, count] of Object.entries(report.counts))
    total.counts[what] = (total.counts[what] ?? 0) + count;
}
