/** What lies inside a workspace, whatever links lie in it. */
import { dirname, isAbsolute, join, relative } from "node:path";
import { compileGlob } from "../core/glob.ts";
import type { FileStat, Files } from "../port/files.ts";

/** Folders that hold no work of anybody. */
const LEFT_OUT: ReadonlySet<string> = new Set([".git", "workflow-state"]);

/** Files at or below `path`, relative to `root`, sorted; links are not followed, and left out. */
export function filesBelow(files: Files, root: string, path: string = root): readonly string[] {
  const stat = files.stat(path);
  if (stat?.kind === "file") return [relative(root, path)];
  if (stat?.kind !== "folder") return [];
  return files
    .list(path)
    .filter((entry) => !LEFT_OUT.has(entry.name))
    .flatMap((entry) => filesBelow(files, root, join(path, entry.name)));
}

/** Files that the glob names, or that lie in a folder it names. Looks only below what it spells out; follows no links. */
export function* filesOf(files: Files, workspace: string, written: string): Generator<FoundFile> {
  const glob = written.replace(/^(?:\.\/+)+/, "");
  const fits = compileGlob(glob);
  const [spelled = ""] = /^(?:[^*?[\]{}\\/]+\/)*/u.exec(glob) ?? [];
  yield* below("", false);

  function* below(folder: string, isNamed: boolean): Generator<FoundFile> {
    for (const { name, kind } of files.list(join(workspace, folder))) {
      const path = `${folder}${name}`;
      const isWanted = isNamed || fits(path);
      const inside = `${path}/`;
      const isOnTheWay = inside.startsWith(spelled) || spelled.startsWith(inside);
      if (kind === "folder" && isOnTheWay && !LEFT_OUT.has(name))
        yield* below(inside, isWanted || inside === glob);
      const stat = kind !== "folder" && isWanted ? files.stat(join(workspace, path)) : null;
      if (stat !== null) yield { path, kind: stat.kind, bytes: stat.size, modifiedMs: stat.modifiedMs };
    }
  }
}

export interface FoundFile {
  readonly path: string;
  readonly kind: FileStat["kind"];
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** Whether what is written to `place` comes to lie in `root`: a folder on the way may have become a link. */
export function isReallyInside(files: Files, root: string, place: string): boolean {
  let folder = dirname(place);
  while (files.stat(folder) === null) folder = dirname(folder);
  return !isOutside(files.realPath(root), files.realPath(folder));
}

/** By the names alone. */
export function isOutside(root: string, path: string): boolean {
  const away = relative(root, path);
  return away === ".." || away.startsWith("../") || isAbsolute(away);
}
