/** Programs in PATH. */
import { delimiter, isAbsolute, join } from "node:path";
import { type FileStat, type Files, realFiles } from "./files.ts";

/** By name, as absolute paths; never from a relative entry. */
export function programsIn(path: string, names: readonly string[]): Readonly<Record<string, string>> {
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder));
  const found: Record<string, string> = {};
  for (const name of names) {
    const program = folders.map((folder) => join(folder, name)).find((file) => isProgram(file));
    if (program !== undefined) found[name] = program;
  }
  return found;
}

/** PATH often has folders that this user may not look into: what lies there cannot be started, and is not there. */
export function seen(path: string, files: Pick<Files, "statTarget">): FileStat | null {
  try {
    return files.statTarget(path);
  } catch {
    return null;
  }
}

/** Where a path really leads; itself where that cannot be seen. */
export function realOr(files: Pick<Files, "realPath">, path: string): string {
  try {
    return files.realPath(path);
  } catch {
    return path;
  }
}

function isProgram(path: string): boolean {
  const stat = seen(path, realFiles);
  return stat?.kind === "file" && (stat.mode & 0o111) !== 0;
}
