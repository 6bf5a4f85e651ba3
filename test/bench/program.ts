/** Rows 5, 6, 10, 12, 13 and 15: the whole program, as it is published, in a process of its own. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import type { JsonMap } from "../../src/core/json.ts";
import { killLoop } from "../crash/kill-loop.ts";
import { ROOT } from "../crash/program.ts";
import { BARE_NODE_MS } from "../support/least.ts";
import { commitMicros, interruptedAt, layered } from "./engine.ts";
import { layersOf } from "./shapes.ts";
import { bounded, type Line, reported, spread } from "./table.ts";

const TASKS = 10_000;
const KILLS = 100;
const MIB = 1024 * 1024;
/** A run starts so many tasks at once, and what ended together is one commit. */
const SLOTS = 16;
/** The same and two events for each of 10,000 tasks, 16 a synced commit of bare SQLite: what no durable run does without. */
const BARE_RUN_MS = 158;

export interface Bundle {
  readonly folder: string;
  readonly main: string;
}

export function programRows(rounds: number): Promise<readonly Line[]> {
  return withBundle(async (bundle) => [
    ...(await runRows(bundle, rounds)),
    ...(await resumeRows(bundle, rounds)),
    await killRow(bundle),
  ]);
}

/** The program as it is published, in a folder that is gone afterwards. */
export async function withBundle<T>(measure: (bundle: Bundle) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "decapod-bench-"));
  try {
    execFileSync(process.execPath, [join(ROOT, "scripts/build.mjs"), join(folder, "dist")], {
      stdio: "pipe",
    });
    return await measure({ folder, main: join(folder, "dist/main.js") });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A project with this workflow, as a folder of its own. */
function projectOf({ folder }: Bundle, name: string, workflow: JsonMap): string {
  const project = join(folder, name);
  mkdirSync(join(project, ".claude/workflows"), { recursive: true });
  writeFileSync(join(project, `.claude/workflows/${workflow.name}.json`), JSON.stringify(workflow));
  return project;
}

export function environment({ folder }: Bundle, more: Readonly<Record<string, string>> = {}) {
  return { PATH: process.env.PATH, HOME: folder, XDG_CACHE_HOME: join(folder, "cache"), ...more };
}

/** Whole life of a process in ms; throws when it does not end well. */
export async function lifeMs(
  bundle: Bundle,
  words: readonly string[],
  cwd: string,
  more: Readonly<Record<string, string>> = {},
): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, words, {
    cwd,
    env: environment(bundle, more),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, "exit")) as [number | null];
  const took = performance.now() - began;
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}: ${stderr}`);
  return took;
}

async function runRows(bundle: Bundle, rounds: number): Promise<readonly Line[]> {
  const seen: Record<
    "bare" | "bareRun" | "whole" | "board" | "one" | "memory" | "boardMemory" | "bytes",
    number[]
  > = {
    bare: [],
    bareRun: [],
    whole: [],
    board: [],
    one: [],
    memory: [],
    boardMemory: [],
    bytes: [],
  };
  const isBoardSeen = hasTerminal();
  const one = projectOf(bundle, "one", {
    name: "one",
    tasks: [{ id: "only", agent: "shell", parameters: { run: "true" } }],
  });
  // Fills the compile cache, as any start before this one has.
  await lifeMs(bundle, [bundle.main, "run", "one", "--quiet"], one);
  for (let round = 0; round < rounds; round++) {
    const project = projectOf(bundle, `layers-${round}`, layersOf(TASKS));
    const bareMs = await lifeMs(bundle, ["-e", "0"], one);
    seen.bare.push(bareMs);
    seen.bareRun.push(bareMs + (TASKS * commitMicros(SLOTS, "full")) / 1000);
    seen.one.push(await lifeMs(bundle, [bundle.main, "run", "one", "--quiet"], one));
    seen.whole.push(await lifeMs(bundle, [bundle.main, "run", "layers", "--rehearse", "--quiet"], project));
    seen.bytes.push(statSync(join(project, ".claude/workflow-state/decapod.db")).size / TASKS);
    seen.memory.push((await measured(bundle, round, false)).peakMb);
    rmSync(project, { recursive: true, force: true });
    if (!isBoardSeen) continue;
    const { tookMs, peakMb } = await measured(bundle, round, true);
    seen.board.push(tookMs);
    seen.boardMemory.push(peakMb);
  }
  const floor = spread(seen.bare);
  const withBoard = [
    { row: "5", what: "the same with the board on", unit: "ms", floor, ours: seen.board, target: "≤ 600" },
    {
      row: "6",
      what: "memory of that run",
      unit: "MB",
      floor: null,
      ours: seen.boardMemory,
      target: "≤ 110",
    },
  ].flatMap((line) => (isBoardSeen ? [reported({ ...line, ours: spread(line.ours) })] : []));
  return [
    bounded(
      {
        row: "5",
        what: "10,000 layered tasks, whole process; floor: node -e 0 and synced commits",
        unit: "ms",
        floor: spread(seen.bareRun),
        ours: spread(seen.whole),
        target: "≤ 600",
      },
      { most: 900, floorThere: BARE_RUN_MS, slower: floor.median / BARE_NODE_MS },
    ),
    bounded(
      {
        row: "6",
        what: "its memory at most",
        unit: "MB",
        floor: null,
        ours: spread(seen.memory),
        target: "≤ 110",
      },
      { most: 150 },
    ),
    ...withBoard,
    reported({
      row: "10",
      what: "start of one task; floor: node -e 0",
      unit: "ms",
      floor,
      ours: spread(seen.one),
      target: "≤ 3 ×",
    }),
    bounded(
      {
        row: "15",
        what: "journal, a task without output",
        unit: "B",
        floor: null,
        ours: spread(seen.bytes),
        target: "≤ 1024",
      },
      { most: 2048 },
    ),
  ];
}

interface Measured {
  readonly tookMs: number;
  readonly peakMb: number;
}

/**
 * Memory as the process itself sees it at its end; a run of its own, so that the look costs nothing elsewhere. The board
 * is drawn at a terminal of 80 columns, as people have it.
 */
async function measured(bundle: Bundle, round: number, isBoard: boolean): Promise<Measured> {
  const name = `${isBoard ? "board" : "memory"}-${round}`;
  const project = projectOf(bundle, name, layersOf(TASKS));
  const told = join(bundle.folder, `${name}.txt`);
  const words = [...lookingAtMemory(bundle, told), "run", "layers", "--rehearse"];
  const tookMs = isBoard
    ? await boardMs(bundle, words, project)
    : await lifeMs(bundle, [...words, "--quiet"], project);
  rmSync(project, { recursive: true, force: true });
  return { tookMs, peakMb: toldMb(told) };
}

/** The most memory that a command of its own has. */
export async function peakMb(bundle: Bundle, words: readonly string[], cwd: string): Promise<number> {
  const told = join(bundle.folder, "peak.txt");
  await lifeMs(bundle, [...lookingAtMemory(bundle, told), ...words], cwd);
  return toldMb(told);
}

/** The program, telling at its end in a file how much memory it had at most. */
function lookingAtMemory({ folder, main }: Bundle, told: string): readonly string[] {
  const look = join(folder, `${basename(told)}.mjs`);
  const peak = `readFileSync("/proc/self/status", "utf8").match(/VmHWM:\\s+(\\d+)/)?.[1]`;
  writeFileSync(
    look,
    `import { existsSync, readFileSync, writeFileSync } from "node:fs";
