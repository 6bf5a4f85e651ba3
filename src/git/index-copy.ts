/**
 * A copy of a worktree's index, which is worked on in place of it. What an agent did with its own index hides nothing:
 * marks that let git look away are taken off, and what is in it is compared with what the agent began from.
 */
import { join } from "node:path";
import { good, type Result } from "../core/problem.ts";
import type { Files } from "../port/files.ts";
import type { Git } from "./git.ts";
import type { WorkTree } from "./tree.ts";

export interface IndexCopyOptions {
  readonly files: Files;
  readonly git: Git;
  /** A path of ours for the copy. */
  readonly index: string;
}

/** The modes of git: of a repository in the place of a folder, and of what is not there. */
const REPOSITORY = "160000";
const ABSENT = "000000";

/** A path whose entry is another one than in the commit that it is compared with. */
export interface Staged {
  readonly path: string;
  readonly isNew: boolean;
  readonly isGone: boolean;
  readonly isRepository: boolean;
  /** What brings back what it was, as update-index --index-info reads it. */
  readonly before: string;
}

export async function copyIndex(tree: WorkTree, head: string, { files, git, index }: IndexCopyOptions) {
  files.remove(index);
  const own = join(tree.gitFolder, "index");
  const stat = files.stat(own);
  if (stat?.kind !== "file") return git.read(tree, ["read-tree", head], { index });
  files.copy(own, index);
  // By the time of its index git knows which files may have changed in the second they were looked at; 0 means none.
  files.setModified(index, Math.max(1, Math.floor(stat.modifiedMs / 1000)));
  return good("");
}

/** Takes off assume-unchanged, and skip-worktree of what lies there. The repositories that it names, by their paths. */
export async function unhide(
  tree: WorkTree,
  { files, git, index }: IndexCopyOptions,
): Promise<Result<readonly string[]>> {
  const listed = await git.read(tree, ["ls-files", "-v", "-s", "-z"], { index, bytesMax: LISTED_BYTES_MAX });
  if (!listed.ok) return listed;
  const [assumed, skipped, repositories]: string[][] = [[], [], []];
  for (const entry of listed.value.split("\0")) {
    const [tag = "", mode] = entry.split(" ", 2);
    const path = entry.slice(entry.indexOf("\t") + 1);
    if (/^[a-z]$/.test(tag)) assumed?.push(path);
    if (/^s$/i.test(tag) && files.stat(join(tree.root, path)) !== null) skipped?.push(path);
    if (mode === REPOSITORY) repositories?.push(path);
  }
  const marks = [
    ["--no-assume-unchanged", assumed],
    ["--no-skip-worktree", skipped],
  ] as const;
  for (const [mark, paths = []] of marks) {
    if (paths.length === 0) continue;
    const input = paths.map((path) => `${path}\0`).join("");
    const done = await git.read(tree, ["update-index", mark, "-z", "--stdin"], { index, input });
    if (!done.ok) return done;
  }
  return good(repositories ?? []);
}

/** Of a repository of a million files. */
const LISTED_BYTES_MAX = 512 * 1024 * 1024;

export async function stagedSince(
  tree: WorkTree,
  base: string,
  { git, index }: IndexCopyOptions,
): Promise<Result<readonly Staged[]>> {
  const argv = ["diff-index", "--cached", "--raw", "--no-renames", "--ignore-submodules=none", "-z"];
  const listed = await git.read(tree, [...argv, base, "--"], { index, bytesMax: LISTED_BYTES_MAX });
  if (!listed.ok) return listed;
  const parts = listed.value.split("\0");
  return good(
    parts.flatMap((row, place) => {
      if (!row.startsWith(":") || place % 2 === 1) return [];
      const [was = "", is = "", hash = ""] = row.slice(1).split(" ");
      const path = parts[place + 1] ?? "";
      const before = `${was === ABSENT ? "0" : was} ${hash}\t${path}\0`;
      return [
        { path, isNew: was === ABSENT, isGone: is === ABSENT, isRepository: is === REPOSITORY, before },
      ];
    }),
  );
}
