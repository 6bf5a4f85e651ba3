/** What is asked of the journal again at the next look: it must not be forgotten before. */
import { idOf, type TaskFolders } from "./task-folders.ts";
import { lastRunOf, type RunsById } from "./task-run.ts";

/**
 * The last runs of what lies in `pending` and `in-progress`. Without its run a file that a crash left there would be
 * one that nobody has begun, and what it asks for would be done a second time.
 */
export function wantedRuns(folders: TaskFolders, runs: RunsById): ReadonlySet<string> {
  const files = (["pending", "in-progress"] as const).flatMap((folder) => folders.list(folder));
  return new Set(files.flatMap((file) => lastRunOf(runs, idOf(file)).row?.run ?? []));
}
