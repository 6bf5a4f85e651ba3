// A folder, a spawn host in it and a short way to run real children; everything is gone when the test ends.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { ProcessEnd, ProcessListener, RunningProcess } from "../../src/driver/process-run.ts";
import { type SpawnHost, type SpawnHostOptions, startSpawnHost } from "../../src/driver/spawn-host.ts";
import type { ProcessRequest } from "../../src/driver/spawn-host-frames.ts";
import { realFiles } from "../../src/port/files.ts";
import { realProcessTable } from "../../src/port/process-table.ts";
import { SPAWN_HOST } from "./program.ts";

/** Absolute path of one of the tiny programs beside this file. */
export function childProgram(name: string): string {
  return fileURLToPath(new URL(`./children/${name}`, import.meta.url));
}

export interface Seen {
  readonly end: ProcessEnd;
  readonly lines: readonly string[];
  readonly quiets: readonly number[];
  readonly pid: number;
}

export interface ProcessRoom {
  readonly folder: string;
  readonly host: SpawnHost;
  /** With an id of its own: whatever carries the token of an ended attempt is ended, whoever started it. */
  request(name: string, argv: readonly string[], more?: Partial<ProcessRequest>): ProcessRequest;
  /** Starts it; `seen` is settled at its end, `started` with its number. */
  start(request: ProcessRequest): Started;
  log(name: string): string;
}

export interface Started {
  readonly process: RunningProcess;
  readonly started: Promise<number>;
  readonly seen: Promise<Seen>;
  /** Settled when a line with this text has been seen as the latest one. */
  line(text: string): Promise<void>;
  /** Settled when it was first told that nothing is printed. */
  readonly silence: Promise<number>;
}

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "decapod-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

export function processRoom(t: TestContext, options: Partial<SpawnHostOptions> = {}): ProcessRoom {
  const folder = temporaryFolder(t);
  const host = hostIn(folder, options);
  t.after(async () => {
    host.endAll("cancelled", true);
    await host.close();
  });
  return roomOf(folder, host);
}

/** Waits shortly for what ends, so that tests do. */
export function hostIn(folder: string, options: Partial<SpawnHostOptions>): SpawnHost {
  return startSpawnHost({
    exitLog: join(folder, "exits.jsonl"),
    pipeFolder: folder,
    graceMs: 300,
    drainMs: 300,
    sweepMs: 50,
    ...SPAWN_HOST,
    ...options,
  });
}

export function roomOf(folder: string, host: SpawnHost): ProcessRoom {
  const pathOf = (name: string, end: string) => join(folder, name + end);
  return {
    folder,
    host,
    request: (name, argv, more = {}) => ({
      id: idIn(folder, name),
      argv,
      folder,
      logPath: pathOf(name, ".log"),
      stdoutPath: pathOf(name, ".out"),
      stdoutBytesMax: 65_536,
      view: null,
      input: null,
      secrets: {},
      timeoutMs: null,
      idleTimeoutMs: null,
      ...more,
      environment: { PATH: "/usr/bin:/bin", DECAPOD_ATTEMPT: idIn(folder, name), ...more.environment },
    }),
    start: (request) => watch((listener) => host.start(request, listener)),
    log: (name) => readFileSync(pathOf(name, ".log"), "latin1"),
  };
}

/** Unique on this machine, as a run's id is. */
export function idIn(folder: string, name: string): string {
  return `${basename(folder)}/${name}/1`;
}

export function watch(begin: (listener: ProcessListener) => RunningProcess): Started {
  const lines: string[] = [];
  const quiets: number[] = [];
  const waiting = new Map<string, () => void>();
  const started = Promise.withResolvers<number>();
  const seen = Promise.withResolvers<Seen>();
  const silence = Promise.withResolvers<number>();
  const process = begin({
    started: (pid) => started.resolve(pid),
    output: (_bytes, line) => {
      lines.push(line);
      for (const [text, resolve] of waiting) if (line.includes(text)) resolve();
    },
    quiet: (quietMs) => {
      quiets.push(quietMs);
      silence.resolve(quietMs);
    },
    ended: (end) => {
      started.resolve(-1);
      void started.promise.then((pid) => seen.resolve({ end, lines, quiets, pid }));
    },
  });
  const line = (text: string) =>
    lines.some((one) => one.includes(text))
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiting.set(text, resolve));
  return { process, started: started.promise, seen: seen.promise, line, silence: silence.promise };
}

/** Settled when no such process is alive; asks the process table, which tells nobody when it changes. */
export async function goneProcess(pid: number): Promise<void> {
  await until(() => realProcessTable.row(pid) === null, `process ${pid} to be gone`);
}

/** Only against a hang: a busy machine takes its time. */
const HANG_MS = 120_000;

/** For what gives no event. */
export async function until(isTrue: () => boolean, what: string, waitMs = HANG_MS): Promise<void> {
  const deadline = performance.now() + waitMs;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The number a child wrote into a file, once it is whole. */
export async function numberIn(path: string, waitMs?: number): Promise<number> {
  const read = () => /^(\d+)\n/.exec(realFiles.readTextIf(path) ?? "")?.[1];
  await until(() => read() !== undefined, path, waitMs);
  return Number(read());
}
