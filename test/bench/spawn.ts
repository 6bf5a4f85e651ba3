// Rows 7, 8 and 9: what it costs to start processes through the spawn host, beside what it costs without it, in the
// same rounds. Run alone, `node test/bench/spawn.ts ROUNDS` prints its own rows.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "rolldown";
import { type SpawnHost, startSpawnHost } from "../../src/driver/spawn-host.ts";
import { REAL_SPAWN_HOST_PORTS } from "../../src/driver/spawn-host-boot.ts";
import { realClock } from "../../src/port/clock.ts";
import { childProgram } from "../support/processes.ts";

export interface Stat {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface Row {
  readonly row: number;
  readonly name: string;
  readonly unit: string;
  readonly floor: Stat;
  readonly ours: Stat;
  readonly ratio: Stat;
  /** What target and gate are bounds of: the median of the ratio, or of our own figure. */
  readonly judged: "ratio" | "ours";
  readonly target: number;
  readonly gate: number;
}

const PROCESSES = 300;
const FAN_WIDTH = 8;
const HOLD_STARTS = 60;
const HOLD_RESIDENT_BYTES = 300 * 1024 * 1024;
const NINJA = ["/usr/bin/ninja", "/usr/local/bin/ninja", "/opt/homebrew/bin/ninja"].find(existsSync);

interface Samples {
  readonly ours: number[];
  readonly direct: number[];
  readonly ninja: number[];
}

export async function rows(rounds: number): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "decapod-bench-"));
  const fan: Samples = { ours: [], direct: [], ninja: [] };
  const chain: Samples = { ours: [], direct: [], ninja: [] };
  await buildHost(folder);
  try {
    for (let round = 0; round < rounds; round += 1) {
      await measureRound(fan, FAN_WIDTH, folder);
      await measureRound(chain, 1, folder);
    }
    return [
      ...processRows(7, `process fan, ${FAN_WIDTH} at once, output captured`, fan, {
        direct: [1.2, 1.4],
        ninja: [1.4, 2.6],
      }),
      ...processRows(8, "process chain, output captured", chain, { direct: [1.2, 1.4], ninja: [1.4, 2] }),
      await holdRow(rounds, folder),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** As it is published: stripping types at start would leave the host, and every fork of it, twice as large. */
async function buildHost(folder: string): Promise<void> {
  await build({
    input: join(import.meta.dirname, "../../src/driver/spawn-host-main.ts"),
    platform: "node",
    output: { file: hostIn(folder), format: "esm", codeSplitting: false },
  });
}

function hostIn(folder: string): string {
  return join(folder, "spawn-host-main.mjs");
}

/** The order changes with every round, so that no way always comes after the same one. */
async function measureRound(samples: Samples, width: number, folder: string): Promise<void> {
  const ways: readonly (() => Promise<unknown>)[] = [
    async () => samples.direct.push(await directMicros(width, folder)),
    async () => samples.ours.push(await hostMicros(width, folder)),
    async () => NINJA !== undefined && samples.ninja.push(await ninjaMicros(NINJA, width, folder)),
  ];
  const first = samples.ours.length % ways.length;
  for (const way of [...ways.slice(first), ...ways.slice(0, first)]) await way();
}

async function hostMicros(width: number, folder: string): Promise<number> {
  const host = startSpawnHost({
    exitLog: join(folder, "exits.jsonl"),
    pipeFolder: folder,
    program: hostIn(folder),
  });
  await host.ready;
  // The second host joins now, as it would in any run that is as wide.
  await fanOut(40, width, () => runOne(host, folder));
  const startMs = performance.now();
  await fanOut(PROCESSES, width, () => runOne(host, folder));
  const micros = ((performance.now() - startMs) * 1_000) / PROCESSES;
  await host.close();
  return micros;
}

async function fanOut(count: number, width: number, one: () => Promise<void>): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await one();
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

let attempts = 0;

function runOne(
  host: SpawnHost,
  folder: string,
  program: readonly string[] = ["/bin/echo", "x"],
): Promise<void> {
  attempts += 1;
  const id = `01BENCH-${process.pid}/task/${attempts}`;
  const path = join(folder, `ours-${attempts}`);
  return new Promise((resolve) => {
    host.start(
      {
        id,
        argv: program,
        folder,
        environment: { PATH: "/usr/bin:/bin", HOME: "/", LANG: "C.UTF-8", DECAPOD_ATTEMPT: id },
        logPath: path,
        stdoutPath: `${path}.out`,
        stdoutBytesMax: 65_536,
        view: null,
        input: null,
        secrets: {},
        timeoutMs: null,
        idleTimeoutMs: null,
      },
      { started: () => {}, output: () => {}, quiet: () => {}, ended: () => resolve() },
    );
  });
}

export async function directMicros(width: number, folder: string): Promise<number> {
  const program = childProgram("direct-spawn.mjs");
  const child = spawn(process.execPath, [program, String(PROCESSES), String(width), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (data) => {
    printed += String(data);
  });
  await new Promise((resolve) => child.on("close", resolve));
  return Number(printed);
}

/** Its start is measured apart and taken off. */
async function ninjaMicros(ninja: string, width: number, folder: string): Promise<number> {
  const names = Array.from({ length: PROCESSES }, (_, index) => `n${index}`);
  const builds = names.map(
    (name, index) => `build ${name}: e${width === 1 && index > 0 ? ` n${index - 1}` : ""}`,
  );
  const rule = "rule e\n  command = /bin/echo x\n";
  writeFileSync(
    join(folder, "build.ninja"),
    `${rule}${builds.join("\n")}\nbuild all: phony ${names.join(" ")}\ndefault all\n`,
  );
  writeFileSync(join(folder, "empty.ninja"), `${rule}build all: phony\n`);
  const run = async (file: string) => {
    const startMs = performance.now();
    const child = spawn(ninja, ["-f", file, "-j", String(width), "--quiet"], {
      cwd: folder,
      stdio: "ignore",
    });
    await new Promise((resolve) => child.on("close", resolve));
    return performance.now() - startMs;
  };
  const empty = await run("empty.ninja");
  const micros = (((await run("build.ninja")) - empty) * 1_000) / PROCESSES;
  for (const name of [".ninja_log", ".ninja_deps"]) rmSync(join(folder, name), { force: true });
  return micros;
}

type Bounds = readonly [target: number, gate: number];

function processRows(
  row: number,
  name: string,
  samples: Samples,
  bounds: { readonly direct: Bounds; readonly ninja: Bounds },
): readonly Row[] {
  const against = (kind: "direct" | "ninja", label: string): Row => ({
    row,
    name: `${name}, ÷ ${label}`,
    unit: "µs a process",
    floor: statOf(samples[kind]),
    ours: statOf(samples.ours),
    ratio: statOf(samples.ours.map((ours, index) => ours / (samples[kind][index] ?? Number.NaN))),
    judged: "ratio",
    target: bounds[kind][0],
    gate: bounds[kind][1],
  });
  const direct = against("direct", "direct spawn from a parent of 50 MB");
  return samples.ninja.length === 0 ? [direct] : [direct, against("ninja", "ninja")];
}

/** How long one start holds the loop of a large engine, and how long a spawn of its own would. */
async function holdRow(rounds: number, folder: string): Promise<Row> {
  const ballast = Buffer.alloc(HOLD_RESIDENT_BYTES, 1);
  const held = { ms: 0 };
  const clock = {
    ...realClock,
    soon: (call: () => void) => realClock.soon(() => (held.ms += timed(call))),
  };
  const host = startSpawnHost(
    { exitLog: join(folder, "exits.jsonl"), pipeFolder: folder, program: hostIn(folder) },
    { ...REAL_SPAWN_HOST_PORTS, clock },
  );
  await host.ready;
  const [ours, direct]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const [holds, spawns]: [number[], number[]] = [[], []];
    for (let start = 0; start < HOLD_STARTS; start += 1) {
      held.ms = 0;
      let ended: Promise<void> = Promise.resolve();
      const callMs = timed(() => {
        ended = runOne(host, folder, ["/bin/true"]);
      });
      await ended;
      holds.push(callMs + held.ms);
    }
    for (let start = 0; start < 10; start += 1) spawns.push(await directHold());
    ours.push(statOf(holds).median);
    direct.push(statOf(spawns).median);
  }
  await host.close();
  ballast.fill(0, 0, 1);
  return {
    row: 9,
    name: "loop held by starting a task with 300 MB resident, p50; floor: a spawn of its own",
    unit: "ms",
    floor: statOf(direct),
    ours: statOf(ours),
    ratio: statOf(ours.map((ms, index) => ms / (direct[index] ?? Number.NaN))),
    judged: "ours",
    target: 0.3,
    gate: 1,
  };
}

function timed(call: () => void): number {
  const startMs = performance.now();
  call();
  return performance.now() - startMs;
}

async function directHold(): Promise<number> {
  let ended: Promise<unknown> = Promise.resolve();
  const ms = timed(() => {
    const child = spawn("/bin/true", { stdio: "ignore", detached: true });
    ended = new Promise((resolve) => child.on("exit", resolve));
  });
  await ended;
  return ms;
}

function statOf(values: readonly number[]): Stat {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
  return { min: at(0), median: at(0.5), max: at(1) };
}

if (import.meta.main) {
  const text = ({ min, median, max }: Stat) =>
    [min, median, max].map((value) => value.toFixed(2)).join(" / ");
  for (const { row, name, unit, floor, ours, ratio } of await rows(Number(process.argv[2] ?? 5)))
    process.stdout.write(
      `${row} ${name} (${unit})\n  ours ${text(ours)}  floor ${text(floor)}  ratio ${text(ratio)}\n`,
    );
}
