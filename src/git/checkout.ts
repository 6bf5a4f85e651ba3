/** Bringing the files and the index of a worktree to a commit, when its branch moves. */
import { bad, good, type Result } from "../core/problem.ts";
import type { Git } from "./git.ts";
import type { WorkTree } from "./tree.ts";

/**
 * Files and index go from one commit to the next, as a checkout does: what somebody has changed meanwhile stays, and
 * nothing happens where it is in the way. The paths in the way; none: it is done.
 */
export async function followBranch(
  git: Git,
  tree: WorkTree,
  from: string,
  to: string,
): Promise<Result<readonly string[]>> {
  const moved = await git.ask(tree, ["read-tree", "-m", "-u", from, to], { answers: [0, 128] });
  if (!moved.ok) return moved;
  const { code, said } = moved.value;
  if (code === 0) return good([]);
  const paths = [...said.matchAll(/'(.+?)' (?:not uptodate|would be)/g)].map(([, path = ""]) => path);
  if (paths.length > 0) return good(paths);
  return bad({ code: "E_GIT", message: `git read-tree failed: ${said.trim().slice(0, 300)}` });
}

/** The files hold the commit already: only the index learns of it. */
export async function takeAsIndex(git: Git, tree: WorkTree, commit: string): Promise<Result<string>> {
  const taken = await git.read(tree, ["read-tree", "-i", "-m", commit]);
  if (!taken.ok) return taken;
  // Exit 1 says that files differ, which they may.
  const refreshed = await git.ask(tree, ["update-index", "-q", "--refresh"], { answers: [0, 1] });
  return refreshed.ok ? good("") : refreshed;
}
