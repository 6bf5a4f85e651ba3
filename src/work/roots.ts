/** Whether a path that a task names lies where it may: in its workspace, or in a folder that the person opened to tasks. */
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { bad, good, type Result } from "../core/problem.ts";
import type { Files } from "../port/files.ts";

export interface Roots {
  readonly files: Files;
  /** Where relative paths begin. */
  readonly workspace: string;
  /** Folders of the person's configuration. */
  readonly opened: readonly string[];
}

/** The absolute path, when it lies inside segment by segment, also where links on the way lead. It need not exist. */
export function insideRoots(written: string, name: string, roots: Roots): Result<string> {
  const { files, workspace } = roots;
  if (written === "" || written.startsWith("-") || /\p{Cc}/u.test(written))
    return bad({
      code: "E_ARG",
      message: `${name} must be a path, not ${JSON.stringify(written.slice(0, 80))}`,
      hint: `${name}: site`,
    });
  const path = resolve(workspace, written);
  const all = [workspace, ...roots.opened];
  const isNamed = all.some((root) => isBelow(resolve(root), path));
  if (isNamed && isBelowAny(realPathOf(files, path), all, files)) return good(path);
  const where = isAbsolute(written) ? "it lies outside of the project" : "it leads out of the workspace";
  return bad({
    code: "E_OUTSIDE_ROOT",
    message: `${name} ${written} may not be used: ${where}`,
    hint: "a path inside, or roots: [FOLDER] in your own config.yaml",
  });
}

/** Links below a folder that lead out of where tasks may read; relative to it, at most `most`. */
export function linksOutOf(folder: string, roots: Roots, most: number): readonly string[] {
  const { files } = roots;
  const all = [roots.workspace, ...roots.opened];
  const found: string[] = [];
  const look = (inside: string) => {
    for (const { name, kind } of files.list(join(folder, inside))) {
      if (found.length >= most) return;
      const path = join(inside, name);
      if (kind === "folder" && name !== ".git" && name !== "node_modules") look(path);
      if (kind === "link" && !isBelowAny(realPathOf(files, join(folder, path)), all, files)) found.push(path);
    }
  };
  look("");
  return found;
}

function isBelowAny(path: string, roots: readonly string[], files: Files): boolean {
  return roots.some((root) => files.exists(root) && isBelow(files.realPath(root), path));
}

function isBelow(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** Of what is not there: where its folder leads. */
function realPathOf(files: Files, path: string): string {
  if (files.statTarget(path) !== null) return files.realPath(path);
  const folder = resolve(path, "..");
  return folder === path ? path : join(realPathOf(files, folder), relative(folder, path));
}
