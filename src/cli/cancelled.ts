/** Who cancelled a run, and what was said of it: the journal alone keeps that. */
import { instant } from "../core/calendar.ts";
import type { RunRow } from "../host/host.ts";
import type { Reader } from "./application.ts";

/** What the journal holds where no reason was given. */
export const NO_REASON = "decapod cancel";

export interface Cancelled {
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
}

/** The first time since the run was last reopened: what is asked again after it only skips its hooks. */
export function cancelledOf(reader: Reader, { run, status }: RunRow): Cancelled | null {
  if (status === "success") return null;
  let found: Cancelled | null = null;
  for (const { event, at } of reader.entries(run)) {
    if (event.type === "run.reopened") found = null;
    if (event.type !== "run.cancelled" || found !== null) continue;
    const { by, reason } = event;
    found = { by, at: instant(at), reason: reason === NO_REASON ? null : reason };
  }
  return found;
}
