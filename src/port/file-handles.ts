/** How many files, sockets and pipes this process may hold open. Node has raised its own limit as far as it may go. */
import { readFileSync } from "node:fs";

/** Infinity where the system does not tell: elsewhere than on Linux. */
export function fileHandlesMax(): number {
  try {
    const found = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return found === undefined ? Number.POSITIVE_INFINITY : Number(found);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
