import { spawnSync } from "node:child_process";

/** `node -e 0` on the machine for which bounds were set, ms (docs/decisions/13-bench-gates.md). */
export const BARE_NODE_MS = 20.5;

/** By how much this machine is slower than that one now; at least 1. */
export function slowness(): number {
  const starts = Array.from({ length: TRIES }, () => {
    const began = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    return performance.now() - began;
  });
  return Math.max(1, Math.min(...starts) / BARE_NODE_MS);
}

const TRIES = 5;
/** Beside busy neighbours a processor is slower for a while, and its time with it. */
const TRIES_MAX = 40;

/** Milliseconds of processor time that this process has had: unlike the time on the wall, other processes take none of it. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Code whose branches are counted is not compiled as it is otherwise. */
export const SLOWED = process.env.NODE_V8_COVERAGE === undefined ? 1 : 10;

/**
 * Milliseconds of processor time that a call takes at least, in this process, once it is warm. Several measurements of
 * something that always succeeds: the least of them is what the work costs, the others also hold what the compiler, the
 * collector of garbage and other threads did meanwhile. `enoughMs`: no more has to be known once it took less. A call
 * that fails is not tried again.
 */
export function leastMs(call: () => void, enoughMs: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < (least < enoughMs ? TRIES : TRIES_MAX); attempt += 1) {
    const before = processorMs();
    call();
    least = Math.min(least, processorMs() - before);
  }
  return least;
}
