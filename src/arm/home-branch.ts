/** The branch that attempts start from and are merged into: what it is called, what it is made from, who moves with it. */
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { Home } from "../core/workspace-words.ts";
import { noteTarget } from "../git/into.ts";
import { startRef, type Worker, workerBranch, workerName } from "../git/names.ts";
import { branchOf, checkedOutAt, refAt } from "../git/repository.ts";
import type { WorkTree } from "../git/tree.ts";
import { type Making, runBranch, tampering, treeOf } from "../git/worktree.ts";
import { worktreeFolder } from "../work/folder.ts";
import { checkedOutElsewhere } from "./settled.ts";

export interface WorkParts extends Making {
  readonly stateFolder: string;
  readonly fileBytesMax: number;
}

/** The run itself, as one that works. */
export function runOf(home: Home): Worker {
  return { run: home.run, task: null, attempt: 0 };
}

export function branchOfHome(home: Home): string {
  return home.workspace.branch ?? workerBranch(runOf(home));
}

export function treeOfWorker(parts: WorkParts, worker: Worker): WorkTree {
  return treeOf(parts, worktreeFolder(parts.stateFolder, worker.run, workerName(worker)));
}

/** Where it stands; made when it is not there, of a called run from the branch around it. `by`: who works there. */
export async function homeBranch(parts: WorkParts, home: Home, by: string): Promise<Result<string>> {
  const { run, workspace, outer } = home;
  const around =
    workspace.base === null && outer !== null ? await homeBranch(parts, outer, run) : good(workspace.base);
  if (!around.ok) return around;
  const noted = await noteWhere(parts, home);
  if (!noted.ok) return noted;
  return runBranch(parts, { run, by, branch: branchOfHome(home), base: around.value });
}

/** Of a run at the top, before it has a branch: what that is merged into in the end. */
async function noteWhere(parts: WorkParts, home: Home): Promise<Result<unknown>> {
  const { git, files, repository } = parts;
  const { run, workspace, outer } = home;
  if (outer !== null || workspace.mode === "shared" || workspace.merge === "none") return good(null);
  const begun = await refAt(git, repository.tree, startRef(runOf(home)));
  if (!begun.ok || begun.value !== null) return begun;
  const head = branchOf(files, repository.tree.gitFolder);
  const asked = { run, branch: branchOfHome(home), base: workspace.base, head };
  return noteTarget(git, repository.tree, asked);
}

/** Moving a branch under somebody's files would show them changes that they never made. */
export function elsewhere(parts: WorkParts, home: Home): Problem | null {
  const branch = branchOfHome(home);
  const place = checkedOutAt(parts.files, parts.repository.common, branch);
  if (place === null || place === treeOfWorker(parts, runOf(home)).root) return null;
  return checkedOutElsewhere(branch, place);
}

/** The worktree of the run, when it stands on the run's branch and so has to move with it. */
export function followerOf(parts: WorkParts, home: Home): Result<WorkTree | null> {
  const tree = treeOfWorker(parts, runOf(home));
  if (home.workspace.mode === "shared" || !parts.files.exists(tree.root)) return good(null);
  const tampered = tampering(parts.files, tree);
  if (tampered !== null) return bad(tampered);
  // On another branch it has nothing to follow.
  return good(branchOf(parts.files, tree.gitFolder) === branchOfHome(home) ? tree : null);
}
