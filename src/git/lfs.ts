/**
 * Files of Git LFS. The repository holds pointers to them; what makes a pointer of a file is a program, and none is run
 * here. So what would need it is known by its attribute, and never committed as if it were the pointer.
 */
import { join } from "node:path";
import { good, type Result } from "../core/problem.ts";
import type { IndexCopyOptions } from "./index-copy.ts";
import type { WorkTree } from "./tree.ts";

/** Of a pointer, which is three lines. */
const POINTER_BYTES_MAX = 1024;
const POINTER = "version https://git-lfs.github.com/spec/";

export interface LargeFiles {
  /** No pointer of theirs is there. */
  readonly open: ReadonlySet<string>;
  /** Their pointer lies in the index and they themselves in the store of LFS, put there by the worker's own git. */
  readonly staged: ReadonlySet<string>;
}

export interface LargeFilesOptions extends IndexCopyOptions {
  /** What is larger is not looked at. */
  readonly fileBytesMax: number;
}

/** Those of these paths that LFS keeps; pointers themselves are files like others. */
export async function largeFiles(
  tree: WorkTree,
  paths: readonly string[],
  options: LargeFilesOptions,
): Promise<Result<LargeFiles>> {
  const [open, staged] = [new Set<string>(), new Set<string>()];
  const { git, files } = options;
  if (paths.length === 0) return good({ open, staged });
  const input = paths.map((path) => `${path}\0`).join("");
  const asked = await git.read(tree, ["check-attr", "-z", "--stdin", "filter"], { input });
  if (!asked.ok) return asked;
  // A path, the name of the attribute and its value, one after the other.
  const parts = asked.value.split("\0");
  const ofLfs = parts.filter((_, place) => place % 3 === 0 && parts[place + 2] === "lfs");
  for (const path of ofLfs) {
    const file = join(tree.root, path);
    const stat = files.stat(file);
    // A link is kept as a link: no filter is asked for one.
    if (stat?.kind !== "file" || (stat.size < POINTER_BYTES_MAX && isPointer(files.readText(file)))) continue;
    const kept = await isStored(tree, { path, size: stat.size }, options);
    if (!kept.ok) return kept;
    (kept.value ? staged : open).add(path);
  }
  return good({ open, staged });
}

/** Its pointer alone proves nothing: what it leads to has to be there, byte for byte. Git compares, in its own process. */
async function isStored(
  tree: WorkTree,
  { path, size }: { readonly path: string; readonly size: number },
  { git, files, index, fileBytesMax }: LargeFilesOptions,
): Promise<Result<boolean>> {
  if (size > fileBytesMax) return good(false);
  const staged = { index, answers: [0, 128] };
  const length = await git.ask(tree, ["cat-file", "-s", `:0:${path}`], staged);
  if (!length.ok) return length;
  // Whatever else was staged may be of any size.
  if (length.value.code !== 0 || Number(length.value.text) >= POINTER_BYTES_MAX) return good(false);
  const there = await git.ask(tree, ["cat-file", "blob", `:0:${path}`], staged);
  if (!there.ok) return there;
  const [, id = ""] = /^oid sha256:([0-9a-f]{64})$/m.exec(there.value.text) ?? [];
  if (there.value.code !== 0 || !isPointer(there.value.text) || id === "") return good(false);
  const stored = join(tree.common, "lfs", "objects", id.slice(0, 2), id.slice(2, 4), id);
  // Through a link it may lie in the worktree itself.
  const stat = files.stat(stored);
  if (stat?.kind !== "file" || stat.size !== size || files.realPath(stored) !== stored) return good(false);
  const argv = ["hash-object", "--no-filters", "--", join(tree.root, path), stored];
  const hashes = await git.ask(tree, argv, { answers: [0, 128] });
  if (!hashes.ok) return hashes;
  const [one, other] = hashes.value.text.split("\n");
  return good(hashes.value.code === 0 && one === other);
}

function isPointer(text: string): boolean {
  return text.startsWith(POINTER);
}
