/** How processes are started and signalled. The only importer of node:child_process. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { bad, good, type Result } from "../core/problem.ts";

/** What becomes of descriptor 0, 1, 2, …: nothing, a stream on our side, or an open descriptor of ours. */
export type Stdio = "ignore" | "pipe" | number;

export interface StartOptions {
  readonly folder: string;
  /** The complete environment of the child. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stdio: readonly Stdio[];
  /** A session and a process group of its own, so that no terminal reaches it. */
  readonly ownSession: boolean;
}

export interface StartEvents {
  started(process: StartedProcess): void;
  /** It could not be started; nothing else is called. */
  failed(error: Error): void;
  /** It ended. Its pipes may still be open. */
  exited(code: number | null, signal: string | null): void;
}

/** One end of a pipe, as a stream both ways: which way it is used is agreed by those who opened it. */
export type Pipe = Readable & Writable & { ref(): unknown; unref(): unknown };

export interface StartedProcess {
  readonly pid: number;
  /** Our side of descriptor 0, 1, 2, …; null where the child's is not a pipe. */
  readonly pipes: readonly (Pipe | null)[];
  /** The process no longer keeps ours alive. */
  release(): void;
}

export interface Spawn {
  start(argv: readonly string[], options: StartOptions, events: StartEvents): void;
  /** False when there is no such process. A negative pid means the group. 0 only asks. */
  signal(pid: number, name: NodeJS.Signals | 0): boolean;
}

export const realSpawn: Spawn = { start, signal };

function start(argv: readonly string[], options: StartOptions, events: StartEvents): void {
  const [program = "", ...words] = argv;
  let child: ChildProcess;
  try {
    child = spawn(program, words, {
      cwd: options.folder,
      env: options.environment,
      stdio: [...options.stdio],
      detached: options.ownSession,
      shell: false,
      windowsHide: true,
    });
  } catch (error) {
    // Some failures are thrown (E2BIG, ETXTBSY), others come as an event (ENOENT, EACCES, EAGAIN).
    events.failed(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  const { pid } = child;
  // Without a pid the event is the only report; with one, it is a signal that could not be sent.
  child.on("error", (error) => {
    if (pid === undefined) events.failed(error);
  });
  if (pid === undefined) return;
  child.on("exit", events.exited);
  const pipes = child.stdio.map((pipe) => (pipe ?? null) as Pipe | null);
  events.started({ pid, pipes, release: () => child.unref() });
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  // 0 and -1 mean our own group and everybody: never sent, whatever the caller computed.
  if (!Number.isSafeInteger(pid) || pid === 0 || pid === -1 || pid === 1) return false;
  try {
    return process.kill(pid, name);
  } catch {
    // ESRCH: gone. EPERM: somebody else's, so not the process we meant.
    return false;
  }
}

/** A program of the person's own at their terminal, an editor: with all that this process has, until it ends. */
export function runAtTerminal([program = "", ...words]: readonly string[]): Promise<Result<number>> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: "inherit", shell: false });
    child.once("error", (error) =>
      resolve(bad({ code: "E_NOT_FOUND", message: `${program} cannot be started (${nameOf(error)})` })),
    );
    child.once("exit", (code) => resolve(good(code ?? ENDED_BY_SIGNAL)));
  });
}

const ENDED_BY_SIGNAL = 128;

export interface CaptureOptions {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs: number;
  /** Nobody waits any longer. */
  readonly signal?: AbortSignal;
  /** For each of the two outputs; what is above fails the call. */
  readonly bytesMax: number;
}

export interface Captured {
  /** null: ended by a signal, or not started. */
  readonly code: number | null;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Why there is no exit code: the error's code, "timeout", "stopped" or "too_much_output"; null when there is one. */
  readonly trouble: string | null;
}

/** Runs a short command of the engine itself (git, a secret's command) and waits for its end. */
export function capture(argv: readonly string[], options: CaptureOptions): Promise<Captured> {
  return new Promise((resolve) => {
    const outputs: [Buffer[], Buffer[]] = [[], []];
    const sizes = [0, 0];
    let trouble: string | null = null;
    let timer: NodeJS.Timeout | null = null;
    let child: ChildProcess;
    const finish = (code: number | null) => {
      if (timer !== null) clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(outputs[0]), stderr: Buffer.concat(outputs[1]), trouble });
    };
    const stop = (why: string) => {
      trouble ??= why;
      if (child.pid !== undefined) signal(-child.pid, "SIGKILL");
      for (const pipe of child.stdio) pipe?.destroy();
    };
    try {
      const [program = "", ...words] = argv;
      child = spawn(program, words, {
        cwd: options.folder,
        env: options.environment,
        stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
        detached: true,
        shell: false,
      });
    } catch (error) {
      trouble = nameOf(error);
      finish(null);
      return;
    }
    timer = setTimeout(() => stop("timeout"), options.timeoutMs);
    options.signal?.addEventListener("abort", () => stop("stopped"));
    child.on("error", (error) => {
      trouble ??= nameOf(error);
      if (child.pid === undefined) finish(null);
    });
    child.on("close", (code, signalName) => {
      trouble ??= signalName;
      finish(trouble === null ? code : null);
    });
    for (const [index, pipe] of [child.stdout, child.stderr].entries()) {
      pipe?.on("data", (data: Buffer) => {
        sizes[index] = (sizes[index] ?? 0) + data.length;
        if (sizes[index] > options.bytesMax) stop("too_much_output");
        else outputs[index]?.push(data);
      });
    }
    // A child that does not read its input closes the pipe; that is no trouble of ours.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input);
  });
}

function nameOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return String(error);
}
