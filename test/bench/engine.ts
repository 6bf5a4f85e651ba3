/** Rows 1 to 5: tasks that do nothing, through engine, arm and journal, without a process for each. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { Arm } from "../../src/arm/arm.ts";
import { runIdFrom } from "../../src/core/id.ts";
import type { Outcome } from "../../src/driver/driver.ts";
import { EMPTY_OUTCOME } from "../../src/driver/empty-outcome.ts";
import { Engine } from "../../src/host/embedded/engine.ts";
import { openJournal } from "../../src/host/embedded/open-journal.ts";
import { realClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { realRandom } from "../../src/port/random.ts";
import type { Checked } from "../../src/spec/workflow-file.ts";
import { startOf } from "../support/decider.ts";
import { KeptOutputs, linkAnew } from "../support/host-rig.ts";
import { goodWorkflow } from "../support/surroundings.ts";
import { WORDLESS } from "../support/wordless.ts";
import { layersOf, type Shape, shapeOf } from "./shapes.ts";
import { bounded, type Line, relative, reported, spread } from "./table.ts";

export const DONE: Outcome = { ...EMPTY_OUTCOME, exitCode: 0 };

export function shaped(shape: Shape, count: number): Checked {
  return goodWorkflow(JSON.stringify(shapeOf(shape, count)), "bench.json");
}

export function layered(count: number): Checked {
  return goodWorkflow(JSON.stringify(layersOf(count)), "bench.json");
}

let runs = 0;

/** An engine over a journal in this folder. */
function engineAt(folder: string, durability: "durable" | "fast") {
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
  return { engine, outputs, link };
}

interface Taken {
  readonly ms: number;
  /** Of the processor, in all threads. */
  readonly processorMs: number;
}

/** One run of no-ops from its start to its end. */
export async function noOps(checked: Checked, durability: "durable" | "fast"): Promise<Taken> {
  const folder = mkdtempSync(join(tmpdir(), "decapod-bench-"));
  const { engine, link } = engineAt(folder, durability);
  const arm = idleArm(engine);
  const working = arm.work();
  link({ digest: checked.workflow.digest, text: checked.definition }, []);
  const began = performance.now();
  const before = process.cpuUsage();
  const run = runIdFrom(1_750_000_000_000 + ++runs, "00".repeat(32));
  await engine.start(run, checked.definition, startOf(checked.workflow));
  const status = await engine.ended(run, { untilWaiting: false }, new AbortController().signal);
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  arm.stop();
  await working;
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
  if (status !== "success") throw new Error(`the run ended as ${status}`);
  return { ms, processorMs: (user + system) / 1000 };
}

export interface Interrupted {
  readonly folder: string;
  readonly checked: Checked;
  readonly done: number;
  /** True: attempts were running and nobody knows what became of them. */
  readonly died: boolean;
}

/** Leaves a journal whose run was interrupted when so many tasks were done. */
export async function interruptedAt({ folder, checked, done, died }: Interrupted): Promise<void> {
  const { engine } = engineAt(folder, "durable");
  const arm = idleArm(engine);
  const run = runIdFrom(1_750_000_000_000 + ++runs, "00".repeat(32));
  const reached = new Promise<void>((resolve) => {
    engine.observe((changes) => {
      if ((changes.at(-1)?.after.counts.success ?? 0) >= done) resolve();
    });
  });
  const working = arm.work();
  await engine.start(run, checked.definition, startOf(checked.workflow));
  await reached;
  if (died) arm.stop();
  else await arm.interrupt();
  await working;
  await engine.close();
}

function idleArm(engine: Engine): Arm {
  const prepared = {
    kind: "ready",
    work: {} as never,
    keep: <Outcome>(outcome: Outcome) => outcome,
    broken: () => DONE,
  } as const;
  const ready = Promise.resolve(prepared);
  return new Arm({
    name: "bench",
    host: engine,
    slots: 16,
    pool: "default",
    labels: [],
    driverFor: () => ({
      name: "nothing",
      check: () => [],
      run: async function* () {
        yield* WORDLESS;
        return DONE;
      },
    }),
    prepare: () => ready,
    conclude: () => ({
      status: "success",
      exitCode: 0,
      output: { value: null },
      failure: null,
      durationMs: 0,
      usage: null,
    }),
    onProgress: () => {},
    onRefused: (_, problems) => {
      if (problems.some(({ code }) => code === "E_CLOSED")) return;
      throw new Error(problems.map(({ message }) => message).join("; "));
    },
  });
}

interface Samples {
  readonly committed: number[];
  readonly committedEight: number[];
  readonly appended: number[];
  readonly fastChain: number[];
  readonly fastFan: number[];
  readonly durableChain: number[];
  readonly durableFan: number[];
  readonly small: number[];
  readonly large: number[];
  readonly growth: number[];
}

const TASKS = 1_000;
/** A bare commit of one event on the machine for which the bounds were set, µs; and of two events at 16 a commit. */
const COMMIT_MICROS = 11.2;
const COMMIT_EIGHT_MICROS = 3.4;

