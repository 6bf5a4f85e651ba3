import type { Files } from "../port/files.ts";

const BYTES_MAX = 1024 * 1024;

/**
 * The text of a file of git's that is small by nature; null when there is none. An agent may have put anything in its
 * place: a pipe would be read for ever, so it is as if nothing were there.
 */
export function smallTextIf(files: Files, path: string): string | null {
  return isSmallFile(files, path) ? files.readTextIf(path) : null;
}

export function isSmallFile(files: Files, path: string): boolean {
  const stat = files.statTarget(path);
  return stat?.kind === "file" && stat.size < BYTES_MAX;
}
