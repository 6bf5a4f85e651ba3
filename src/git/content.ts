/**
 * What a worktree holds now, as a tree in the repository: also what nobody added, without what git ignores. The
 * worktree's own index is copied, never touched, so that an agent at work notices nothing; since the copy knows sizes and
 * times of all files, only what has changed is read.
 */
import { basename, join } from "node:path";
import { good, type Result } from "../core/problem.ts";
import { type Files, systemError } from "../port/files.ts";
import { copyIndex, type IndexCopyOptions, type Staged, stagedSince, unhide } from "./index-copy.ts";
import { largeFiles } from "./lfs.ts";
import { commitAt, refAt } from "./repository.ts";
import type { WorkTree } from "./tree.ts";

export interface Content {
  /** Hash of the tree. */
  readonly tree: string;
  /** What it stands on: HEAD of the worktree. */
  readonly head: string;
  /** Paths that lie there and are not in it, with the reason. */
  readonly leftOut: readonly LeftOut[];
}

export interface LeftOut {
  readonly path: string;
  readonly why:
    | "looks like a secret"
    | "is too large"
    | "is a repository of its own"
    | "is no file"
    | "belongs to Git LFS, which does not run"
    | "finds no room on the disk";
}

export interface ContentOptions extends IndexCopyOptions {
  readonly fileBytesMax: number;
  /** The ref of what the worker began from: what is new since then may be left out. */
  readonly base: string;
}

/** So much stays free on the disk of the repository; what would take more is left out (F60). */
const SPARE_BYTES = 64 * 1024 * 1024;

export async function contentOf(tree: WorkTree, options: ContentOptions): Promise<Result<Content>> {
  const { files, git, index } = options;
  try {
    const head = await commitAt(git, tree, "HEAD");
    if (!head.ok) return head;
    const copied = await copyIndex(tree, head.value, options);
    if (!copied.ok) return copied;
    const repositories = await unhide(tree, options);
    if (!repositories.ok) return repositories;
    const status = await git.read(tree, STATUS, { index });
    if (!status.ok) return status;
    const base = await refAt(git, tree, options.base);
    if (!base.ok) return base;
    const staged = await stagedSince(tree, base.value ?? head.value, options);
    if (!staged.ok) return staged;
    const changed = changesIn(status.value);
    const there = changed.flatMap(({ path, isGone }) => (isGone ? [] : [path]));
    const large = await largeFiles(tree, there, options);
    if (!large.ok) return large;
    const found = {
      changes: changed.filter(({ path }) => !large.value.staged.has(path)),
      large: large.value.open,
      staged: staged.value,
      repositories: repositories.value,
    };
    const { taken, gone, leftOut } = chosen(tree, found, options);
    const out = new Set(leftOut.map(({ path }) => path));
    const back = staged.value.filter(({ path }) => out.has(path)).map(({ before }) => before);
    const updated =
      (await update(["--force-remove", "-z", "--stdin"], ended(gone))) ??
      (await update(["--add", "--remove", "--replace", "-z", "--stdin"], ended(taken))) ??
      (await update(["-z", "--index-info"], back));
    if (updated !== null) return updated;
    const written = await git.read(tree, ["write-tree"], { index });
    return written.ok ? good({ tree: written.value.trim(), head: head.value, leftOut }) : written;
  } finally {
    files.remove(index);
  }

  async function update(ways: readonly string[], lines: readonly string[]) {
    if (lines.length === 0) return null;
    const done = await git.read(tree, ["update-index", ...ways], { index, input: lines.join("") });
    return done.ok ? null : done;
  }
}

function ended(paths: readonly string[]): readonly string[] {
  return paths.map((path) => `${path}\0`);
}

const STATUS = [
  "status",
  "--porcelain=v1",
  "-z",
  "--untracked-files=all",
  "--no-renames",
  "--ignore-submodules=all",
] as const;

interface Change {
  readonly path: string;
  readonly isGone: boolean;
  /** Whether it lies there is not told by its letters. */
  readonly isConflict: boolean;
  readonly isNew: boolean;
}

function changesIn(status: string): readonly Change[] {
  return status.split("\0").flatMap((entry) => {
    if (entry.length < 4) return [];
    const [staged = "", unstaged = ""] = entry;
    const path = entry.slice(3);
    const isNew = staged === "?" || staged === "A" || unstaged === "A";
    const isConflict = /U|AA|DD/.test(`${staged}${unstaged}`);
    return [{ path, isGone: unstaged === "D" && !isConflict, isConflict, isNew }];
  });
}

