/** Programs in PATH. */
import { delimiter, isAbsolute, join } from "node:path";
import { realFiles } from "./files.ts";

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

function isProgram(path: string): boolean {
  const stat = realFiles.statTarget(path);
  return stat?.kind === "file" && (stat.mode & 0o111) !== 0;
}
