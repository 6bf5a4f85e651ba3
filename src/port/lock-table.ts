/** Who holds a lock on a file, as the system tells it. Linux only: elsewhere nobody is found. */
import { readFileSync, statSync } from "node:fs";

export interface LockHolder {
  readonly pid: number;
  /** Its program's short name; "" when it cannot be told. */
  readonly name: string;
}

/** The first other process that holds one of these files for writing; null when there is none, or it cannot be told. */
export function writeLockHolder(
  paths: readonly string[],
  table: string = textOf("/proc/locks"),
): LockHolder | null {
  const files = new Set(paths.flatMap(nameInTable));
  for (const [, pid, file = ""] of table.matchAll(WRITE_LOCK)) {
    if (Number(pid) === process.pid || Number(pid) < 1 || !files.has(file)) continue;
    return { pid: Number(pid), name: textOf(`/proc/${pid}/comm`).trim() };
  }
  return null;
}

/** `1: POSIX  ADVISORY  WRITE 31044 fe:00:3037547 1073741824 1073742335`; one that waits has an arrow behind its number. */
const WRITE_LOCK = /^\d+: \S+ +\S+ +WRITE +(\d+) ([0-9a-f]+:[0-9a-f]+:\d+) /gm;

/**
 * `fe:00:3037547`: device and inode, since every disk has numbers of its own. A file system that gives its parts devices
 * of their own (btrfs) has others in the table: there nobody is found.
 */
function nameInTable(path: string): readonly string[] {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (stat === undefined) return [];
  // As Linux puts the two numbers of a device into one.
  const major = ((stat.dev >> 8n) & 0xfffn) | ((stat.dev >> 32n) & 0xfffff000n);
  const minor = (stat.dev & 0xffn) | ((stat.dev >> 12n) & 0xffffff00n);
  const [high, low] = [major, minor].map((number) => number.toString(16).padStart(2, "0"));
  return [`${high}:${low}:${stat.ino}`];
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
