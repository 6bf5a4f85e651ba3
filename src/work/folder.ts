import { dirname, join, resolve } from "node:path";

interface Ref {
  readonly task: string;
  readonly item?: number;
  readonly attempt: number;
}

/** The folder of one attempt under the state folder; an instance is named by its place, since keys may hold anything. */
export function attemptFolder(stateFolder: string, run: string, ref: Ref): string {
  return join(runFolder(stateFolder, run), placeName(ref), String(ref.attempt));
}

/** Of an attempt with this folder. */
export function stateFolderOf(folder: string): string {
  return resolve(folder, "../../../..");
}

export function runFolder(stateFolder: string, run: string): string {
  return join(stateFolder, "runs", run);
}

/** `TASK`, of an instance `TASK.ITEM`. */
export function placeName({ task, item }: Omit<Ref, "attempt">): string {
  return item === undefined ? task : `${task}.${item}`;
}

/**
 * The folder of a worktree, beside the state folder: Claude Code refuses to write below `.claude`, but for its own
 * `.claude/worktrees`.
 */
export function worktreeFolder(stateFolder: string, run: string, name: string): string {
  return join(worktreesOf(stateFolder, run), name);
}

export function worktreesOf(stateFolder: string, run: string): string {
  return join(allWorktrees(stateFolder), run);
}

export function allWorktrees(stateFolder: string): string {
  return join(dirname(stateFolder), "worktrees", "decapod");
}

/** `RUN/TASK/N`, `RUN/TASK[KEY]/N`: the name of an attempt in logs, environments and messages. */
export function attemptName(
  run: string,
  ref: { readonly task: string; readonly attempt: number },
  key: string | null,
): string {
  return `${run}/${key === null ? ref.task : `${ref.task}[${key}]`}/${ref.attempt}`;
}
