/** What the journal costs (performance.md rows 1 to 4 and 15), beside the floor of the same round. */
import { closeSync, fdatasyncSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Commit } from "../../src/host/embedded/store.ts";
import { EMPTY, entry, opened, runRow, step, taskRow, temporaryFolder } from "../support/journal.ts";

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface BenchRow {
  readonly row: string;
  readonly name: string;
  readonly unit: string;
  readonly floor: Spread;
  readonly ours: Spread;
  /** Median ÷ median of the floor. */
  readonly ratio: number;
  readonly target: string;
  /** Whether the gate holds; null for what is only reported. */
  readonly gate: boolean | null;
}

const CHAIN = 1000;
const FAN_COMMITS = 250;
const FAN_WIDTH = 8;
const READ_ENTRIES = 20_000;

interface Round {
  readonly appended: number;
  readonly fastChain: number;
  readonly fastFan: number;
  readonly durableChain: number;
  readonly durableFan: number;
  readonly read: number;
  readonly bytesPerTask: number;
}

export async function rows(rounds: number): Promise<readonly BenchRow[]> {
  await oneRound();
  const seen: Round[] = [];
  for (let round = 0; round < rounds; round++) seen.push(await oneRound());
  const of = (name: keyof Round) => spread(seen.map((round) => round[name]));
  const floor = of("appended");
  const line = (row: string, name: string, ours: Spread, target: string, gate: boolean | null): BenchRow => {
    const unit = row === "15" ? "B/task" : row === "journal" ? "ms" : "µs";
    return { row, name, unit, floor, ours, ratio: ours.median / floor.median, target, gate };
  };
  const [durableChain, durableFan, bytes] = [of("durableChain"), of("durableFan"), of("bytesPerTask")];
  return [
    line("1", "journal, fast, a chain's commit", of("fastChain"), "<= 60 µs", of("fastChain").min <= 120),
    line("2", "journal, fast, a fan's task (8 a commit)", of("fastFan"), "<= 25 µs", of("fastFan").min <= 60),
    line(
      "3",
      "journal, durable, a chain's commit",
      durableChain,
      "<= 240 µs",
      durableChain.median <= 3 * floor.median,
    ),
    line(
      "4",
      "journal, durable, a fan's task (8 a commit)",
      durableFan,
      "<= 90 µs",
      durableFan.median <= 1.2 * floor.median,
    ),
    line("journal", `${READ_ENTRIES} entries read and verified`, of("read"), "about 70 ms", null),
    line("15", "journal growth", bytes, "<= 1 KiB", bytes.median <= 2048),
  ];
}

async function oneRound(): Promise<Round> {
  using folder = temporaryFolder();
  const appended = appendFloor(join(folder.path, "floor"));
  const fast = await measure(join(folder.path, "fast"), "fast");
  const durable = await measure(join(folder.path, "durable"), "durable");
  const read = await readBack(join(folder.path, "read"));
  const { size } = statSync(join(folder.path, "durable", "decapod.db"));
  const bytesPerTask = size / (CHAIN + FAN_COMMITS * FAN_WIDTH);
  return {
    appended,
    fastChain: fast.chain,
    fastFan: fast.fan,
    durableChain: durable.chain,
    durableFan: durable.fan,
    read,
    bytesPerTask,
  };
}

/** What a durable commit cannot be cheaper than. */
function appendFloor(path: string): number {
  const file = openSync(path, "w");
  const page = new Uint8Array(4096).fill(1);
  const times: number[] = [];
  for (let at = 0; at < 300; at++) {
    const before = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    times.push((performance.now() - before) * 1000);
  }
  closeSync(file);
  return spread(times).median;
}

/** Mean µs: of a commit with 2 entries and 2 rows; of a task when 8 end in one commit. */
async function measure(
  folder: string,
  durability: "fast" | "durable",
): Promise<{ chain: number; fan: number }> {
  const journal = opened(folder, { durability });
  const chain = Array.from({ length: CHAIN }, (_, at) => step(at * 2 + 1));
  const fan = Array.from({ length: FAN_COMMITS }, (_, at) => wide(CHAIN * 2 + at * FAN_WIDTH * 2 + 1));
  const each = async (commits: readonly Commit[]) => {
    const before = performance.now();
    for (const commit of commits) {
      journal.commit(commit);
      // The mark's sync runs beside, as it does under an engine.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return (performance.now() - before) * 1000;
  };
  const result = { chain: (await each(chain)) / CHAIN, fan: (await each(fan)) / (FAN_COMMITS * FAN_WIDTH) };
  await journal.synced();
  await journal.close();
  return result;
}

function wide(first: number): Commit {
  const entries = Array.from({ length: FAN_WIDTH * 2 }, (_, at) => entry(first + at));
  const tasks = Array.from({ length: FAN_WIDTH }, (_, at) => taskRow(Math.floor(first / 2) + at + 1));
  return { ...EMPTY, entries, tasks, runs: [runRow(first + FAN_WIDTH * 2 - 1)] };
}

async function readBack(folder: string): Promise<number> {
  const journal = opened(folder, { durability: "fast" });
  for (let first = 1; first <= READ_ENTRIES; first += FAN_WIDTH * 2) journal.commit(wide(first));
  await journal.close();
  const again = opened(folder, { durability: "fast" });
  const before = performance.now();
  again.entries(runRow(1).run);
  const ms = performance.now() - before;
  await again.close();
  return ms;
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (place: number) => sorted[place] ?? Number.NaN;
  return { min: at(0), median: at(sorted.length >> 1), max: at(sorted.length - 1) };
}
