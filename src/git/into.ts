/** Where the branch of a run belongs once the run has succeeded: kept as symbolic refs, so that the repository tells. */
import { good, type Result } from "../core/problem.ts";
import type { Git } from "./git.ts";
import { intoRef, mergedRef } from "./names.ts";
import { refAt } from "./repository.ts";
import type { Tree } from "./tree.ts";

const HEADS = "refs/heads/";

/** `base`, when a local branch is called so; else the one that is checked out. */
export async function noteTarget(
  git: Git,
  tree: Tree,
  { run, branch, base, head }: Record<"run" | "branch", string> & Record<"base" | "head", string | null>,
): Promise<Result<unknown>> {
  const named = base === null ? good(null) : await refAt(git, tree, `${HEADS}${base}`);
  if (!named.ok) return named;
  const target = named.value === null ? head : base;
  if (target === null || target === branch) return good(null);
  return git.alone(tree.common, () => git.read(tree, ["symbolic-ref", intoRef(run), `${HEADS}${target}`]));
}

/** null: there was none, or it is done with. */
export async function targetOf(git: Git, tree: Tree, run: string): Promise<Result<string | null>> {
  const found = await git.ask(tree, ["symbolic-ref", "--quiet", intoRef(run)], { answers: [0, 1, 128] });
  if (!found.ok) return found;
  const name = found.value.code === 0 ? found.value.text.trim() : "";
  return good(name.startsWith(HEADS) ? name.slice(HEADS.length) : null);
}

/** It was merged there, or (null) it cannot be: it is not tried again. */
export function noteMerged(
  git: Git,
  tree: Tree,
  run: string,
  branch: string | null,
): Promise<Result<unknown>> {
  return git.alone(tree.common, async () => {
    const argv = ["symbolic-ref", mergedRef(run), `${HEADS}${branch}`];
    const noted = branch === null ? good("") : await git.read(tree, argv);
    return noted.ok ? git.read(tree, ["update-ref", "--no-deref", "-d", intoRef(run)]) : noted;
  });
}