process.on("exit", () => writeFileSync(${JSON.stringify(told)}, String(existsSync("/proc/self/status") ? ${peak} : process.resourceUsage().maxRSS)));
`,
  );
  return ["--import", look, main];
}

function toldMb(told: string): number {
  return (Number(readFileSync(told, "utf8")) * 1024) / MIB;
}

async function boardMs(bundle: Bundle, words: readonly string[], cwd: string): Promise<number> {
  const began = performance.now();
  const child = atTerminal(bundle, words, cwd);
  child.stdout.resume();
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}`);
  return performance.now() - began;
}

function hasTerminal(): boolean {
  return spawnSync("script", ["--version"], { stdio: "ignore" }).status === 0;
}

function atTerminal(bundle: Bundle, words: readonly string[], cwd: string) {
  const command = `stty cols 80 rows 24; exec ${[process.execPath, ...words].map((word) => `'${word}'`).join(" ")}`;
  const env = environment(bundle, { TERM: "xterm", SHELL: "/bin/sh" });
  return spawn("script", ["-qefc", command, "/dev/null"], { cwd, env, stdio: ["ignore", "pipe", "ignore"] });
}

/** Interrupted half way; then from the start of the process to the first task that starts. */
async function resumeRows(bundle: Bundle, rounds: number): Promise<readonly Line[]> {
  const checked = layered(TASKS);
  const [stopped, killed] = [join(bundle.folder, "stopped"), join(bundle.folder, "killed")];
  await interruptedAt({ folder: stopped, checked, done: TASKS / 2, died: false });
  await interruptedAt({ folder: killed, checked, done: TASKS / 2, died: true });
  const seen: Record<"bare" | "stopped" | "killed" | "board", number[]> = {
    bare: [],
    stopped: [],
    killed: [],
    board: [],
  };
  const isBoardSeen = hasTerminal();
  for (let round = 0; round < rounds; round++) {
    seen.bare.push(await lifeMs(bundle, ["-e", "0"], bundle.folder));
    seen.stopped.push(await resumed(bundle, stopped, `stopped-${round}`));
    seen.killed.push(await resumed(bundle, killed, `killed-${round}`));
    if (isBoardSeen) seen.board.push(await resumed(bundle, stopped, `board-${round}`, true));
  }
  const floor = spread(seen.bare);
  const what = "resume of 10,000, half done, to the first start";
  const one = { row: "12", unit: "ms", floor, target: "≤ 120" };
  return [
    bounded(
      { ...one, what: `${what}; floor: node -e 0`, ours: spread(seen.stopped) },
      { most: 300, floorThere: BARE_NODE_MS },
    ),
    reported({ ...one, what: `${what}, 16 lost attempts judged before`, ours: spread(seen.killed) }),
    ...(isBoardSeen
      ? [
          reported({
            ...one,
            what: "the same with the board on, to its first line",
            ours: spread(seen.board),
          }),
        ]
      : []),
  ];
}

