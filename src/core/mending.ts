/**
 * A repair and the try that follows it: whose failure they are about, and in whose files they work. Beside the unit's own
 * state, so that runs without repairs are as they always were.
 */
import type { Draft, Spot } from "./draft.ts";
import type { Failure } from "./outcome.ts";
import type { Purpose } from "./purpose.ts";
import type { Unit } from "./run.ts";
import type { Task } from "./workflow.ts";

/** The attempt that failed is mended, and tried again: both work where it worked. */
export function beginMending(draft: Draft, spot: Spot): void {
  const { attempt, worksIn } = draft.unit(spot);
  draft.setUnit(spot, { mends: attempt, worksIn: worksIn ?? attempt });
}

/** The try after a repair has ended, however; what follows it is no longer about that failure. */
export function endMending(draft: Draft, spot: Spot): void {
  if (draft.unit(spot).mends != null) draft.setUnit(spot, { mends: null });
}

/** Nothing of an iteration before is gone on with. */
export function forgotten({ mends, worksIn }: Unit): Pick<Unit, "mends" | "worksIn"> {
  return mends === undefined && worksIn === undefined ? {} : { mends: null, worksIn: null };
}

/** What the next attempt is for, where that is not the task alone. */
export function purposeOf({ role, mends }: Unit): Purpose {
  if (mends == null) return {};
  return role === "repair" ? { repairOf: mends } : { retryOf: mends };
}

/** How the task is called in front of people: `Build` for one that builds, else its own name. */
export function subjectOf({ id, agent }: Pick<Task, "id" | "agent">): string {
  const isBuild = [id, agent].some((name) => name.toLowerCase().split(/[-_]/).includes("build"));
  return isBuild ? "Build" : id;
}

/** The words of formats.md 7 to the person, once a repair has ended well. */
export function repairedText(task: Pick<Task, "id" | "agent">, { message }: Failure): string {
  return `${subjectOf(task)} failed due to ${causeOf(message)}, I fixed it and retrying`;
}

/** Without what the exit code adds to it, and short enough to be read in one go. */
export function causeOf(message: string): string {
  const cause = message
    .replace(/^exit \d{1,3}: /, "")
    .trim()
    .replace(/[.,;:]$/, "");
  return cause.length > CAUSE_MAX ? `${cause.slice(0, CAUSE_MAX)}…` : cause;
}

const CAUSE_MAX = 300;
