/** From where to where the changes of a run or of an attempt go. Everything is found by name: nothing is kept beside git. */
import { good, type Result } from "../core/problem.ts";
import type { Git } from "./git.ts";
import { branchRef, startRef, type Worker, workerBranch, workRef } from "./names.ts";
import { refAt } from "./repository.ts";
import { lastSnapshot } from "./snapshot.ts";
import type { Tree } from "./tree.ts";

export interface Span {
  readonly from: string;
  readonly to: string;
  /** saved: what was kept of work that did not succeed. */
  readonly state: "done" | "saved";
}

/** null: it has no branch of its own, or that is gone. */
export async function spanOfRun(
  git: Git,
  tree: Tree,
  run: string,
): Promise<Result<(Span & { readonly branch: string }) | null>> {
  const worker = { run, task: null, attempt: 0 };
  const from = await refAt(git, tree, startRef(worker));
  if (!from.ok) return from;
  const to = await refAt(git, tree, branchRef(run));
  if (!to.ok) return to;
  if (to.value === null) {
    // Merged into the one around it, its branch is gone; what it came to is kept.
    const merged = await spanOfAttempt(git, tree, worker);
    return merged.ok ? good(merged.value && { ...merged.value, branch: workerBranch(worker) }) : merged;
  }
  if (from.value === null) return good(null);
  const branch = await git.read(tree, ["symbolic-ref", "--short", branchRef(run)]);
  if (!branch.ok) return branch;
  return good({ from: from.value, to: to.value, state: "done", branch: branch.value.trim() });
}

/** null: nothing is known of it. */
export async function spanOfAttempt(git: Git, tree: Tree, worker: Worker): Promise<Result<Span | null>> {
  const work = await refAt(git, tree, workRef(worker));
  if (!work.ok) return work;
  const saved = work.value === null ? await lastSnapshot(tree, worker, { git }) : good(null);
  if (!saved.ok) return saved;
  const to = work.value ?? saved.value?.commit ?? null;
  if (to === null) return good(null);
  const from = await refAt(git, tree, startRef(worker));
  if (!from.ok) return from;
  // In the worktree of a run it stands on what was there before.
  return good({ from: from.value ?? `${to}^`, to, state: work.value === null ? "saved" : "done" });
}
