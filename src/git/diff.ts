/** What changed between two commits: counted, and as a patch. No program of the repository has a say in it. */
import { good, type Result } from "../core/problem.ts";
import type { Git } from "./git.ts";
import type { Tree } from "./tree.ts";

const PLAIN = [
  "diff-tree",
  "-r",
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "--submodule=short",
] as const;

export interface FileChange {
  readonly path: string;
  /** Lines; null of what is no text. */
  readonly added: number | null;
  readonly removed: number | null;
}

export async function filesChanged(
  git: Git,
  tree: Tree,
  from: string,
  to: string,
): Promise<Result<readonly FileChange[]>> {
  const listed = await git.read(tree, [...PLAIN, "-z", "--no-renames", "--numstat", from, to]);
  if (!listed.ok) return listed;
  const rows = listed.value.split("\0").filter((row) => row !== "");
  return good(
    rows.map((row) => {
      const [added = "", removed = "", ...path] = row.split("\t");
      return { path: path.join("\t"), added: countOf(added), removed: countOf(removed) };
    }),
  );
}

/** Which files are not the same, and which of them are gone. */
export async function pathsChanged(
  git: Git,
  tree: Tree,
  from: string,
  to: string,
): Promise<Result<readonly { readonly path: string; readonly isGone: boolean }[]>> {
  const listed = await git.read(tree, [...PLAIN, "-z", "--no-renames", "--name-status", from, to]);
  if (!listed.ok) return listed;
  const words = listed.value.split("\0");
  const found: { readonly path: string; readonly isGone: boolean }[] = [];
  for (let at = 0; at + 1 < words.length; at += 2)
    found.push({ path: words[at + 1] ?? "", isGone: words[at] === "D" });
  return good(found);
}

export function patchOf(git: Git, tree: Tree, from: string, to: string): Promise<Result<string>> {
  const prefixes = ["--src-prefix=a/", "--dst-prefix=b/"];
  return git.read(tree, [...PLAIN, ...prefixes, "--find-renames", "--patch", from, to]);
}

/** Bytes of a file as it is in a commit or tree, by its path in the repository; null: it has none of that name. */
export async function sizeAt(git: Git, tree: Tree, where: string, path: string): Promise<number | null> {
  const asked = await git.ask(tree, ["cat-file", "-s", `${where}:${path}`], { answers: [0, 128] });
  return asked.ok && asked.value.code === 0 ? Number(asked.value.text) : null;
}

export interface DiffStat {
  readonly files: number;
  readonly added: number;
  readonly removed: number;
}

export function statOf(files: readonly FileChange[]): DiffStat {
  const sum = (key: "added" | "removed") => files.reduce((total, file) => total + (file[key] ?? 0), 0);
  return { files: files.length, added: sum("added"), removed: sum("removed") };
}

/** `4 files, +61 −12` */
export function statText({ files, added, removed }: DiffStat): string {
  return `${files} ${files === 1 ? "file" : "files"}, +${added} −${removed}`;
}

/** git writes `-` for what is no text. */
function countOf(text: string): number | null {
  return text === "-" ? null : Number(text);
}
