/** As many attempts at once as the file handles of a spawn host are enough for; the others wait in the queue. */
import type { Problem } from "../core/problem.ts";
import { fileHandlesMax } from "../port/file-handles.ts";

/** What a host holds open without any child, with some to spare. */
const IDLE_HANDLES = 40;
/** Of one child: two pipes, its log, its standard output. */
const CHILD_HANDLES = 4;

export interface Slots {
  readonly slots: number;
  readonly notices: readonly Problem[];
}

export function slotsHere(asked: number): Slots {
  return slotsWithin(asked, fileHandlesMax());
}

export function slotsWithin(asked: number, handles: number): Slots {
  const slots = Math.max(1, Math.floor((handles - IDLE_HANDLES) / CHILD_HANDLES));
  if (asked <= slots) return { slots: asked, notices: [] };
  const message = `${slots} attempts run at once instead of ${asked}: this process may hold ${handles} files open`;
  return { slots, notices: [{ code: "W_FDS", message, hint: "raise the limit: ulimit -n 4096" }] };
}
