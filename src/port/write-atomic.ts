/** Files that are there whole or not at all. */
import {
  closeSync,
  constants,
  fchmodSync,
  fsync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

let temporaryCount = 0;

/** And on the disk when it returns. */
export function writeAtomic(path: string, data: Uint8Array | string, mode?: number): void {
  put(path, (descriptor) => {
    fill(descriptor, data, mode);
    fsyncSync(descriptor);
  });
  syncFolder(dirname(path));
}

/** For what means nothing once the machine has stopped: whoever reads it sees it whole, and nothing waits for the disk. */
export function writeWhole(path: string, data: Uint8Array | string): void {
  put(path, (descriptor) => fill(descriptor, data));
}

/** A symbolic link, also where another one was; two who write it at once do not meet. */
export function linkWhole(target: string, path: string): void {
  const temporary = temporaryOf(path);
  rmSync(temporary, { force: true });
  symlinkSync(target, temporary);
  inPlace(temporary, path, () => {});
}

function put(path: string, write: (descriptor: number) => void): void {
  const temporary = temporaryOf(path);
  const descriptor = openNew(temporary);
  inPlace(temporary, path, () => {
    try {
      write(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** What is half made gets its name once it is whole, or goes. */
function inPlace(temporary: string, path: string, complete: () => void): void {
  try {
    complete();
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** As writeAtomic; what waits for the disk does so in the thread pool. */
export async function writeAtomicLater(
  path: string,
  data: Uint8Array | string,
  mode?: number,
): Promise<void> {
  const temporary = temporaryOf(path);
  const descriptor = openNew(temporary);
  try {
    try {
      fill(descriptor, data, mode);
      await syncLater(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  await syncFolderLater(dirname(path));
}

function temporaryOf(path: string): string {
  temporaryCount += 1;
  return join(dirname(path), `.${basename(path).slice(0, 200)}.${process.pid}-${temporaryCount}.tmp`);
}

/** The file that a name in its folder is written for; null of one that no write left half done. */
export function halfWrittenFor(name: string): string | null {
  return /^\.(.+)\.\d+-\d+\.tmp$/s.exec(name)?.[1] ?? null;
}

function openNew(temporary: string): number {
  // What a killed process with our number left behind is ours to replace.
  rmSync(temporary, { force: true });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  return openSync(temporary, flags, 0o600);
}

function fill(descriptor: number, data: Uint8Array | string, mode?: number): void {
  if (mode !== undefined) fchmodSync(descriptor, mode);
  writeAll(descriptor, data, null);
}

export function syncFolder(path: string): void {
  const descriptor = openFolder(path);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

async function syncFolderLater(path: string): Promise<void> {
  const descriptor = openFolder(path);
  try {
    await syncLater(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function openFolder(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
}

function syncLater(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(descriptor, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** A write may take only a part: on a full disk, or on a pipe. */
export function writeAll(descriptor: number, data: Uint8Array | string, position: number | null): void {
  const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
  for (let count = 0; count < bytes.length; ) {
    const at = position === null ? null : position + count;
    count += writeSync(descriptor, bytes, count, bytes.length - count, at);
  }
}
