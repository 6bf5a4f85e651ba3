/** Where a file may lie, and what of it can be edited. */
import { dirname, join } from "node:path";
import { beyond, LIMITS, type Limits, most } from "../../core/limits.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { FileStat, Files } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";

/** By its text alone, segment by segment; null: it is inside of a root. */
export function pathProblem(path: string, roots: readonly string[]): Problem | null {
  const shown = JSON.stringify(path);
  const list = roots.map((root) => `${root}/`).join(", ");
  const outside = (message: string): Problem => ({
    code: "E_OUTSIDE_ROOT",
    message,
    hint: `a file below ${list}`,
  });
  if (path.startsWith("/") || /^[A-Za-z]:|\\/.test(path))
    return outside(`${shown} is no relative path with /`);
  const segments = path.split("/");
  if (segments.includes("..")) return outside(`${shown} leads out of its folder with ..`);
  if (segments.some((segment) => segment === "" || segment === "." || /\p{Cc}/u.test(segment)))
    return outside(`${shown} has an empty part, a . or a control character`);
  const isInside = roots.some((root) => {
    const parts = root.split("/").filter((part) => part !== "" && part !== ".");
    return parts.length < segments.length && parts.every((part, index) => part === segments[index]);
  });
  return isInside ? null : outside(`${shown} lies outside of ${list}`);
}

/** The file as it is, links on the way refused; null: nothing is there. */
export function placeOf(files: Files, workspace: string, path: string): Result<FileStat | null> {
  const segments = path.split("/");
  for (let count = 1; count <= segments.length; count += 1) {
    const part = segments.slice(0, count).join("/");
    const stat = files.stat(join(workspace, part));
    if (stat === null) return good(null);
    if (stat.kind === "link")
      return bad({
        code: "E_OUTSIDE_ROOT",
        message: `${part} is a link`,
        hint: "content-edit follows no links",
      });
    const wanted = count === segments.length ? "file" : "folder";
    if (stat.kind !== wanted)
      return bad({
        code: "E_TYPE",
        message: `${part} is no ${wanted}`,
        hint: "only regular files are edited",
      });
    if (count === segments.length) return good(stat);
  }
  return good(null);
}

export interface ReadFile {
  readonly text: string;
  readonly digest: string;
  readonly mode: number;
}

/** null: nothing is there. */
export function readText(
  files: Files,
  workspace: string,
  path: string,
  limits?: Limits,
): Result<ReadFile | null> {
  const place = placeOf(files, workspace, path);
  if (!place.ok || place.value === null) return place.ok ? good(null) : place;
  const { size, mode } = place.value;
  if (size > most(LIMITS.contentBytes, limits)) return bad(tooLarge(path, size, limits));
  const bytes = files.readBytes(join(workspace, path));
  const text = textOf(bytes);
  if (text !== null) return good({ text, digest: sha256(bytes), mode });
  return bad({
    code: "E_ENCODING",
    message: `${path} is no text in UTF-8`,
    hint: "only such files are edited",
  });
}

export function tooLarge(path: string, size: number, limits?: Limits): Problem {
  return {
    code: "E_TOO_LARGE",
    message: `${path} has ${size} bytes: ${beyond(LIMITS.contentBytes, limits)}`,
  };
}

function textOf(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

/** With the modes of the person's own: the folders are for others to read too. */
export function makeFolders(files: Files, folder: string, umask: number): void {
  if (files.stat(folder)?.kind === "folder") return;
  makeFolders(files, dirname(folder), umask);
  files.makeFolder(folder);
  files.setMode(folder, 0o777 & ~umask);
  files.syncFolder(dirname(folder));
}
