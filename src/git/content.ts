/**
 * What a worktree holds now, as a tree in the repository: also what nobody added, without what git ignores. The
 * worktree's own index is copied, never touched, so that an agent at work notices nothing; since the copy knows sizes and
 * times of all files, only what has changed is read.
 */
import { basename, join } from "node:path";
import { good, type Result } from "../core/problem.ts";
import { type Files, systemError } from "../port/files.ts";
import type { Git } from "./git.ts";
import { commitAt } from "./repository.ts";
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
    | "finds no room on the disk";
}

export interface ContentOptions {
  readonly files: Files;
  readonly git: Git;
  /** A path of ours for the copy of the index. */
  readonly index: string;
  readonly fileBytesMax: number;
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
    const status = await git.read(tree, STATUS, { index });
    if (!status.ok) return status;
    const changes = changesIn(status.value);
    const { taken, leftOut } = chosen(files, tree, changes, options.fileBytesMax);
    const gone = changes.filter(({ isGone }) => isGone).map(({ path }) => path);
    const added = (await update(["--force-remove"], gone)) ?? (await update(["--add", "--replace"], taken));
    if (added !== null) return added;
    const written = await git.read(tree, ["write-tree"], { index });
    return written.ok ? good({ tree: written.value.trim(), head: head.value, leftOut }) : written;
  } finally {
    files.remove(index);
  }

  async function update(ways: readonly string[], paths: readonly string[]) {
    if (paths.length === 0) return null;
    const argv = ["update-index", ...ways, "-z", "--stdin"];
    const done = await git.read(tree, argv, { index, input: paths.map((path) => `${path}\0`).join("") });
    return done.ok ? null : done;
  }
}

const STATUS = [
  "status",
  "--porcelain=v1",
  "-z",
  "--untracked-files=all",
  "--no-renames",
  "--ignore-submodules=all",
] as const;

async function copyIndex(tree: WorkTree, head: string, { files, git, index }: ContentOptions) {
  files.remove(index);
  const own = join(tree.gitFolder, "index");
  const stat = files.stat(own);
  if (stat?.kind !== "file") return git.read(tree, ["read-tree", head], { index });
  files.copy(own, index);
  // By the time of its index git knows which files may have changed in the second they were looked at; 0 means none.
  files.setModified(index, Math.max(1, Math.floor(stat.modifiedMs / 1000)));
  return good("");
}

interface Change {
  readonly path: string;
  readonly isGone: boolean;
  readonly isNew: boolean;
}

function changesIn(status: string): readonly Change[] {
  return status.split("\0").flatMap((entry) => {
    if (entry.length < 4) return [];
    const [staged, unstaged] = entry;
    const path = entry.slice(3);
    return [{ path, isGone: unstaged === "D", isNew: staged === "?" || staged === "A" }];
  });
}

/** Links are kept as links, so nothing outside is ever read (G10). */
function chosen(files: Files, tree: WorkTree, changes: readonly Change[], fileBytesMax: number) {
  const taken: string[] = [];
  const leftOut: LeftOut[] = [];
  let free = files.freeBytes(tree.common) - SPARE_BYTES;
  for (const { path, isGone, isNew } of changes) {
    if (isGone) continue;
    const stat = statOf(files, join(tree.root, path));
    // Gone since git looked, or only gone from the index: what lies there counts.
    if (stat === null) continue;
    const why = reasonAgainst(path, stat, isNew, { fileBytesMax, free });
    if (why !== null) leftOut.push({ path, why });
    else {
      taken.push(path);
      free -= stat.size;
    }
  }
  return { taken, leftOut };
}

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
