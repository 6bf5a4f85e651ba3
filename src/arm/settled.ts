/** What became of the work of an attempt, and the words in which it is told. */
import { relative } from "node:path";
import type { AttemptOutcome } from "../core/event.ts";
import { type Failure, failure } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import { type DiffStat, type FileChange, statText } from "../git/diff.ts";
import { mergedNote } from "../git/names.ts";

export type Settled =
  /** Unchanged: it was to change something, and holds what it began with. */
  | { readonly kind: "nothing" | "unchanged"; readonly leftOut: string }
  | { readonly kind: "merged"; readonly branch: string; readonly stat: DiffStat; readonly leftOut: string }
  /** Left on a branch of its own. */
  | { readonly kind: "apart"; readonly branch: string; readonly stat: DiffStat; readonly leftOut: string }
  | {
      readonly kind: "conflict";
      readonly branch: string;
      readonly into: string;
      readonly paths: readonly string[];
    };

export const UNCHANGED = failure(
  "nothing_changed",
  "it says that it is done, and its worktree is as it was; its task says what it writes (touches)",
);

/** The words of formats.md 7. */
export function conflictOf({ branch, into, paths }: Settled & { readonly kind: "conflict" }): Failure {
  const files = paths.slice(0, PATHS_TOLD_MAX).map(oneLine).join(", ");
  const more = paths.length > PATHS_TOLD_MAX ? ` and ${paths.length - PATHS_TOLD_MAX} more` : "";
  const told = `Merge conflict detected, please resolve: ${files}${more} (branch ${branch} into ${into})`;
  return failure("git_merge_conflict", told);
}

const PATHS_TOLD_MAX = 20;

/** The run's branch cannot be moved. */
export function checkedOutElsewhere(branch: string, place: string): Problem {
  return {
    code: "E_GIT",
    message: `the run's branch ${branch} is checked out in ${place}, so it cannot be moved`,
    hint: "switch to another branch there, then retry the run",
  };
}

/** The run's worktree is not on its branch; null: on none. */
export function notOnBranch(root: string, branch: string | null, wanted: string): Problem {
  const where = branch === null ? "on no branch" : `on the branch ${branch.slice(0, BRANCH_TOLD_MAX)}`;
  return {
    code: "E_GIT",
    message: `the run's worktree ${root} is ${where}, not on ${wanted}, so its work is not merged`,
    hint: `switch back: git -C ${root} switch ${wanted}, then retry the run`,
  };
}

const BRANCH_TOLD_MAX = 200;

export function notesOf(settled: Exclude<Settled, { readonly kind: "conflict" }>): readonly string[] {
  const left = leftOutNote(settled.leftOut);
  if (!("stat" in settled)) return left;
  const what = statText(settled.stat);
  const { kind, branch } = settled;
  return [kind === "merged" ? mergedNote(branch, what) : `left on ${branch}: ${what}`, ...left];
}

export function leftOutNote(leftOut: string): readonly string[] {
  return leftOut === "" ? [] : [`not committed: ${leftOut}`];
}

/** First line of a commit. */
export function titleOf(task: string, key: string | null): string {
  return key === null ? task : `${task}[${oneLine(key)}]`;
}

/** A name that somebody chose goes into one line. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, " ").slice(0, LINE_MAX);
}

const LINE_MAX = 100;

/** In a journal a longer list has no place. */
const PATHS_LISTED_MAX = 1_000;

export function pathsIn(
  changes: readonly FileChange[],
  prefix: string,
): { readonly paths?: readonly string[] } {
  if (changes.length > PATHS_LISTED_MAX) return {};
  return { paths: changes.map(({ path }) => relative(prefix, path)).sort() };
}

export function withFailure(outcome: AttemptOutcome, failed: Failure): AttemptOutcome {
  return { ...outcome, status: "failed", failure: failed };
}

export function withNotes(outcome: AttemptOutcome, notes: readonly string[]): AttemptOutcome {
  return notes.length === 0 ? outcome : { ...outcome, notes: [...(outcome.notes ?? []), ...notes] };
}

export function noProject(projectRoot: string, prefix: string): Problem {
  return {
    code: "E_GIT",
    message: `the project ${projectRoot} is not in the commit that the worktree starts from (${prefix})`,
    hint: "commit it first",
  };
}
