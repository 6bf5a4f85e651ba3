/**
 * Pipes that a child writes and we read as a stream. Node itself makes sockets, through which a script's
 * `echo problem > /dev/stderr` fails (ENXIO: a socket cannot be opened by name). So these are named pipes, opened at
 * both ends. One is used again only when every writer has closed it.
 */
import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
} from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Pipe } from "./spawn.ts";

export interface CapturePipe {
  readonly stream: Readable;
  /** The descriptor to start the child with. */
  readonly childEnd: number;
  /** To be called once the child is started, or was not. */
  closeChildEnd(): void;
}

export interface PipeMaker {
  /** null where named pipes cannot be made. */
  take(): CapturePipe | null;
  close(): void;
}

const PROGRAMS = ["/usr/bin/mkfifo", "/bin/mkfifo"];
const BATCH = 32;
/** Below this many the next ones are made, so that no start waits for them. */
const SPARE_MIN = 8;
const SPARE_MAX = 128;

export function pipeMaker(folder: string): PipeMaker {
  const spare: string[] = [];
  let made = 0;
  let isMaking = false;
  let isClosed = false;
  let isBroken = false;

  const nextNames = () => {
    const names = Array.from({ length: BATCH }, (_, index) => join(folder, `pipe-${made + index}`));
    made += BATCH;
    return names;
  };
  const makeLater = () => {
    if (isMaking || isClosed || isBroken) return;
    isMaking = true;
    const names = nextNames();
    makeFolder(folder);
    const child = spawn(PROGRAMS[0] as string, ["-m", "600", ...names], { stdio: "ignore", env: {} });
    child.on("error", () => {
      isMaking = false;
    });
    child.on("exit", (code) => {
      isMaking = false;
      if (code === 0) spare.push(...names);
      if (isClosed) rmSync(folder, { recursive: true, force: true });
    });
  };
  const makeNow = () => {
    const names = nextNames();
    makeFolder(folder);
    const words = ["-m", "600", ...names];
    isBroken = !PROGRAMS.some(
      (program) => spawnSync(program, words, { stdio: "ignore", env: {} }).status === 0,
    );
    if (!isBroken) spare.push(...names);
  };
  const giveBack = (path: string, isUsable: boolean) => {
    if (isUsable && !isClosed && spare.length < SPARE_MAX) spare.push(path);
    else rmSync(path, { force: true });
  };

  // Nothing is to be started yet; the first start would find the first ones half made, and make its own.
  makeNow();
  return {
    take: () => {
      if (spare.length === 0 && !isBroken && !isClosed) makeNow();
      if (spare.length < SPARE_MIN) makeLater();
      const path = spare.pop();
      return path === undefined ? null : openPipe(path, (isUsable) => giveBack(path, isUsable));
    },
    close: () => {
      isClosed = true;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** The reader first, without waiting; then the writer, which finds it and blocks as a pipe does when it is full. */
function openPipe(path: string, done: (isUsable: boolean) => void): CapturePipe | null {
  let readEnd = -1;
  try {
    readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const childEnd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    const stream = new Socket({ fd: readEnd, readable: true, writable: false });
    let sawEnd = false;
    stream.on("end", () => {
      sawEnd = true;
    });
    stream.on("close", () => done(sawEnd));
    return { stream, childEnd, closeChildEnd: () => closeSync(childEnd) };
  } catch {
    if (readEnd !== -1) closeSync(readEnd);
    try {
      unlinkSync(path);
    } catch {
      // It was never there: the folder is gone.
    }
    return null;
  }
}

/** The stream over a socket that our parent left us at this number. */
export function inheritedSocket(descriptor: number): Pipe {
  return new Socket({ fd: descriptor, readable: true, writable: true });
}

export function closeDescriptor(descriptor: number): void {
  closeSync(descriptor);
}

/**
 * Closes what the parent's parent left open by mistake and what children of ours would inherit too. Node marks its own
 * descriptors close-on-exec, and low ones it finds at start; higher ones it does not see. Linux only: elsewhere Node
 * starts children so that nothing is inherited.
 */
export function closeForeignDescriptors(): void {
  for (const name of descriptorsOf("/proc/self/fd")) {
    const flags = flagsOf(`/proc/self/fdinfo/${name}`);
    if (Number(name) > 2 && flags !== null && (flags & CLOSE_ON_EXEC) === 0) closeSync(Number(name));
  }
}

const CLOSE_ON_EXEC = 0o2000000;

function descriptorsOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function flagsOf(path: string): number | null {
  try {
    const digits = /^flags:\s*([0-7]+)$/m.exec(readFileSync(path, "utf8"))?.[1];
    return digits === undefined ? null : Number.parseInt(digits, 8);
  } catch {
    return null;
  }
}
