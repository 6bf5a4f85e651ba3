/** The record of what the spawn hosts started and how it ended: one JSON object a line, written by hosts alone. */
import type { Files } from "../port/files.ts";
import type { ProcessTable } from "../port/process-table.ts";
import {
  type BeginLine,
  type ExitFrame,
  type ExitLogLine,
  parseFrame,
  type RefusedFrame,
} from "./spawn-host-frames.ts";

export interface RecordedStart {
  readonly pid: number;
  readonly startTime: string;
  readonly host: number;
  readonly hostStartTime: string;
}

export interface RecordedAttempt {
  /** A host was about to start it, so that there may have been a process even where its start is not on record. */
  readonly wasBegun: boolean;
  readonly start: RecordedStart | null;
  readonly end: ExitFrame | RefusedFrame | null;
}

/** Reads the log piece by piece, as it grows. */
export interface ExitLog {
  /** Reads what is new. */
  refresh(): void;
  find(id: string): RecordedAttempt;
}

const PIECE_BYTES = 1024 * 1024;
const NEVER: RecordedAttempt = { wasBegun: false, start: null, end: null };

export function readExitLog(path: string, files: Files): ExitLog {
  const attempts = new Map<string, RecordedAttempt>();
  let position = 0;
  let rest: Uint8Array = new Uint8Array(0);
  const take = (line: ExitLogLine | BeginLine) => {
    const id = line.kind === "begin" ? line.attempt : line.id;
    if (typeof id === "string") attempts.set(id, withLine(attempts.get(id) ?? NEVER, line));
  };
  const refresh = () => {
    if (!files.exists(path)) return;
    const file = files.open(path, "read");
    try {
      for (let piece = file.read(position, PIECE_BYTES); piece.length > 0; ) {
        position += piece.length;
        const bytes = Buffer.concat([rest, piece]);
        const end = bytes.lastIndexOf(0x0a) + 1;
        rest = bytes.subarray(end);
        for (const text of bytes.subarray(0, end).toString("utf8").split("\n")) {
          const line = parseFrame<ExitLogLine | BeginLine>(text);
          if (line !== null) take(line);
        }
        piece = file.read(position, PIECE_BYTES);
      }
    } finally {
      file.close();
    }
  };
  refresh();
  return { refresh, find: (id) => attempts.get(id) ?? NEVER };
}

function withLine(before: RecordedAttempt, line: ExitLogLine | BeginLine): RecordedAttempt {
  if (line.kind === "begin") return { ...before, wasBegun: true };
  return line.kind === "started"
    ? { wasBegun: true, start: line, end: null }
    : { ...before, wasBegun: true, end: line };
}

/** What became of an attempt that an earlier engine began. */
export type Settled =
  | { readonly kind: "ended"; readonly end: ExitFrame | RefusedFrame }
  | { readonly kind: "running"; readonly start: RecordedStart }
  | { readonly kind: "lost" };

/** Running means: the process is the one that was started, and the host that will see its exit lives too. */
export function settleAttempt(id: string, log: ExitLog, table: ProcessTable): Settled {
  const { start, end } = log.find(id);
  if (end !== null) return { kind: "ended", end };
  if (start === null) return { kind: "lost" };
  const isAlive = table.row(start.host)?.startTime === start.hostStartTime;
  return isAlive ? { kind: "running", start } : { kind: "lost" };
}

/** Its own process lives, or the host that has not recorded its exit yet. */
export function mayBeAtIt(id: string, log: ExitLog, table: ProcessTable): boolean {
  const { start, end } = log.find(id);
  if (start === null || end !== null) return false;
  const isAlive = (pid: number, startTime: string) => table.row(pid)?.startTime === startTime;
  return isAlive(start.pid, start.startTime) || isAlive(start.host, start.hostStartTime);
}
