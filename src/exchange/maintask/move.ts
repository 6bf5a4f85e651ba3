/** A change of MAIN_TASK as the journal keeps it: a line of its own for each, numbered by stream, chained like all. */
import { instant, instantMs } from "../../core/calendar.ts";
import { isMap, type JsonMap } from "../../core/json.ts";
import type { Cursor, CursorStatus } from "./cursor.ts";

/** What kind of audit line it is. */
export const MOVED = "cursor.moved";

/** Who moved it: a command, somebody who wrote the file, or a loop that put it back. */
export type Mover = "command" | "file" | "loop";

export interface Move extends Cursor {
  readonly stream: string | null;
  /** From 1, without gaps. */
  readonly revision: number;
  /** Wall time, ms since the epoch. */
  readonly at: number;
  readonly by: Mover;
  /** `RUN/TASK/N` of the attempt in which it was moved; null: none. */
  readonly attempt: string | null;
}

/** Whether it was made in an attempt of this run. */
export function isOfRun({ attempt }: Move, run: string): boolean {
  return attempt?.startsWith(`${run}/`) === true;
}

/** With what every line of a stream begins. */
export function moveStart(stream: string | null): string {
  return `{"stream":${JSON.stringify(stream)},`;
}

export function moveDetail({ stream, revision, at, by, attempt, status, next, task, focus }: Move): string {
  return JSON.stringify({ stream, revision, at: instant(at), by, attempt, status, next, task, focus });
}

/** Of a line of the journal, which nobody else writes. */
export function moveOf(detail: string): Move {
  const said: unknown = JSON.parse(detail);
  const map: JsonMap = isMap(said as JsonMap) ? (said as JsonMap) : {};
  const text = (name: string) => (typeof map[name] === "string" ? map[name] : null);
  return {
    stream: text("stream"),
    revision: Number(map.revision),
    at: instantMs(text("at") ?? "") ?? 0,
    by: (text("by") ?? "command") as Mover,
    attempt: text("attempt"),
    status: (text("status") ?? "blocked") as CursorStatus,
    next: text("next") ?? "",
    task: text("task"),
    focus: text("focus"),
  };
}
