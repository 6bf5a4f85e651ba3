/** Who holds a lock on a file, as the system tells it. Linux only: elsewhere nobody is found. */
import { readFileSync, statSync } from "node:fs";

export interface LockHolder {
  readonly pid: number;
  /** Its program's short name; "" when it cannot be told. */
  readonly name: string;
}

/** The first other process that holds one of these files for writing; null when there is none, or it cannot be told. */
export function writeLockHolder(paths: readonly string[]): LockHolder | null {
  const inodes = new Set(paths.flatMap((path) => statSync(path, { throwIfNoEntry: false })?.ino ?? []));
  for (const [, pid, inode] of textOf("/proc/locks").matchAll(WRITE_LOCK)) {
    if (Number(pid) === process.pid || Number(pid) < 1 || !inodes.has(Number(inode))) continue;
    return { pid: Number(pid), name: textOf(`/proc/${pid}/comm`).trim() };
  }
  return null;
}

/** `1: POSIX  ADVISORY  WRITE 31044 fe:00:3037547 1073741824 1073742335`; one that waits has an arrow behind its number. */
const WRITE_LOCK = /^\d+: \S+ +\S+ +WRITE +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /gm;

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
