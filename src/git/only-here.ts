/** What lies on this machine alone (F59). Nothing is ever pushed by us, so it is told how much that is, and since when. */
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
  const ours = ["--glob=refs/decapod/branch/*", `--committer=<${ENGINE.email}>`];
  const listed = await git.read(tree, ["log", "--format=%ct", ...ours, "--not", "--remotes", "--"]);
  if (!listed.ok) return listed;
  const times = listed.value.split("\n").flatMap((line) => (line === "" ? [] : [Number(line)]));
  if (times.length === 0) return good(null);
  const oldest = times.reduce((one, other) => Math.min(one, other));
  return good({ commits: times.length, since: oldest * 1000 });
}
