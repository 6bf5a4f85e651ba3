/** What was brought where before: the newest success of a task that was looked at and has the same target. */
import type { Entry } from "../core/event.ts";
import type { Store } from "./embedded/store.ts";

const EARLIER_RUNS = 300;
/** The loop stands while they are looked through: a fraction of a second. What lies further back is not known. */
const ENTRIES_MAX = 300_000;

/** The commit; null: none of the runs that are kept brought anything there. */
export function lastCommitAt(store: Journal, target: string): string | null {
  const named = `"target":${JSON.stringify(target)}`;
  let left = ENTRIES_MAX;
  for (const { run, rehearse, sequence } of store.runs({ limit: EARLIER_RUNS })) {
    left -= sequence;
    if (left < 0) return null;
    // Few runs deploy: only what names the target is read and verified.
    const commit = rehearse || !store.tells(run, named) ? null : commitIn(store, run, target);
    if (commit !== null) return commit;
  }
  return null;
}

export type Journal = Pick<Store, "runs" | "entries" | "tasks" | "tells">;

/** Of tasks that came to success in the end: an attempt's success may be that of a repair, or miss its criteria. */
function commitIn(store: Journal, run: string, target: string): string | null {
  const found = lookedAt(store.entries(run), target);
  if (found.size === 0) return null;
  const done = store.tasks(run).filter(({ task, status }) => status === "success" && found.has(task));
  const latest = done.sort((one, other) => (one.endedAt ?? 0) - (other.endedAt ?? 0)).at(-1);
  return latest === undefined ? null : (found.get(latest.task) ?? null);
}

/** Task → the commit that was found for it last. */
function lookedAt(entries: readonly Entry[], target: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { event } of entries) {
    const seen =
      event.type === "task.measured"
        ? event.found
        : event.type === "attempt.ended"
          ? event.outcome.stale
          : undefined;
    const isOfTarget = seen?.target === target && seen.commit !== null;
    if (isOfTarget && "task" in event) found.set(event.task, seen.commit as string);
  }
  return found;
}
