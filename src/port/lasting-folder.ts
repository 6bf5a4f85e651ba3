import { dirname } from "node:path";
import type { Files } from "./files.ts";

/** With its name on the disk when it returns, and the names of the folders made for it: for what others are told is kept. */
export function makeLastingFolder(files: Files, path: string): void {
  if (files.statTarget(path)?.kind === "folder") return;
  if (dirname(path) !== path) makeLastingFolder(files, dirname(path));
  files.makeFolder(path);
  files.syncFolder(dirname(path));
}
