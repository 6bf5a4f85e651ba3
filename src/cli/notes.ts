/** What there is to know of attempts beside how they ended: what the journal keeps of it, and a silence now. */
import { LIMITS, type Limits, most } from "../core/limits.ts";
import { headBytes } from "../driver/log-head.ts";
import { quietText } from "../driver/process-run.ts";
import { HOST_DEFAULTS } from "../driver/spawn-host-frames.ts";
import type { Reader } from "./application.ts";
import { notesIn } from "./notes-in.ts";

/** Of an attempt as the journal names it: its notes once it has ended. */
export type Notes = (task: string, item: number | null, attempt: number) => readonly string[];

export function notesOf(reader: Reader, run: string): Notes {
  const found = new Map<string, readonly string[]>();
  for (const { event } of reader.entries(run)) {
    const notes = notesIn(event);
    if (notes.length > 0 && "attempt" in event)
      found.set(placeOf(event.task, event.item ?? null, event.attempt), notes);
  }
  return (task, item, attempt) => found.get(placeOf(task, item, attempt)) ?? [];
}

function placeOf(task: string, item: number | null, attempt: number): string {
  return `${task}/${item ?? ""}/${attempt}`;
}

/** When and where things are looked at. */
export interface Moment {
  readonly nowMs: number;
  /** Limits that the project made smaller. */
  readonly limits: Limits;
}

export interface Silence extends Moment {
  readonly startedAt: number;
  /** Of its log; null when there is none yet. */
  readonly printed: { readonly bytes: number; readonly at: number } | null;
}

/** Of a running attempt. A log that has had its first half says no more: what follows is not in it yet. */
export function silenceOf({ startedAt, printed, limits, nowMs }: Silence): readonly string[] {
  const silenceMs = nowMs - (printed?.at ?? startedAt);
  const isAllThere = (printed?.bytes ?? 0) < headBytes(most(LIMITS.logBytes, limits));
  return isAllThere && silenceMs >= HOST_DEFAULTS.quietMs ? [quietText(silenceMs)] : [];
}
