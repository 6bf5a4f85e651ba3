/** Files that are there whole or not at all. */
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

let temporaryCount = 0;

/** And on the disk when it returns. */
export function writeAtomic(path: string, data: Uint8Array | string, mode?: number): void {
  put(path, (descriptor) => {
    if (mode !== undefined) fchmodSync(descriptor, mode);
    writeAll(descriptor, data, null);
    fsyncSync(descriptor);
  });
  syncFolder(dirname(path));
}

/** For what means nothing once the machine has stopped: whoever reads it sees it whole, and nothing waits for the disk. */
export function writeWhole(path: string, data: Uint8Array | string): void {
  put(path, (descriptor) => writeAll(descriptor, data, null));
}

function put(path: string, fill: (descriptor: number) => void): void {
  temporaryCount += 1;
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path).slice(0, 200)}.${process.pid}-${temporaryCount}.tmp`);
  // What a killed process with our number left behind is ours to replace.
  rmSync(temporary, { force: true });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = openSync(temporary, flags, 0o600);
  try {
    try {
      fill(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

export function syncFolder(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A write may take only a part: on a full disk, or on a pipe. */
export function writeAll(descriptor: number, data: Uint8Array | string, position: number | null): void {
  const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
  for (let count = 0; count < bytes.length; ) {
    const at = position === null ? null : position + count;
    count += writeSync(descriptor, bytes, count, bytes.length - count, at);
  }
}
