/** What the work of an attempt is called in the repository: its branch, its private refs, the trailers of its commits. */

import { sha256 } from "../port/hash.ts";

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

/** Leads to the branch that the one of a run is merged into when it has succeeded; gone once that was tried. */
export function intoRef(run: string): string {
  return `refs/decapod/into/${run}`;
}

/** Leads to the branch that the one of a run was merged into. */
export function mergedRef(run: string): string {
  return `refs/decapod/merged/${run}`;
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

/** Below it the runs of one project: another one may lie in the same repository. `stateFolder` with its links followed. */
export function projectRefs(stateFolder: string): string {
  return `refs/decapod/project/${sha256(stateFolder).slice(0, 16)}/`;
}

/** What a folder or branch of this run that is called so is of; null: it is none of ours. */
export function workerOf(run: string, name: string): Worker | null {
  if (name === shortName(run)) return { run, task: null, attempt: 0 };
  const [, task, attempt] = /^[^.]+\.(.+)\.([1-9]\d*)$/.exec(name) ?? [];
  if (task === undefined || !name.startsWith(`${shortName(run)}.`)) return null;
  return { run, task, attempt: Number(attempt) };
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

/** The engine's note on a merge; `what` came into the branch. */
export function mergedNote(branch: string, what: string): string {
  return `merged into ${branch}: ${what}`;
}

/** The branch of such a note; null of any other. */
export function mergedInto(note: string): string | null {
  return /^merged into (\S+): /.exec(note)?.[1] ?? null;
}
