/** Worktrees: made from a commit on a branch of their own, looked at before use, removed when nothing is lost by it. */
import { dirname, join } from "node:path";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { Files } from "../port/files.ts";
import type { Git } from "./git.ts";
import { branchRef, projectRefs, startRef, type Worker, workerBranch } from "./names.ts";
import { branchAt, commitAt, isWithin, type Repository, refAt, writeRefs } from "./repository.ts";
import { smallTextIf } from "./small-file.ts";
import type { WorkTree } from "./tree.ts";

export interface Making {
  readonly git: Git;
  readonly files: Files;
  readonly repository: Repository;
}

/** Where a worker's files lie; nothing is read. Its name makes the place under .git/worktrees known without a record. */
export function treeOf({ files, repository }: Making, folder: string): WorkTree {
  const { common } = repository;
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  const parent = dirname(folder);
  const root = files.exists(parent) ? join(files.realPath(parent), name) : folder;
  return { gitFolder: join(common, "worktrees", name), common, root };
}

/** Made, or found as an engine left it that died: then it goes on. `branch`: which one is checked out. */
export async function makeWorktree(
  making: Making,
  worker: Worker,
  {
    folder,
    start,
    branch = workerBranch(worker),
  }: { readonly folder: string; readonly start: string; readonly branch?: string },
): Promise<Result<WorkTree>> {
  const { git, files, repository } = making;
  const { common } = repository;
  return git.alone(common, async () => {
    files.makeFolder(dirname(folder));
    const tree = treeOf(making, folder);
    const begun = await refAt(git, repository.tree, startRef(worker));
    if (!begun.ok) return begun;
    if (begun.value !== null && files.exists(folder) && !isHalf(files, tree)) return untampered(files, tree);
    await clearAway(making, tree);
    // A run has begun with its branch, long before its worktree.
    const isNoted = worker.task === null && begun.value !== null;
    const noting = ["update-ref", "--no-deref", startRef(worker), start];
    const noted = isNoted ? begun : await git.read(repository.tree, noting);
    if (!noted.ok) return noted;
    // That of a run is taken as it stands: it may have moved since it was looked at.
    const which =
      worker.task === null ? ["--", tree.root, branch] : ["--no-track", "-B", branch, "--", tree.root, start];
    const argv = ["worktree", "add", "--quiet", ...which];
    const made = await git.read(repository.tree, argv, { timeoutMs: ADD_MS });
    return made.ok ? untampered(files, tree) : made;
  });
}

/** A checkout of 200,000 files takes its time. */
const ADD_MS = 900_000;

/** As git marks one while it writes the files: the engine died meanwhile, and nobody has worked in it. */
export function isHalf(files: Files, tree: WorkTree): boolean {
  return smallTextIf(files, join(tree.gitFolder, "locked"))?.trim() === "initializing";
}

function untampered(files: Files, tree: WorkTree): Result<WorkTree> {
  const problem = tampering(files, tree);
  return problem === null ? good(tree) : bad(problem);
}

/**
 * What is left of one that was never finished, or whose folder somebody has deleted. No `git worktree prune`: it forgets
 * those of a person too, on a disk that is not there now.
 */
export async function clearAway({ git, files }: Making, tree: WorkTree): Promise<void> {
  if (!files.exists(tree.root) && !files.exists(tree.gitFolder)) return;
  await git.released(join(tree.gitFolder, "index.lock"));
  files.removeTree(tree.root);
  files.removeTree(tree.gitFolder);
}

/** G6: where git would be led to, compared with where we put it. Links are not followed. */
export function tampering(files: Files, tree: WorkTree): Problem | null {
  const pointer = join(tree.root, ".git");
  const isFile = files.stat(pointer)?.kind === "file";
  const isOurs =
    isFile &&
    smallTextIf(files, pointer) === `gitdir: ${tree.gitFolder}\n` &&
    files.stat(tree.gitFolder)?.kind === "folder" &&
    smallTextIf(files, join(tree.gitFolder, "gitdir")) === `${pointer}\n` &&
    smallTextIf(files, join(tree.gitFolder, "commondir")) === "../..\n" &&
    files.stat(tree.root)?.kind === "folder";
  if (isOurs) return null;
  return {
    code: "E_WORKTREE_TAMPERED",
    message: `the git pointer of the worktree ${tree.root} was changed: it no longer leads to ${tree.gitFolder}`,
    hint: "nothing of it is committed or removed; look at it, then delete the folder by hand",
  };
}

/**
 * Removes it with its branch; whoever calls has proven that its content lies in a commit of ours. A branch that holds
 * more than `within` stays. `named`: a ref that leads to it, which goes with it.
 */
export async function removeWorktree(
  { git, files, repository }: Making,
  tree: WorkTree,
  branch: { readonly name: string; readonly within: string; readonly named?: string } | null,
): Promise<Result<"removed" | "branch kept">> {
  return git.alone(repository.common, async () => {
    if (files.exists(tree.root)) {
      const problem = tampering(files, tree);
      if (problem !== null) return bad(problem);
      const removed = await git.read(repository.tree, [
        "worktree",
        "remove",
        "--force",
        "--force",
        "--",
        tree.root,
      ]);
      if (!removed.ok) return removed;
    }
    if (branch === null) return good("removed");
    const ref = `refs/heads/${branch.name}`;
    const tip = await refAt(git, repository.tree, ref);
    if (!tip.ok) return tip;
    if (tip.value === null) return good("removed");
    const isKnown = await isWithin(git, repository.tree, tip.value, branch.within);
    if (!isKnown.ok) return isKnown;
    if (!isKnown.value) return good("branch kept");
    const names = branch.named === undefined ? [] : [`delete ${branch.named}`];
    const gone = await writeRefs(git, repository.tree, [`delete ${ref} ${tip.value}`, ...names]);
    return gone.ok ? good("removed") : gone;
  });
}

export interface RunBranch {
  readonly run: string;
  /** Who works there: the run itself, or one inside it. */
  readonly by: string;
  readonly branch: string;
  /** What it is made from when there is none of that name; null: HEAD of the project. */
  readonly base: string | null;
}

/** The run's branch: as it stands, else made. The first time it is noted what the run began from. */
export async function runBranch(
  { git, files, repository, stateFolder }: Making & { readonly stateFolder: string },
  { run, by, branch, base }: RunBranch,
): Promise<Result<string>> {
  const { tree, common } = repository;
  const worker: Worker = { run, task: null, attempt: 0 };
  return git.alone(common, async () => {
    const ref = `refs/heads/${branch}`;
    const project = projectRefs(files.realPath(stateFolder));
    const known = await branchAt(git, tree, branch);
    if (!known.ok) return known;
    const begun = await refAt(git, tree, startRef(worker));
    if (!begun.ok) return begun;
    if (known.value !== null && begun.value !== null && by === run) return good(known.value);
    const start = known.value === null ? await commitAt(git, tree, base ?? "HEAD") : good(known.value);
    if (!start.ok) return start;
    const noted = await writeRefs(git, tree, [
      ...(known.value === null ? [`create ${ref} ${start.value}`] : []),
      ...(begun.value === null ? [`create ${startRef(worker)} ${start.value}`] : []),
      ...[...new Set([run, by])].map((one) => `update ${project}${one} ${start.value}`),
    ]);
    if (!noted.ok) return noted;
    const named = await git.read(tree, ["symbolic-ref", branchRef(run), ref]);
    return named.ok ? start : named;
  });
}
