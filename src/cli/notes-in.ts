import type { Event } from "../core/event.ts";

/** What is known of an attempt, or of the pass that a child was, beside how it ended. */
export function notesIn(event: Event): readonly string[] {
  if (event.type === "attempt.ended") return event.outcome.notes ?? [];
  return event.type === "child.ended" ? (event.notes ?? []) : [];
}
