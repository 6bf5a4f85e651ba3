/**
 * Files that git does not carry (`artifacts` of a task): kept beside a success, and laid at the same path where a
 * dependant has a worktree of its own.
 */
import { dirname, join } from "node:path";
import { beyond, LIMITS, type Limits, most } from "../core/limits.ts";
import { type FileStat, type Files, systemError } from "../port/files.ts";
import { filesBelow, filesOf, isReallyInside } from "./inside.ts";

const FOLDER = "carried";

export interface Carrying {
  readonly workspace: string;
  readonly globs: readonly string[];
  /** Of the attempt, or what its items share. */
  readonly folder: string;
  /** What others have kept in the folder stays, and is not copied again where it is as it was. */
  readonly isShared?: boolean;
  readonly limits?: Limits;
}

/** What could not be: a word for a person; null when they are kept, all of them. */
export function keepCarried(files: Files, carrying: Carrying): string | null {
  if (carrying.globs.length === 0) return null;
  try {
    return kept(files, carrying);
  } catch (error) {
    const refused = systemError(error);
    if (refused === null) throw error;
    return `its artifacts could not be kept: ${refused.code}, ${refused.path ?? carrying.folder}`;
  }
}

function kept(files: Files, { workspace, globs, folder, isShared, limits }: Carrying): string | null {
  const found = globs.flatMap((glob) => [...filesOf(files, workspace, glob)]);
  const sizes = new Map(found.flatMap(({ path, kind, bytes }) => (kind === "file" ? [[path, bytes]] : [])));
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  if (bytes > most(LIMITS.artifactBytes, limits))
    return `${beyond(LIMITS.artifactBytes, limits)}; these have ${bytes} bytes: ${globs.join(", ")}`;
  (isShared ? add : keep)(files, [...sizes.keys()], { workspace, folder });
  return null;
}

type Places = Pick<Carrying, "workspace" | "folder">;

function keep(files: Files, paths: readonly string[], { workspace, folder }: Places): void {
  // Under its name only once it is whole: a reader takes what it finds.
  const { whole, part } = placesIn(folder);
  for (const path of [whole, part]) files.removeTree(path);
  for (const path of paths) copyIfThere(files, join(workspace, path), join(part, path));
  // Also when there are none: what an earlier attempt left is not of this one.
  files.makeFolder(part);
  files.rename(part, whole);
}

/** Nobody knows whose a file in the project is: each item finds those of all before it. */
function add(files: Files, paths: readonly string[], { workspace, folder }: Places): void {
  const { whole, part } = placesIn(folder);
  files.removeTree(part);
  for (const path of paths) {
    const [from, to] = [join(workspace, path), join(whole, path)];
    if (isAsKept(files.stat(from), files.stat(to)) || !copyIfThere(files, from, part)) continue;
    files.makeFolder(dirname(to));
    files.rename(part, to);
  }
}

function placesIn(folder: string): { readonly whole: string; readonly part: string } {
  return { whole: join(folder, FOLDER), part: join(folder, `${FOLDER}.part`) };
}

function isAsKept(file: FileStat | null, kept: FileStat | null): boolean {
  return file?.size === kept?.size && (kept?.modifiedMs ?? 0) > (file?.changedMs ?? 0);
}

/** Others work in the same project: what has gone since it was listed is as if it had gone before. */
function copyIfThere(files: Files, from: string, to: string): boolean {
  try {
    copy(files, from, to);
    return true;
  } catch (error) {
    if (files.stat(from)?.kind === "file") throw error;
    return false;
  }
}

export interface CarriedFile {
  /** Relative to the workspace it comes from, and to the one it goes to. */
  readonly path: string;
  readonly from: string;
}

/** What these tasks left, in the run with this folder; null: all of it. */
export function carriedBy(
  files: Files,
  runFolder: string,
  tasks: readonly string[] | null,
): readonly CarriedFile[] {
  if (tasks?.length === 0) return [];
  return files.list(runFolder).flatMap(({ name }) => {
    const isMeant = tasks === null || tasks.includes(name.replace(/\.\d+$/, ""));
    const kept = isMeant ? latest(files, join(runFolder, name)) : null;
    return kept === null ? [] : filesBelow(files, kept).map((path) => ({ path, from: join(kept, path) }));
  });
}

/** What lies there already stays. */
export function layCarried(files: Files, workspace: string, carried: readonly CarriedFile[]): void {
  for (const { path, from } of carried) {
    const place = join(workspace, path);
    if (files.stat(place) === null && isReallyInside(files, workspace, place)) copy(files, from, place);
  }
}

/** Of the last attempt that left any. */
function latest(files: Files, place: string): string | null {
  const attempts = files
    .list(place)
    .flatMap(({ name }) => (/^[1-9]\d*$/.test(name) ? [Number(name)] : []))
    .sort((one, other) => other - one);
  const found = attempts.map((attempt) => join(place, String(attempt), FOLDER));
  return found.find((folder) => files.stat(folder)?.kind === "folder") ?? null;
}

function copy(files: Files, from: string, to: string): void {
  files.makeFolder(dirname(to));
  files.copy(from, to);
}
