import type { Draft, Spot } from "./draft.ts";
import { waitOver } from "./wait.ts";

/** A unit's timer has fired: a retry, a quota or the pause before an iteration is over, or a wait is. */
export function unitTimerFired(draft: Draft, spot: Spot): void {
  draft.setUnit(spot, { timer: null });
  if (spot.task.kind === "wait") waitOver(draft, spot);
  else draft.next({ do: "pass", spot });
}
