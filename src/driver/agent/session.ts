/** Going on with the session of an earlier attempt, as far as it is the same for all agents. */
import type { JsonMap } from "../../core/json.ts";
import { type Files, systemError } from "../../port/files.ts";
import { dropSession, type KeptSession, keepSession, refuseSession } from "../../work/session.ts";
import type { Outcome, Work } from "../driver.ts";

export interface SessionText extends Omit<KeptSession, "driver"> {
  /** Redacted. */
  readonly transcript: string;
}

export function sessionNotes({ session }: Work): readonly string[] {
  return session === undefined ? [] : [session.note];
}

export function sessionDetail({ session }: Work): JsonMap {
  return session === undefined ? {} : { goesOnWith: session.kept?.attempt ?? null };
}

export interface Settling {
  readonly work: Work;
  readonly outcome: Outcome;
  readonly driver: string;
  /** null: nobody can go on with it. */
  readonly text: SessionText | null;
}

/** Kept for those that follow; one that could not be gone on with is noted, so that the next attempt begins anew. */
export function settleSession(files: Files, { work, outcome, driver, text }: Settling): Outcome {
  try {
    const kept = work.session?.kept ?? null;
    // One that was taken up and had not begun says nothing of the session.
    const isRefused = outcome.neverBegan === true && kept !== null && !work.reattach;
    if (isRefused) refuseSession(files, work.folder, kept.attempt);
    // What another engine gave it to keep secret is not known here: nobody could redact it.
    if (text === null || outcome.status === "lost" || work.reattach) return outcome;
    const { transcript, ...session } = text;
    keepSession(files, work.folder, { driver, ...session }, transcript);
    return outcome;
  } catch (thrown) {
    const trouble = systemError(thrown);
    if (trouble === null) throw thrown;
    dropSession(files, work.folder);
    // What could not be noted would be tried again without end, were it not counted.
    const { neverBegan: _, ...counted } = outcome;
    return { ...counted, notes: [...outcome.notes, `its session could not be kept: ${trouble.code}`] };
  }
}
