/** Real graphs through the engine: order, slots, and a makespan inside what any schedule without idling keeps to. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Arm } from "../../src/arm/arm.ts";
import type { Driver, Outcome } from "../../src/driver/driver.ts";
import { EMPTY_OUTCOME } from "../../src/driver/empty-outcome.ts";
import { fine, nextRunId } from "../suites/host/bench.ts";
import { startOf } from "../support/decider.ts";
import { engineOver, KeptOutputs, steadyClock, turns } from "../support/host-rig.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { RealArm } from "../support/real-arm.ts";
import { SCALE } from "../support/scale.ts";
import { goodWorkflow } from "../support/surroundings.ts";
import { WORDLESS } from "../support/wordless.ts";
import { checkSchedule, type Graph, graphs, longest, workflowOf } from "./graphs.ts";

const IS_COMMIT = SCALE === "commit";
const SLOTS = [3, 5, 10] as const;
const ALL = graphs();
const SMALL = ALL.filter(({ truth }) => truth.tasks <= 11);
/** Longest real makespan aimed at. */
const REAL_SECONDS = IS_COMMIT ? 0.4 : 1.2;
const ROUNDING_SECONDS = 0.01;

describe("recorded graphs in held time", () => {
  for (const graph of ALL) {
    test(`${graph.name}, ${graph.truth.tasks} tasks`, async () => {
      for (const slots of SLOTS) {
        const { lower, upper } = graph.truth.bounds[slots] ?? assert.fail();
        const seconds = await inHeldTime(graph, slots);
        assert.ok(seconds >= lower - ROUNDING_SECONDS, `${seconds} s with ${slots} slots, at least ${lower}`);
        assert.ok(seconds <= upper + ROUNDING_SECONDS, `${seconds} s with ${slots} slots, at most ${upper}`);
      }
    });
  }
});

describe("recorded graphs in real time", () => {
  for (const graph of IS_COMMIT ? SMALL : ALL) {
    test(`${graph.name}, ${graph.truth.tasks} tasks`, async (t) => {
      const scale = REAL_SECONDS / (graph.truth.bounds[3]?.upper ?? 1);
      for (const slots of SLOTS) t.diagnostic(await inRealTime(graph, slots, scale));
    });
  }

  test("with real processes", async (t) => {
    const [graph] = ALL.filter(({ name }) => name.includes("forkjoin"));
    const arm = new RealArm({ slots: 16 });
    const scale = REAL_SECONDS / (graph?.truth.bounds[3]?.upper ?? 1);
    const began = performance.now();
    const { status, entries } = await arm.run(workflowOf(graph ?? assert.fail(), 3, scale));
    const took = (performance.now() - began) / 1000;
    await arm.close();
    assert.equal(status, "success");
    checkSchedule(graph ?? assert.fail(), 3, entries);
    assert.ok(took >= (graph?.truth.bounds[3]?.lower ?? 0) * scale);
    t.diagnostic(
      `${took.toFixed(2)} s, at least ${((graph?.truth.bounds[3]?.lower ?? 0) * scale).toFixed(2)} s`,
    );
  });
});

const DONE: Outcome = { ...EMPTY_OUTCOME, exitCode: 0 };

/** A driver whose tasks take their recorded time on some clock. */
function sleeping(wait: (task: string) => Promise<void>): Driver {
  return {
    name: "sleeping",
    check: () => [],
    run: async function* (work) {
      yield* WORDLESS;
      await wait(work.task);
      return DONE;
    },
  };
}

async function inHeldTime(graph: Graph, slots: number): Promise<number> {
  const clock = steadyClock();
  const store = new MemoryStore();
  const engine = engineOver({ store, clock, outputs: new KeptOutputs(), workflows: new Map() });
  const seconds = new Map(graph.tasks.map((task) => [task.id, task.seconds]));
  const driver = sleeping(
    (id) => new Promise((resolve) => void clock.after((seconds.get(id) ?? 0) * 1000, resolve)),
  );
  const arm = new Arm({
    name: "held",
    host: engine,
    slots: 16,
    pool: "default",
    labels: [],
    driverFor: () => driver,
    prepare: ({ assignment }) =>
      Promise.resolve({
        kind: "ready",
        work: { task: assignment.task } as never,
        keep: <Outcome>(outcome: Outcome) => outcome,
        broken: () => DONE,
      }),
    conclude: () => ({ ...DONE, status: "success", output: { value: null } }),
    onProgress: () => {},
    onRefused: () => assert.fail("an outcome was refused"),
  } as ConstructorParameters<typeof Arm>[0]);
  const working = arm.work();
  const run = nextRunId();
  const { workflow, definition } = goodWorkflow(workflowOf(graph, slots, 1));
  fine(await engine.start(run, definition, startOf(workflow)));
  while (engine.run(run) !== null) {
    await turns(4);
    if (engine.run(run) !== null) clock.advance(clock.next() ?? assert.fail("nothing goes on"));
    await turns(2);
  }
  arm.stop();
  await working;
  await engine.close();
  checkSchedule(graph, slots, store.entries(run));
  return clock.monotonic() / 1000;
}

/**
 * Bounded by what its tasks really took, and by the time the process was at work: how much it may work is the
 * benchmarks' business, this is about slots left idle. A machine that gives the process little of its processors
 * makes both sides longer.
 */
async function inRealTime(graph: Graph, slots: number, scale: number): Promise<string> {
  const ideal = new Map(graph.tasks.map(({ id, seconds }) => [id, seconds * scale]));
  const real = await onTheClock(graph, slots, (id) => ideal.get(id) ?? 0);
  const { lower, upper } = graph.truth.bounds[slots] ?? assert.fail();
  const late =
    longest(graph, slots, (id) => real.took.get(id) ?? 0) - longest(graph, slots, (id) => ideal.get(id) ?? 0);
  const most = upper * scale + late + real.active + 0.25;
  assert.ok(
    real.seconds >= lower * scale - 0.002 * graph.tasks.length,
    `${real.seconds} s, at least ${lower * scale}`,
  );
  assert.ok(real.seconds <= most, `${real.seconds} s with ${slots} slots, at most ${most}`);
  const bounds = `${(lower * scale).toFixed(2)} to ${(upper * scale).toFixed(2)} s`;
  return `${slots} slots: ${real.seconds.toFixed(2)} s, ${bounds}, at work ${real.active.toFixed(2)} s, timers late ${late.toFixed(2)} s`;
}

async function onTheClock(graph: Graph, slots: number, secondsOf: (id: string) => number) {
  const took = new Map<string, number>();
  const wait = async (id: string) => {
    const began = performance.now();
    await new Promise((resolve) => setTimeout(resolve, secondsOf(id) * 1000));
    took.set(id, (performance.now() - began) / 1000);
  };
  const arm = new RealArm({ slots: 16, driver: sleeping(wait) });
  const before = performance.eventLoopUtilization();
  const began = performance.now();
  const { status, entries } = await arm.run(workflowOf(graph, slots, 1));
  const seconds = (performance.now() - began) / 1000;
  const active = performance.eventLoopUtilization(before).active / 1000;
  await arm.close();
  assert.equal(status, "success");
  checkSchedule(graph, slots, entries);
  return { seconds, took, active };
}
