/**
 * The work of an attempt on its way into its run's branch. Nothing is checked out for it: the merge is made of objects,
 * and the branch is moved from exactly where it stood.
 */
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import { ENGINE, type Git } from "./git.ts";
import { ATTEMPT_TRAILER, attemptText, message, type Worker } from "./names.ts";
import { branchAt } from "./repository.ts";
import type { Tree } from "./tree.ts";

export interface Merging {
  readonly worker: Worker;
  /** What the worker made. */
  readonly work: string;
  /** What it began from: everything on the branch since then is looked at for an earlier merge. */
  readonly start: string;
  readonly branch: string;
  /** squash: one commit; commits: the worker's own stay, joined by one of ours. */
  readonly way: "squash" | "commits";
  /** First line of the commit. */
  readonly title: string;
}

export type Merged =
  | { readonly kind: "merged"; readonly from: string; readonly to: string }
  /** It stands there already, or changed nothing. */
  | { readonly kind: "nothing"; readonly to: string }
  | { readonly kind: "conflict"; readonly paths: readonly string[] };

/** What must follow the branch before it may move: a checkout of it. */
export type Follow = (from: string, to: string) => Promise<Result<readonly string[]>>;

export async function mergeInto(
  git: Git,
  tree: Tree,
  merging: Merging,
  follow: Follow = async () => good([]),
): Promise<Result<Merged>> {
  return git.alone(tree.common, async () => {
    const { branch, work } = merging;
    const ref = `refs/heads/${branch}`;
    const tip = await branchAt(git, tree, branch);
    if (!tip.ok) return tip;
    if (tip.value === null) return bad(branchGone(branch));
    const from = tip.value;
    const known = await isMerged(git, tree, merging, from);
    if (!known.ok) return known;
    if (known.value) return good({ kind: "nothing", to: from });
    const joined = await treeOfMerge(git, tree, from, work);
    if (!joined.ok) return joined;
    if (joined.value.kind === "conflict") return good(joined.value);
    const before = await git.read(tree, ["rev-parse", "--verify", `${from}^{tree}`]);
    if (!before.ok) return before;
    if (before.value.trim() === joined.value.tree) return good({ kind: "nothing", to: from });
    const made = await commitOf(git, tree, merging, { from, tree: joined.value.tree });
    if (!made.ok) return made;
    const inTheWay = await follow(from, made.value);
    if (!inTheWay.ok) return inTheWay;
    if (inTheWay.value.length > 0) return good({ kind: "conflict", paths: inTheWay.value });
    const argv = [
      "update-ref",
      "--no-deref",
      "-m",
      `decapod: ${attemptText(merging.worker)}`,
      ref,
      made.value,
      from,
    ];
    const moved = await git.read(tree, argv);
    return moved.ok ? good({ kind: "merged", from, to: made.value }) : moved;
  });
}

async function isMerged(
  git: Git,
  tree: Tree,
  { worker, start }: Merging,
  tip: string,
): Promise<Result<boolean>> {
  const merged = await mergedAttempts(git, tree, start, tip);
  return merged.ok ? good(merged.value.includes(attemptText(worker))) : merged;
}

/** By the trailers of commits that the engine made: an agent's own commits are not on this line. */
export async function mergedAttempts(
  git: Git,
  tree: Tree,
  start: string,
  tip: string,
): Promise<Result<readonly string[]>> {
  const format = `--format=%ce%x00%(trailers:key=${ATTEMPT_TRAILER},valueonly,separator=%x00)`;
  const argv = ["log", "--first-parent", format, "--end-of-options", `${start}..${tip}`, "--"];
  const listed = await git.read(tree, argv);
  if (!listed.ok) return listed;
  const ours = `${ENGINE.email}\0`;
  const lines = listed.value.split("\n").filter((line) => line.startsWith(ours));
  return good(lines.map((line) => line.slice(ours.length)));
}

async function treeOfMerge(
  git: Git,
  tree: Tree,
  ours: string,
  theirs: string,
): Promise<Result<{ readonly kind: "tree"; readonly tree: string } | Extract<Merged, { kind: "conflict" }>>> {
  const argv = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs];
  const merged = await git.ask(tree, argv, { answers: [0, 1] });
  if (!merged.ok) return merged;
  const [hash = "", ...paths] = merged.value.text.split("\0").map((part) => part.trim());
  if (merged.value.code === 0) return good({ kind: "tree", tree: hash });
  return good({ kind: "conflict", paths: [...new Set(paths.filter((path) => path !== ""))].sort() });
}

async function commitOf(
  git: Git,
  tree: Tree,
  { worker, work, way, title }: Merging,
  made: { readonly from: string; readonly tree: string },
): Promise<Result<string>> {
  const parents = way === "squash" ? [made.from] : [made.from, work];
  const argv = ["commit-tree", made.tree, ...parents.flatMap((parent) => ["-p", parent])];
  const done = await git.read(tree, argv, { input: message(title, worker) });
  return done.ok ? good(done.value.trim()) : done;
}

export function branchGone(branch: string): Problem {
  return {
    code: "E_GIT",
    message: `the run's branch ${branch} is gone`,
    hint: `git branch ${branch} COMMIT puts it back; its last commits are in git reflog and git fsck`,
  };
}
