/** The repository that a project lies in, found by looking at files alone: git itself would read settings on the way. */
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { Files } from "../port/files.ts";
import type { Git } from "./git.ts";
import { mergedRef } from "./names.ts";
import { smallTextIf } from "./small-file.ts";
import type { Tree, WorkTree } from "./tree.ts";

export interface Repository {
  /** The checkout that the project lies in. */
  readonly tree: WorkTree;
  readonly common: string;
  /** The project inside the checkout, "" when it is its root. */
  readonly prefix: string;
}

export function findRepository(files: Files, projectRoot: string): Result<Repository> {
  const from = files.realPath(projectRoot);
  for (let root = from; ; root = dirname(root)) {
    const gitFolder = gitFolderIn(files, root);
    if (gitFolder !== null) {
      const common = commonOf(files, gitFolder);
      if (!files.exists(join(common, "objects"))) return bad(noRepository(projectRoot));
      return good({ tree: { gitFolder, common, root }, common, prefix: relative(root, from) });
    }
    if (dirname(root) === root) return bad(noRepository(projectRoot));
  }
}

/** Whether the project lies in a repository with a commit that a worktree can start from, by looking at files alone. */
export function hasWorktrees(files: Files, projectRoot: string): boolean {
  const found = findRepository(files, projectRoot);
  if (!found.ok) return false;
  // Of a table of refs only git knows what is in it.
  return headOf(files, found.value.tree) !== null || files.exists(join(found.value.common, "reftable"));
}

/** The commit that is checked out, by looking at files alone; null: none, or only git can say. */
export function headOf(files: Files, { gitFolder, common }: Tree): string | null {
  const head = smallTextIf(files, join(gitFolder, "HEAD"))?.trim() ?? "";
  const ref = /^ref:\s*(.+)$/.exec(head)?.[1];
  const hash =
    ref === undefined
      ? head
      : (smallTextIf(files, join(common, ref))?.trim() ?? packedAt(files, common, ref));
  return hash !== null && isHash(hash) ? hash : null;
}

function packedAt(files: Files, common: string, ref: string): string | null {
  const packed = join(common, "packed-refs");
  // It may be large; a pipe in its place would be read for ever.
  const text = files.statTarget(packed)?.kind === "file" ? files.readText(packed) : "";
  const line = text.split("\n").find((one) => one.endsWith(` ${ref}`));
  return line === undefined ? null : line.slice(0, line.indexOf(" "));
}

/** The branch that a run was merged into, by looking at files alone. */
export function mergedBranch(files: Files, projectRoot: string, run: string): string | null {
  const found = findRepository(files, projectRoot);
  const ref = found.ok ? smallTextIf(files, join(found.value.common, mergedRef(run))) : null;
  return /^ref: refs\/heads\/(.+)$/.exec(ref?.trim() ?? "")?.[1] ?? null;
}

/** `HEAD`, a branch, a tag or a commit → the commit. */
export async function commitAt(git: Git, tree: Tree, name: string): Promise<Result<string>> {
  const shown = JSON.stringify(name.slice(0, 200));
  const found = await git.ask(
    tree,
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`],
    { answers: [0, 1, 128] },
  );
  if (!found.ok) return found;
  const commit = found.value.text.trim();
  if (found.value.code === 0 && isHash(commit)) return good(commit);
  if (name === "HEAD")
    return bad({
      code: "E_GIT",
      message: "the repository has no commit yet, so there is nothing a worktree could start from",
      hint: 'git commit --allow-empty -m "first", then run it again',
    });
  return bad({
    code: "E_REF",
    message: `there is no commit ${shown}`,
    hint: "name a branch, a tag or a commit",
  });
}

/** The commit of a full ref; null when there is none. */
export async function refAt(git: Git, tree: Tree, ref: string): Promise<Result<string | null>> {
  const found = await git.ask(tree, ["show-ref", "--verify", "--hash", "--", ref], { answers: [0, 1, 128] });
  if (!found.ok) return found;
  const commit = found.value.text.trim();
  return good(found.value.code === 0 && isHash(commit) ? commit : null);
}

/** As refAt; refused when it is another name for another branch, which would move instead of it. */
export async function branchAt(git: Git, tree: Tree, branch: string): Promise<Result<string | null>> {
  const ref = `refs/heads/${branch}`;
  const target = await git.ask(tree, ["symbolic-ref", "--quiet", ref], { answers: [0, 1, 128] });
  if (!target.ok) return target;
  if (target.value.code !== 0) return refAt(git, tree, ref);
  return bad({
    code: "E_GIT",
    message: `the run's branch ${branch} is a symbolic ref: it leads to ${target.value.text.trim().slice(0, 200)}`,
    hint: `git symbolic-ref --delete ${ref} removes the name alone; then retry the run`,
  });
}

/** Whether everything up to `commit` is in `whole`. */
export async function isWithin(
  git: Git,
  tree: Tree,
  commit: string,
  whole: string,
): Promise<Result<boolean>> {
  const found = await git.ask(tree, ["merge-base", "--is-ancestor", commit, whole], { answers: [0, 1] });
  return found.ok ? good(found.value.code === 0) : found;
}

export function isHash(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** The checkout, if there is one, whose HEAD is this branch. */
export function checkedOutAt(files: Files, common: string, branch: string): string | null {
  const isAlike = /^\s*ignorecase\s*=\s*true\s*$/im.test(smallTextIf(files, join(common, "config")) ?? "");
  const spelt = (name: string) => (isAlike ? name.toLowerCase() : name);
  const isAt = (folder: string) => spelt(branchOf(files, folder) ?? "") === spelt(branch);
  if (isAt(common)) return dirname(common);
  for (const { name } of files.list(join(common, "worktrees"))) {
    const folder = join(common, "worktrees", name);
    if (isAt(folder)) return dirname(smallTextIf(files, join(folder, "gitdir"))?.trim() ?? folder);
  }
  return null;
}

/** The branch that is checked out; null when none is. */
export function branchOf(files: Files, gitFolder: string): string | null {
  const head = smallTextIf(files, join(gitFolder, "HEAD"))?.trim() ?? "";
  return /^ref:\s*refs\/heads\/(.+)$/.exec(head)?.[1] ?? null;
}

function gitFolderIn(files: Files, root: string): string | null {
  const path = join(root, ".git");
  const stat = files.stat(path);
  if (stat?.kind === "folder") return path;
  if (stat?.kind !== "file" || stat.size > POINTER_BYTES_MAX) return null;
  const target = /^gitdir: (.+)$/m.exec(files.readText(path))?.[1]?.trim();
  if (target === undefined) return null;
  const folder = isAbsolute(target) ? target : resolve(root, target);
  return files.exists(folder) ? files.realPath(folder) : null;
}

function commonOf(files: Files, gitFolder: string): string {
  const common = smallTextIf(files, join(gitFolder, "commondir"))?.trim();
  return common === undefined ? gitFolder : files.realPath(resolve(gitFolder, common));
}

const POINTER_BYTES_MAX = 8_192;

function noRepository(projectRoot: string): Problem {
  return {
    code: "E_GIT",
    message: `${projectRoot} lies in no git repository with files of its own, so there can be no worktrees`,
    hint: "git init and commit, or leave out workspace: worktree",
  };
}

/** All or none. */
export function writeRefs(git: Git, tree: Tree, lines: readonly string[]): Promise<Result<string>> {
  return git.read(tree, ["update-ref", "--no-deref", "--stdin"], { input: `${lines.join("\n")}\n` });
}
