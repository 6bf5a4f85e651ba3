/** The process itself: its streams, signals and what keeps it alive. */
import { writeSync } from "node:fs";
import { userInfo } from "node:os";
import { isatty } from "node:tty";
import type { Clock } from "./clock.ts";
import { errorCode } from "./files.ts";

export interface TextSink {
  readonly isTerminal: boolean;
  readonly columns: number | null;
  readonly rows: number | null;
  /** The system's code when something could not be written and somebody may miss it; null while all is well. */
  readonly lost: string | null;
  /** Nothing is written any more. */
  readonly isGone: boolean;
  write(text: string | Uint8Array): void;
}

/** As other processes know us. */
export const SELF = { pid: process.pid };

const OUTPUT = 1;
const ERRORS = 2;
const INPUT = 0;

/** Made when something is first written or asked: each costs a command some milliseconds that it may not need. */
const opened = new Map<number, NodeJS.WriteStream>();

/**
 * A standard stream as a sink. When it cannot be written any more, output ends and nothing else does: its reader has
 * gone (EPIPE), the terminal was closed (EIO), the disk is full.
 */
function standardSink(descriptor: number): TextSink {
  let isOpen = true;
  let lost: string | null = null;
  const isTerminal = isatty(descriptor);
  const make = () => {
    const stream = descriptor === OUTPUT ? process.stdout : process.stderr;
    stream.on("error", (error) => {
      isOpen = false;
      const code = errorCode(error);
      if (code !== "EPIPE") lost ??= code;
    });
    opened.set(descriptor, stream);
    return stream;
  };
  const stream = () => opened.get(descriptor) ?? make();
  return {
    isTerminal,
    get lost() {
      return lost;
    },
    get columns() {
      return isTerminal ? (stream().columns ?? null) : null;
    },
    get rows() {
      return isTerminal ? (stream().rows ?? null) : null;
    },
    get isGone() {
      return !isOpen;
    },
    write: (text) => {
      if (isOpen) stream().write(text);
    },
  };
}

export const standardOutput = (): TextSink => standardSink(OUTPUT);
export const standardErrors = (): TextSink => standardSink(ERRORS);

/** Whether somebody may type. */
export function isInputTerminal(): boolean {
  return isatty(INPUT);
}

/** Resolves once all that was written is out, or is known to be lost. */
export async function outputWritten(): Promise<void> {
  const written = (stream: NodeJS.WriteStream) =>
    new Promise<void>((resolve) => stream.write("", () => resolve()));
  await Promise.all([...opened.values()].map(written));
}

/**
 * Ends the process at once. At a natural end Node takes its signal handlers down first: a late ctrl-C would then end
 * the process after its last word, and not with the code that was decided.
 */
export function leave(code: number): never {
  process.exit(code);
}

export type EndSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

const told = new Set<(signal: EndSignal) => void>();
let isHeld = false;

/**
 * Gives back what ends the calls. The signals are held for the rest of the process, so that none comes too late and ends it
 * before its last word.
 */
export function onEndSignal(call: (signal: EndSignal) => void): () => void {
  told.add(call);
  if (!isHeld)
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.on(signal, () => {
        for (const one of told) one(signal);
      });
  isHeld = true;
  return () => void told.delete(call);
}

/** Whose process this is. By the system's own records: the environment says whatever its maker likes. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no record names.
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}

/** All of standard input, to its end. */
export async function readInput(): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of process.stdin) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}

const STARTER = 3;

/** A line to whoever started this process with a pipe for it; nothing where nobody did, or is left. */
export function tellStarter(line: string): void {
  try {
    writeSync(STARTER, `${line}\n`);
  } catch {
    // EBADF: called by hand. EPIPE: the other side has ended.
  }
}

const CTRL_Z = "\u001a";

/** Single keys of the terminal, which makes no signals of them meanwhile: ctrl-Z is done here, ctrl-C handed on. */
export function onKey(call: (key: string) => void): () => void {
  if (!isInputTerminal()) return () => {};
  const { stdin } = process;
  const take = (bytes: Buffer) => {
    for (const key of bytes.toString("utf8")) {
      if (key !== CTRL_Z) call(key);
      else {
        stdin.setRawMode(false);
        process.kill(0, "SIGTSTP");
      }
    }
  };
  const again = () => void stdin.setRawMode(true);
  again();
  stdin.on("data", take).resume();
  process.on("SIGCONT", again);
  return () => {
    process.off("SIGCONT", again);
    stdin.off("data", take).pause();
    stdin.setRawMode(false);
  };
}

const HOLD_MS = 3_600_000;

/** Keeps the process alive until the returned function is called: timers and sockets of the engine do not. */
export function holdOpen(clock: Clock): () => void {
  let cancel = clock.after(HOLD_MS, again, { hold: true });
  function again(): void {
    cancel = clock.after(HOLD_MS, again, { hold: true });
  }
  return () => cancel();
}

const STANDARD_OUTPUT = 1;

/** All of it, at once; waits until it is taken. For a process that prints for a program and does nothing else. */
export function printNow(text: string): void {
  const bytes = Buffer.from(text, "utf8");
  for (let at = 0; at < bytes.length; ) at += writeSync(STANDARD_OUTPUT, bytes, at);
}
