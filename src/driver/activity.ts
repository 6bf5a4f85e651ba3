/**
 * Watches what a child prints for signs of life: the latest line for the board, at most every so often; how long it has
 * been silent; and whether what it prints is anything new. Bytes alone are no progress: the same few lines again and
 * again leave the idle limit running.
 */
import type { Clock } from "../port/clock.ts";
import { safeLine } from "../work/terminal.ts";

export interface ActivityEvents {
  output(line: string): void;
  /** No output for this long; told once for each silence. */
  quiet(quietMs: number): void;
  idle(reason: "idle" | "stuck"): void;
}

export interface ActivityOptions {
  readonly progressMs: number;
  readonly quietMs: number;
  readonly idleTimeoutMs: number | null;
}

export interface Activity {
  printed(stream: 1 | 2, data: Uint8Array): void;
  /** The last line of standard error, or of standard output where nothing came there: many programs complain on it. */
  lastWords(): string;
  end(): void;
}

/** As much of the end of the output as a line is searched in. */
const TAIL_BYTES = 2_048;
const RECENT_LINES = 8;
const LINES_LOOKED_AT = 3;

export function watchActivity(options: ActivityOptions, clock: Clock, events: ActivityEvents): Activity {
  const tails: Record<1 | 2, Uint8Array> = { 1: Buffer.alloc(0), 2: Buffer.alloc(0) };
  /** Of the line that has not ended yet. */
  const openBytes: Record<1 | 2, number> = { 1: 0, 2: 0 };
  const isAnyNew = lineMemory();
  let latest: 1 | 2 = 1;
  let byteAt = clock.monotonic();
  let newAt = byteAt;
  let isLookSet = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const cancels = new Map<string, () => void>();
  const set = (name: string, delayMs: number, call: () => void) => {
    cancels.get(name)?.();
    cancels.set(name, clock.after(delayMs, call));
  };
  const look = () => {
    isLookSet = false;
    lookedAt = clock.monotonic();
    const lines = lastLines(tails[latest], LINES_LOOKED_AT);
    const line = lines.at(-1) ?? "";
    // A line that grows is something new each time, however long it is by now.
    if (isAnyNew([...lines.slice(0, -1), `${openBytes[latest]} ${line}`])) newAt = byteAt;
    events.output(safeLine(line));
  };
  const watchQuiet = () => {
    const leftMs = byteAt + options.quietMs - clock.monotonic();
    if (leftMs > 0) return set("quiet", leftMs, watchQuiet);
    cancels.delete("quiet");
    events.quiet(clock.monotonic() - byteAt);
  };
  const watchIdle = (idleMs: number) => {
    if (isLookSet) look();
    const leftMs = newAt + idleMs - clock.monotonic();
    if (leftMs > 0) return set("idle", leftMs, () => watchIdle(idleMs));
    events.idle(byteAt > newAt ? "stuck" : "idle");
  };
  watchQuiet();
  if (options.idleTimeoutMs !== null) watchIdle(options.idleTimeoutMs);
  return {
    printed: (stream, data) => {
      if (data.length === 0) return;
      byteAt = clock.monotonic();
      latest = stream;
      const lineEnd = Math.max(data.lastIndexOf(0x0a), data.lastIndexOf(0x0d));
      openBytes[stream] = lineEnd === -1 ? openBytes[stream] + data.length : data.length - lineEnd - 1;
      tails[stream] = keepEnd(tails[stream], data);
      if (!cancels.has("quiet")) watchQuiet();
      if (isLookSet) return;
      const waitMs = lookedAt + options.progressMs - byteAt;
      isLookSet = true;
      if (waitMs <= 0) look();
      else set("look", waitMs, look);
    },
    lastWords: () => safeLine(lastLines(tails[2], 1)[0] ?? lastLines(tails[1], 1)[0] ?? ""),
    end: () => {
      for (const cancel of cancels.values()) cancel();
      if (isLookSet) look();
    },
  };
}

/** Tells whether one of the lines is not among the last few different ones. */
function lineMemory(): (lines: readonly string[]) => boolean {
  const recent: string[] = [];
  return (lines) => {
    const fresh = lines.filter((line) => !recent.includes(line));
    recent.push(...fresh);
    recent.splice(0, Math.max(0, recent.length - RECENT_LINES));
    return fresh.length > 0;
  };
}

function keepEnd(tail: Uint8Array, data: Uint8Array): Uint8Array {
  if (data.length >= TAIL_BYTES) return Uint8Array.from(data.subarray(data.length - TAIL_BYTES));
  return Buffer.concat([tail.subarray(Math.max(0, tail.length + data.length - TAIL_BYTES)), data]);
}

/** Oldest first; a line that is not ended yet counts, an empty one does not. */
function lastLines(tail: Uint8Array, count: number): readonly string[] {
  const lines = Buffer.from(tail)
    .toString("utf8")
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== "");
  return lines.slice(-count);
}
