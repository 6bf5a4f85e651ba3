/** Files that git does not carry, from the worktree of a success to those of the tasks that depend on it. */
import { join } from "node:path";
import type { Assignment } from "../core/event.ts";
import type { Limits } from "../core/limits.ts";
import { type Failure, failure } from "../core/outcome.ts";
import { good, type Result } from "../core/problem.ts";
import type { Git } from "../git/git.ts";
import { ignoredOf } from "../git/ignored.ts";
import type { WorkTree } from "../git/tree.ts";
import type { Files } from "../port/files.ts";
import { carriedBy, keepCarried, layCarried } from "../work/carried.ts";
import { attemptFolder, runFolder } from "../work/folder.ts";

interface Around {
  readonly files: Files;
  readonly stateFolder: string;
  readonly limits: Limits;
}

/** Before anything is merged: without them the success would be none to those that build on it. */
export function keepArtifacts(
  assignment: Assignment,
  { files, stateFolder, limits }: Around,
  workspace: string,
): Failure | null {
  const folder = attemptFolder(stateFolder, assignment.run, assignment);
  const wrong = keepCarried(files, { workspace, globs: assignment.artifacts, folder, limits });
  return wrong === null ? null : failure("output_missing", wrong);
}

/** Only what git ignores there: the rest came by a merge, or somebody has removed it since. */
export async function takeArtifacts(
  { run, dependencies }: Assignment,
  { files, stateFolder }: Around,
  /** `prefix`: where the project lies in its repository. */
  { git, tree, prefix }: { readonly git: Git; readonly tree: WorkTree; readonly prefix: string },
): Promise<Result<unknown>> {
  const tasks = dependencies.map(({ id }) => id);
  const carried = [
    ...carriedBy(files, runFolder(stateFolder, run), tasks),
    ...dependencies
      .flatMap(({ runs = [] }) => runs)
      .flatMap((one) => carriedBy(files, runFolder(stateFolder, one), null)),
  ];
  if (carried.length === 0) return good(null);
  const inRepository = (path: string) => join(prefix, path);
  const ignored = await ignoredOf(
    git,
    tree,
    carried.map(({ path }) => inRepository(path)),
  );
  if (!ignored.ok) return ignored;
  const wanted = carried.filter(({ path }) => ignored.value.has(inRepository(path)));
  layCarried(files, join(tree.root, prefix), wanted);
  return good(null);
}
