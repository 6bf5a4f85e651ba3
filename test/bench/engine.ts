/** Rows 1 to 4: chains and fans of tasks that do nothing, through engine, arm and journal, in µs a task. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Arm } from "../../src/arm/arm.ts";
import type { Outcome } from "../../src/driver/driver.ts";
import { Engine } from "../../src/host/embedded/engine.ts";
import { openJournal } from "../../src/host/embedded/open-journal.ts";
import { realClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { realRandom } from "../../src/port/random.ts";
import { startOf } from "../support/decider.ts";
import { KeptOutputs, linkAnew } from "../support/host-rig.ts";
import { goodWorkflow } from "../support/surroundings.ts";
import { runIdFrom } from "../../src/core/child-id.ts";
import type { Checked } from "../../src/spec/workflow-file.ts";

export const DONE: Outcome = {
  status: "success",
  exitCode: 0,
  signal: null,
  output: null,
  failure: null,
  durationMs: 0,
  usage: null,
  outputBytes: 0,
  notes: [],
};

export type Shape = "chain" | "fan";

/** A chain, or tasks that may all run at once, eight at a time. */
export function shaped(shape: Shape, count: number): Checked {
  const tasks = Array.from({ length: count }, (_, place) => ({
    id: `t${place}`,
    agent: "shell",
    parameters: { run: "true" },
    ...(shape === "chain" && place > 0 ? { dependencies: [`t${place - 1}`] } : {}),
  }));
  return goodWorkflow(JSON.stringify({ name: shape, settings: { max_parallel: 8 }, tasks }), "bench.json");
}

let runs = 0;

/** One run of no-ops from its start to its end, in ms. */
export async function noOps(checked: Checked, durability: "durable" | "fast"): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "decapod-bench-"));
  const opened = openJournal({ folder, durability, files: realFiles, clock: realClock, random: realRandom });
  if (!opened.ok) throw new Error(opened.problems.map(({ message }) => message).join("; "));
  const outputs = new KeptOutputs();
  const link = linkAnew();
  const engine = new Engine({
    store: opened.value,
    clock: realClock,
    token: () => `t${++runs}`,
    lookup: outputs,
    link,
    sources: { named: () => ({ ok: false, problems: [] }), inline: () => ({ ok: false, problems: [] }) },
    put: (value) => outputs.put(value),
  });
  const arm = idleArm(engine);
  const working = arm.work();
  link({ digest: checked.workflow.digest, text: checked.definition }, []);
  const began = performance.now();
  const run = runIdFrom(1_750_000_000_000 + ++runs, "00".repeat(32));
  await engine.start(run, checked.definition, startOf(checked.workflow));
  const status = await engine.ended(run, { untilWaiting: false }, new AbortController().signal);
  const took = performance.now() - began;
  arm.stop();
  await working;
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
  if (status !== "success") throw new Error(`the run ended as ${status}`);
  return took;
}

function idleArm(engine: Engine): Arm {
  const prepared = { kind: "ready", work: {} as never, keep: () => {}, broken: () => DONE } as const;
  const ready = Promise.resolve(prepared);
  return new Arm({
    name: "bench",
    host: engine,
    slots: 16,
    pool: "default",
    labels: [],
    // biome-ignore lint/correctness/useYield: a driver is a generator, and this one has nothing to tell
    driverFor: () => ({ name: "nothing", check: () => [], run: async function* () { return DONE; } }),
    prepare: () => ready,
    conclude: () => ({ status: "success", exitCode: 0, output: { value: null }, failure: null, durationMs: 0, usage: null }),
    onProgress: () => {},
    onRefused: (_, problems) => {
      throw new Error(problems.map(({ message }) => message).join("; "));
    },
  });
}
