/** What lies on this machine alone (F59): how much that is, and since when. */
import { good, type Result } from "../core/problem.ts";
import { ENGINE, type Git } from "./git.ts";
import type { Tree } from "./tree.ts";

export interface OnlyHere {
  /** Of runs, on their branches. */
  readonly commits: number;
  /** Of the oldest, wall time in ms. */
  readonly since: number;
}

/** By what git knows of remotes since it last heard of them; null when all of it lies elsewhere too. */
export async function onlyHere(git: Git, tree: Tree): Promise<Result<OnlyHere | null>> {
  return counted(await git.read(tree, [...LOG, "--glob=refs/decapod/branch/*", "--not", "--remotes", "--"]));
}

/** The same where we push ourselves: what these hold and those do not. */
export async function onlyHereOf(
  git: Git,
  tree: Tree,
  commits: readonly string[],
  there: readonly string[],
): Promise<Result<OnlyHere | null>> {
  if (commits.length === 0) return good(null);
  const input = [...commits, ...there.map((commit) => `^${commit}`)].map((line) => `${line}\n`).join("");
  return counted(
    await git.read(tree, [...LOG, "--ignore-missing", "--stdin", "--not", "--remotes"], { input }),
  );
}

const LOG = ["log", "--format=%ct", `--committer=<${ENGINE.email}>`];

function counted(listed: Result<string>): Result<OnlyHere | null> {
  if (!listed.ok) return listed;
  const times = listed.value.split("\n").flatMap((line) => (line === "" ? [] : [Number(line)]));
  if (times.length === 0) return good(null);
  const oldest = times.reduce((one, other) => Math.min(one, other));
  return good({ commits: times.length, since: oldest * 1000 });
}