interface Found {
  readonly changes: readonly Change[];
  /** What only LFS could bring in. */
  readonly large: ReadonlySet<string>;
  readonly staged: readonly Staged[];
  readonly repositories: readonly string[];
}

/** Links are kept as links, so nothing outside is ever read (G10). */
function chosen(tree: WorkTree, { changes, large, staged, repositories }: Found, options: ContentOptions) {
  const { files, fileBytesMax } = options;
  const taken: string[] = [];
  const gone: string[] = [];
  const leftOut: LeftOut[] = [];
  let free = files.freeBytes(tree.common) - SPARE_BYTES;
  const since = new Map(staged.map((one) => [one.path, one]));
  for (const { path, isGone, isConflict, isNew } of changes) {
    const stat = isGone ? null : statOf(files, join(tree.root, path));
    if (isGone || (isConflict && stat === null)) gone.push(path);
    // Gone since git looked, or only gone from the index: what lies there counts.
    if (stat === null) continue;
    const why = large.has(path)
      ? "belongs to Git LFS, which does not run"
      : reasonAgainst(path, stat, since.get(path)?.isNew ?? isNew, { fileBytesMax, free });
    if (why !== null) leftOut.push({ path, why });
    else {
      taken.push(path);
      free -= stat.size;
    }
  }
  const known = new Set(changes.map(({ path }) => path));
  const unchanged = staged.filter(({ path, isGone }) => !isGone && !known.has(path));
  for (const { path, isNew, isRepository } of unchanged) {
    const stat = isRepository ? REPOSITORY_STAT : statOf(files, join(tree.root, path));
    const why = stat === null ? null : reasonAgainst(path, stat, isNew, { fileBytesMax, free: Infinity });
    if (why !== null) leftOut.push({ path, why });
  }
  for (const path of repositories) {
    if (known.has(path) || since.has(path) || files.list(join(tree.root, path)).length === 0) continue;
    leftOut.push({ path, why: "is a repository of its own" });
  }
  return { taken, gone, leftOut };
}

/** Its commits lie nowhere but in itself, so that the hash of one in our tree would prove nothing (G9). */
const REPOSITORY_STAT = { kind: "folder", size: 0 };

/** null: it is taken. */
export function reasonAgainst(
  path: string,
  stat: { readonly kind: string; readonly size: number },
  isNew: boolean,
  { fileBytesMax, free }: { readonly fileBytesMax: number; readonly free: number },
): LeftOut["why"] | null {
  // As git names a repository inside this one (G9).
  if (path.endsWith("/") || stat.kind === "folder") return "is a repository of its own";
  if (stat.kind === "other") return "is no file";
  // What the repository has already is no secret any more.
  if (isNew && looksSecret(path)) return "looks like a secret";
  if (stat.size > fileBytesMax) return "is too large";
  return stat.size > free ? "finds no room on the disk" : null;
}

const SECRET_NAMES =
  /^(?:\.env(?:\.(?!example$|sample$|template$|dist$|defaults?$).+)?|\.netrc|_netrc|\.npmrc|\.pypirc|\.pgpass|\.htpasswd|\.git-credentials|credentials|credentials\.json|service-account.*\.json|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|.+\.(?:pem|key|p12|pfx|keystore|jks|kdbx|ppk))$/i;

/** By name, as secrets lie around; a dump of memory may hold any of them. */
export function looksSecret(path: string): boolean {
  const name = basename(path);
  return SECRET_NAMES.test(name) || /^core(?:\.\d+)?$/.test(name);
}

function statOf(files: Files, path: string): { readonly kind: string; readonly size: number } | null {
  try {
    return files.stat(path.replace(/\/$/, ""));
  } catch (error) {
    if (systemError(error) === null) throw error;
    return { kind: "other", size: 0 };
  }
}

/** `.env looks like a secret, core is too large`: for a note. */
export function leftOutText(leftOut: readonly LeftOut[]): string {
  const told = leftOut.slice(0, TOLD_MAX).map(({ path, why }) => `${path} ${why}`);
  const more = leftOut.length - told.length;
  return more === 0 ? told.join(", ") : `${told.join(", ")} and ${more} more`;
}

const TOLD_MAX = 10;
