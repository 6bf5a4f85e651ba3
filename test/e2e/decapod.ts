/** The real program as a process, in a fresh folder of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { realFiles } from "../../src/port/files.ts";
import { PROGRAM } from "../support/program.ts";
import { SCALE } from "../support/scale.ts";

/** Only against a hang: a busy machine takes its time, and so does a test that is played to its full scale. */
const WAIT_MS = (SCALE === "soak" ? 90 : 4) * 60_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Folder {
  readonly path: string;
  write(name: string, text: string): string;
  /** Resolves once a file of this name says something: the shell that writes it makes it a moment before. */
  has(name: string): Promise<void>;
  run(...words: readonly string[]): Promise<Ended>;
  start(...words: readonly string[]): Running;
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves once standard error holds the text. */
  says(text: string): Promise<void>;
  /** The same of standard output. */
  prints(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
  /** What it has said so far. */
  stderr(): string;
}

const made: string[] = [];
after(() => {
  for (const base of made) rmSync(base, { recursive: true, force: true });
});

/**
 * No git, no project, a home of its own; `workflows` go into .claude/workflows. Gone after the tests of the file. What is
 * started in it is killed after `waitMs`.
 */
export function freshFolder(workflows: Readonly<Record<string, string>> = {}, waitMs = WAIT_MS): Folder {
  const base = mkdtempSync(join(tmpdir(), "decapod-e2e-"));
  made.push(base);
  const path = join(base, "project");
  const home = join(base, "home");
  mkdirSync(home);
  mkdirSync(path);
  const write = (name: string, text: string) => {
    const file = join(path, name);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  for (const [name, text] of Object.entries(workflows)) write(`.claude/workflows/${name}.yaml`, text);
  const environment = environmentWith(home);
  const start = (...words: readonly string[]) => startIn(path, environment, [...PROGRAM, ...words], waitMs);
  return {
    path,
    write,
    has: (name) => appears(path, name),
    start,
    run: (...words) => start(...words).ended,
  };
}

function appears(folder: string, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(patience);
      watcher.close();
      settle();
    };
    const look = () => {
      if (realFiles.readTextIf(join(folder, name))) end(resolve);
    };
    const watcher = watch(folder, look);
    const patience = setTimeout(() => end(() => reject(new Error(`${name} has not come`))), WAIT_MS);
    look();
  });
}

export function environmentWith(home: string): NodeJS.ProcessEnv {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return {
    PATH,
    HOME: home,
    LANG: "C.UTF-8",
    TZ: "UTC",
    USER: "kim",
    ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }),
  };
}

export function startIn(
  cwd: string,
  env: NodeJS.ProcessEnv,
  [file = "", ...words]: readonly string[],
  waitMs = WAIT_MS,
): Running {
  const child = spawn(file, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const killer = setTimeout(() => {
    output.stderr += `\n(killed by its test after ${waitMs / 1000} s)\n`;
    child.kill("SIGKILL");
  }, waitMs);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(killer);
      for (const listener of listeners) listener();
      resolve({ code, signal, ...output });
    });
  });
  const holds = (name: keyof typeof output) => (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (output[name].includes(text)) resolve();
        else if (child.exitCode !== null || child.signalCode !== null)
          reject(new Error(`it ended without saying "${text}": ${output[name]}`));
        else return;
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  return { child, says: holds("stderr"), prints: holds("stdout"), ended, stderr: () => output.stderr };
}

/** Whether a program can be started here; tests that need it are skipped by its name. */
export function has(program: string, ...words: readonly string[]): boolean {
  return spawnSync(program, words, { stdio: "ignore" }).status === 0;
}