/** ms to the first task that is told, or drawn, to have started; the process is killed then. */
async function resumed(bundle: Bundle, kept: string, name: string, isBoard = false): Promise<number> {
  const project = projectOf(bundle, name, layersOf(TASKS));
  cpSync(kept, join(project, ".claude/workflow-state"), { recursive: true });
  const isStart = (line: string) =>
    isBoard ? /●.* t\d+ +shell/.test(line) : line.includes('"attempt.started"');
  const began = performance.now();
  const child = isBoard
    ? atTerminal(bundle, [bundle.main, "resume"], project)
    : spawn(process.execPath, [bundle.main, "resume", "--jsonl"], {
        cwd: project,
        env: environment(bundle),
        stdio: ["ignore", "pipe", "ignore"],
      });
  const exited = once(child, "exit");
  let took: number | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    if (took !== null || !isStart(line)) continue;
    took = performance.now() - began;
    child.kill("SIGKILL");
  }
  await exited;
  if (took === null) throw new Error("nothing was started by resume");
  return took;
}

async function killRow({ main }: Bundle): Promise<Line> {
  const seed = Date.now() % 1_000_000;
  const survived = await killLoop({ main, kills: KILLS, atOnce: 4, seed });
  const what = `told lines lost, orders broken in ${survived.kills} kills (${survived.lines} lines told, seed ${seed})`;
  return bounded({ row: "13", what, unit: "", floor: null, ours: spread([0]), target: "0" }, { most: 0 });
}
