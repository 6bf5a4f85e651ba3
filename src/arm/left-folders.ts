/** The folders of worktrees that runs left, and why one has to stay. */
import { join } from "node:path";
import type { Problem } from "../core/problem.ts";
import { problemsText } from "../core/problems-text.ts";
import { contentOf, leftOutText } from "../git/content.ts";
import type { LeftRef } from "../git/left-refs.ts";
import { startRef, type Worker, workerBranch, workerName, workerOf } from "../git/names.ts";
import { branchOf } from "../git/repository.ts";
import { smallTextIf } from "../git/small-file.ts";
import type { WorkTree } from "../git/tree.ts";
import { isHalf, type Making, tampering, treeOf } from "../git/worktree.ts";
import { worktreeFolder, worktreesOf } from "../work/folder.ts";

export interface FolderParts extends Making {
  readonly stateFolder: string;
  readonly fileBytesMax: number;
  /** A process that works in a folder. */
  readonly processIn: (folder: string) => number | null;
}

export interface LeftFolder {
  /** null: it is called as none of ours is. */
  readonly worker: Worker | null;
  readonly tree: WorkTree;
  /** False: never finished, or somebody has deleted its files. */
  readonly isWhole: boolean;
}

/** Those that lie there, and those that git still believes in. */
export function foldersOf(parts: FolderParts, run: string, refs: readonly LeftRef[]): readonly LeftFolder[] {
  const { files, stateFolder } = parts;
  const there = files.list(worktreesOf(stateFolder, run)).map(({ name }) => name);
  const noted = refs.filter(({ kind }) => kind === "start").map(({ worker }) => workerName(worker));
  return [...new Set([...there, ...noted])].flatMap((name) => {
    const tree = treeOf(parts, worktreeFolder(stateFolder, run, name));
    const isThere = files.stat(tree.root) !== null;
    if (!isThere && !files.exists(tree.gitFolder)) return [];
    return [{ worker: workerOf(run, name), tree, isWhole: isThere && !isHalf(files, tree) }];
  });
}

export interface Reason {
  readonly why: string;
  readonly isUnmerged: boolean;
}

/** null: all that lies in it is in a commit of the run, and nobody works there. What git ignores is not looked at. */
export async function whyItStays(
  parts: FolderParts,
  { worker, tree, isWhole }: LeftFolder,
  refs: readonly LeftRef[],
): Promise<Reason | null> {
  const { files } = parts;
  if (worker === null) return stays("is no worktree of decapod's");
  const user = parts.processIn(tree.root);
  if (user !== null) return stays(`process ${user} works in it`);
  const lock = smallTextIf(files, join(tree.gitFolder, "locked"));
  if (lock !== null && !isHalf(files, tree)) return stays("is locked (git worktree unlock)");
  const pointer = smallTextIf(files, join(tree.gitFolder, "gitdir"))?.trim();
  if (pointer !== undefined && pointer !== join(tree.root, ".git")) return stays("was moved");
  if (!isWhole) return null;
  if (tampering(files, tree) !== null) return stays("its git pointer was changed");
  const branch = branchOf(files, tree.gitFolder);
  if (branch !== expectedBranch(worker, refs))
    return stays(branch === null ? "is on no branch" : `has ${branch} checked out`);
  const ref = `refs/heads/${branch}`;
  if (!refs.some(({ name, target }) => name === ref || target === ref))
    return stays(`its branch ${branch} is gone: what it stands on is not known`);
  const content = await contentOf(tree, {
    files,
    git: parts.git,
    index: join(parts.stateFolder, "git", `${workerName(worker)}.left.index`),
    fileBytesMax: parts.fileBytesMax,
    base: startRef(worker),
  });
  // One that is damaged says nothing of the others.
  if (!content.ok) return stays(notSeen(content.problems));
  const { leftOut, tree: held } = content.value;
  if (leftOut.length > 0) return unsaved(`holds what was not saved: ${leftOutText(leftOut)}`);
  return refs.some((ref) => ref.tree === held) ? null : unsaved("was changed since it was saved");
}

function expectedBranch(worker: Worker, refs: readonly LeftRef[]): string {
  const named = worker.task === null ? refs.find(({ kind }) => kind === "named") : undefined;
  return named?.target.replace(/^refs\/heads\//, "") ?? workerBranch(worker);
}

export function notSeen(problems: readonly Problem[]): string {
  return `cannot be looked at: ${problemsText(problems)}`;
}

function stays(why: string): Reason {
  return { why, isUnmerged: false };
}

function unsaved(why: string): Reason {
  return { why, isUnmerged: true };
}
