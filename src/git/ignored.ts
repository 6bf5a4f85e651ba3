import { good, type Result } from "../core/problem.ts";
import type { Git } from "./git.ts";
import type { WorkTree } from "./tree.ts";

/** Of these paths, relative to the worktree, those that git ignores there; what is tracked is not among them. */
export async function ignoredOf(
  git: Git,
  tree: WorkTree,
  paths: readonly string[],
): Promise<Result<ReadonlySet<string>>> {
  // A path that begins so has no magic. 1: none of them.
  const input = paths.map((path) => `${HERE}${path}\0`).join("");
  const asked = await git.ask(tree, ["check-ignore", "-z", "--stdin"], {
    input,
    answers: [0, 1],
    isLiteral: false,
  });
  if (!asked.ok) return asked;
  const found = asked.value.text.split("\0").filter((path) => path !== "");
  return good(new Set(found.map((path) => path.slice(HERE.length))));
}

const HERE = "./";
