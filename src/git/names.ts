/** What the work of an attempt is called in the repository: its branch, its private refs, the trailers of its commits. */

/** One attempt, or (task null) a run as a whole. `task` is `TASK` or `TASK.ITEM`: keys may hold anything, places not. */
export interface Worker {
  readonly run: string;
  readonly task: string | null;
  readonly attempt: number;
}

const RUN_LETTERS = 8;

/** Ends as people know the run (r-7k2m), and is long enough that no other run has it. */
export function shortName(run: string): string {
  return run.slice(-RUN_LETTERS);
}

/** `ab3d7k2m.build.1`; of a run `ab3d7k2m`. Its folder, its place under .git/worktrees and its branch end so. */
export function workerName({ run, task, attempt }: Worker): string {
  return task === null ? shortName(run) : `${shortName(run)}.${task}.${attempt}`;
}

export function workerBranch(worker: Worker): string {
  return `decapod/${workerName(worker)}`;
}

/** Leads to the branch of a run, whatever that is called. */
export function branchRef(run: string): string {
  return `refs/decapod/branch/${run}`;
}

/** What the work began from. */
export function startRef(worker: Worker): string {
  return `refs/decapod/start/${worker.run}/${workerName(worker)}`;
}

/** What a success left, before it was merged. */
export function workRef(worker: Worker): string {
  return `refs/decapod/work/${worker.run}/${workerName(worker)}`;
}

/** Below it one ref a snapshot, numbered: none is ever moved (G12). */
export function snapshotRefs(worker: Worker): string {
  return `refs/decapod/snapshots/${worker.run}/${workerName(worker)}/`;
}

export const ATTEMPT_TRAILER = "Decapod-Attempt";

/** `RUN/TASK/N`, an instance by its place. */
export function attemptText({ run, task, attempt }: Worker): string {
  return `${run}/${task ?? ""}/${attempt}`;
}

export function message(title: string, worker: Worker): string {
  const trailers = [
    `Decapod-Run: ${worker.run}`,
    ...(worker.task === null ? [] : [`Decapod-Task: ${worker.task}`]),
    `${ATTEMPT_TRAILER}: ${attemptText(worker)}`,
  ];
  return `${title}\n\n${trailers.join("\n")}\n`;
}