export async function engineRows(rounds: number): Promise<readonly Line[]> {
  const shapes = { chain: shaped("chain", TASKS), fan: shaped("fan", TASKS) };
  const layers = { small: layered(1_000), large: layered(10_000) };
  const seen: Samples = {
    committed: [],
    committedEight: [],
    appended: [],
    fastChain: [],
    fastFan: [],
    durableChain: [],
    durableFan: [],
    small: [],
    large: [],
    growth: [],
  };
  // The first run of each is for the compiler.
  for (const shape of [shapes.chain, shapes.fan]) await noOps(shape, "fast");
  for (let round = 0; round < rounds; round++) {
    seen.committed.push(commitMicros(1));
    seen.committedEight.push(commitMicros(8));
    seen.appended.push(appendMicros());
    seen.fastChain.push(await microsEach(shapes.chain, "fast"));
    seen.fastFan.push(await microsEach(shapes.fan, "fast"));
    seen.durableChain.push(await microsEach(shapes.chain, "durable"));
    seen.durableFan.push(await microsEach(shapes.fan, "durable"));
    await growthRound(seen, layers);
  }
  const floor = spread(seen.appended);
  const unit = "µs";
  return [
    bounded(
      {
        row: "1",
        what: "fast chain of 1,000 no-ops, a task; floor: a bare commit",
        unit,
        floor: spread(seen.committed),
        ours: spread(seen.fastChain),
        target: "≤ 60",
      },
      { most: 120, floorThere: COMMIT_MICROS },
    ),
    bounded(
      {
        row: "2",
        what: "fast fan, 8 at once, a task; floor: an 8th of a bare commit",
        unit,
        floor: spread(seen.committedEight),
        ours: spread(seen.fastFan),
        target: "≤ 25",
      },
      { most: 60, floorThere: COMMIT_EIGHT_MICROS },
    ),
    relative(
      {
        row: "3",
        what: "durable chain, a task; floor: 4 KiB appended and synced",
        unit,
        floor,
        ours: spread(seen.durableChain),
        target: "≤ 240",
      },
      3,
    ),
    relative(
      { row: "4", what: "durable fan, a task", unit, floor, ours: spread(seen.durableFan), target: "≤ 90" },
      1.2,
    ),
    bounded(
      {
        row: "5",
        what: "engine, processor time of 10,000 tasks ÷ of 1,000",
        unit: "×",
        floor: null,
        ours: spread(seen.growth),
        target: "≤ 12",
      },
      { most: 12 },
    ),
    reported({
      row: "5",
      what: "engine, 10,000 tasks; floor: 1,000 tasks",
      unit: "ms",
      floor: spread(seen.small),
      ours: spread(seen.large),
      target: "–",
    }),
  ];
}

/** Ten small runs beside one large: as much is decided and written in both. */
async function growthRound(
  seen: Samples,
  layers: { readonly small: Checked; readonly large: Checked },
): Promise<void> {
  let small = 0;
  for (let run = 0; run < 10; run++) {
    const { ms, processorMs } = await noOps(layers.small, "fast");
    seen.small.push(ms);
    small += processorMs / 10;
  }
  const large = await noOps(layers.large, "fast");
  seen.large.push(large.ms);
  seen.growth.push(large.processorMs / small);
}

async function microsEach(checked: Checked, durability: "durable" | "fast"): Promise<number> {
  return ((await noOps(checked, durability)).ms * 1_000) / TASKS;
}

/**
 * What no task can be cheaper than: SQLite writing its two events, with so many tasks in a commit; `full` syncs each, as
 * durable runs must. Mean of 1,000 commits, per task of them.
 */
export function commitMicros(tasks: number, synchronous: "normal" | "full" = "normal"): number {
  const folder = mkdtempSync(join(tmpdir(), "decapod-bench-"));
  const database = new DatabaseSync(join(folder, "floor.db"));
  database.exec(`pragma journal_mode=wal; pragma synchronous=${synchronous}; create table events(body text)`);
  const [begin, insert, commit] = ["begin immediate", "insert into events values(?)", "commit"].map((sql) =>
    database.prepare(sql),
  ) as [StatementSync, StatementSync, StatementSync];
  const body = "x".repeat(150);
  const events = tasks === 1 ? 1 : tasks * 2;
  const began = performance.now();
  for (let count = 0; count < 1_000; count++) {
    begin.run();
    for (let event = 0; event < events; event++) insert.run(body);
    commit.run();
  }
  const micros = performance.now() - began;
  database.close();
  rmSync(folder, { recursive: true, force: true });
  return micros / tasks;
}

/** What no durable commit can be cheaper than: the median of 300 pages. */
function appendMicros(): number {
  const folder = mkdtempSync(join(tmpdir(), "decapod-bench-"));
  const file = openSync(join(folder, "floor"), "w");
  const page = new Uint8Array(4096).fill(1);
  const times: number[] = [];
  for (let count = 0; count < 300; count++) {
    const began = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    times.push((performance.now() - began) * 1_000);
  }
  closeSync(file);
  rmSync(folder, { recursive: true, force: true });
  return spread(times).median;
}
