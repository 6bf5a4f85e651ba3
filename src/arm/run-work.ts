/**
 * What becomes of the branch of a run that has succeeded: it is merged into the branch around it. Everything here can be
 * done again after a crash: what was done is seen in the repository.
 */
import { failure } from "../core/outcome.ts";
import { bad, good, type Result } from "../core/problem.ts";
import { problemsText } from "../core/problems-text.ts";
import type { Home } from "../core/workspace-words.ts";
import { followBranch } from "../git/checkout.ts";
import { filesChanged, statOf } from "../git/diff.ts";
import { branchGone, type Follow, mergeInto } from "../git/merge.ts";
import { branchRef, startRef, workRef } from "../git/names.ts";
import { branchAt, refAt } from "../git/repository.ts";
import { removeWorktree } from "../git/worktree.ts";
import type { Merge } from "../host/embedded/merging.ts";
import {
  branchOfHome,
  elsewhere,
  followerOf,
  homeBranch,
  runOf,
  treeOfWorker,
  type WorkParts,
} from "./home-branch.ts";
import { conflictOf, notesOf, type Settled, titleOf } from "./settled.ts";
import { WorktreeWork } from "./worktree-work.ts";

export async function mergeRun(
  parts: WorkParts,
  { home, task, key, failed }: Parameters<Merge>[0],
): ReturnType<Merge> {
  if (failed !== null || home.outer === null) return { failure: null, notes: [] };
  if (home.workspace.merge === "none") return { failure: null, notes: [`left on ${branchOfHome(home)}`] };
  const into = targetOf(parts, home.outer, home.run);
  const settled = await settleRun(parts, { home, into, title: titleOf(task, key), attempt: 0 });
  if (!settled.ok) return { failure: failure("config_error", problemsText(settled.problems)), notes: [] };
  if (settled.value.kind === "conflict") return { failure: conflictOf(settled.value), notes: [] };
  return { failure: null, notes: notesOf(settled.value) };
}

/** A branch that another one is merged into. */
export interface Target {
  readonly branch: string;
  /** It is there, and may move; else why not. */
  readonly ready: () => Promise<Result<unknown>>;
  readonly follow: Follow;
}

function targetOf(parts: WorkParts, home: Home, by: string): Target {
  return {
    branch: branchOfHome(home),
    ready: async () => {
      const there = await homeBranch(parts, home, by);
      const inUse = elsewhere(parts, home);
      return inUse === null ? there : bad(inUse);
    },
    follow: async (from, to) => {
      const follower = followerOf(parts, home);
      if (!follower.ok) return follower;
      return follower.value === null ? good([]) : followBranch(parts.git, follower.value, from, to);
    },
  };
}

interface RunMerging {
  readonly home: Home;
  readonly into: Target;
  readonly title: string;
  /** How often the run was opened again: what it did since is merged apart. */
  readonly attempt: number;
}

/** Whatever breaks fails the task, never the engine. */
export async function settleRun(parts: WorkParts, merging: RunMerging): Promise<Result<Settled>> {
  try {
    return await settle(parts, merging);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return bad({ code: "E_IO", message: `it could not be merged: ${message.slice(0, 300)}` });
  }
}

async function settle(
  parts: WorkParts,
  { home, into, title, attempt }: RunMerging,
): Promise<Result<Settled>> {
  const { git, repository } = parts;
  const worker = { ...runOf(home), attempt };
  const start = await refAt(git, repository.tree, startRef(worker));
  if (!start.ok) return start;
  // Nothing in it has ever worked in files.
  if (start.value === null) return good({ kind: "nothing", leftOut: "" });
  const work = await workOfRun(parts, home, attempt);
  if (!work.ok) return work;
  const ready = await into.ready();
  if (!ready.ok) return ready;
  const { branch, follow } = into;
  const way = home.workspace.merge === "commits" ? "commits" : "squash";
  const asked = { worker, work: work.value, start: start.value, branch, way, title } as const;
  const merged = await mergeInto(git, repository.tree, asked, follow);
  if (!merged.ok) return merged;
  const { value } = merged;
  if (value.kind === "nothing") return good({ kind: "nothing", leftOut: "" });
  if (value.kind === "conflict")
    return good({ kind: "conflict", branch: branchOfHome(home), into: branch, paths: value.paths });
  const files = await filesChanged(git, repository.tree, value.from, value.to);
  return files.ok ? good({ kind: "merged", branch, stat: statOf(files.value), leftOut: "" }) : files;
}

/** Taken once: what comes onto the branch later is not in it, unless the run was opened again for that. */
async function workOfRun(
  { git, repository }: WorkParts,
  home: Home,
  attempt: number,
): Promise<Result<string>> {
  const ref = workRef(runOf(home));
  const known = attempt > 0 ? good(null) : await refAt(git, repository.tree, ref);
  if (!known.ok) return known;
  if (known.value !== null) return good(known.value);
  const branch = branchOfHome(home);
  const tip = await branchAt(git, repository.tree, branch);
  if (!tip.ok) return tip;
  const commit = tip.value;
  if (commit === null) return bad(branchGone(branch));
  if (attempt > 0) return good(commit);
  const kept = await git.alone(repository.common, () =>
    git.read(repository.tree, ["update-ref", "--no-deref", ref, commit, ""]),
  );
  return kept.ok ? good(commit) : kept;
}

/** Its worktree goes, unless it is kept; with all of it merged its branch too, unless a person has named it. */
export async function leaveRun(
  parts: WorkParts,
  home: Home,
  { isDone, isMerged }: { readonly isDone: boolean; readonly isMerged: boolean },
): Promise<Result<unknown>> {
  const { mode, keep, branch } = home.workspace;
  if (mode === "shared" || keep === "always" || (keep === "on_failure" && !isDone)) return good(null);
  const left = await sharedWork(parts, home).leave("stays");
  if (!left.ok || left.value !== "removed" || !isMerged || branch !== null) return left;
  const work = await refAt(parts.git, parts.repository.tree, workRef(runOf(home)));
  if (!work.ok || work.value === null || elsewhere(parts, home) !== null) return work;
  const gone = { name: branchOfHome(home), within: work.value, named: branchRef(home.run) };
  return removeWorktree(parts, treeOfWorker(parts, runOf(home)), gone);
}

/** The worktree of the run, which its attempts share. */
export function sharedWork(parts: WorkParts, home: Home): WorktreeWork {
  return new WorktreeWork(parts, { worker: runOf(home), own: null, home, title: "" });
}
