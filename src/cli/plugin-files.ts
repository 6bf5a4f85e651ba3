/** The plugin for an agent program: which of its files are where, and putting them there. Nothing is written over unasked. */
import { dirname, join, relative } from "node:path";
import { errorCode, type Files } from "../port/files.ts";
import { writingProblem } from "./new-files.ts";
import { Refused } from "./refusal.ts";

export type FileState = "new" | "same" | "differs";

export interface PluginFile {
  /** Relative to the plugin's folder. */
  readonly file: string;
  readonly state: FileState;
}

/** What lies in `source`, and how it stands in `target`. */
export function pluginFiles(files: Files, source: string, target: string): readonly PluginFile[] {
  return filesIn(files, source, source).map((file): PluginFile => {
    const there = files.statTarget(join(target, file));
    if (there === null) return { file, state: "new" };
    const isSame =
      there.kind === "file" && files.readTextIf(join(target, file)) === files.readTextIf(join(source, file));
    return { file, state: isSame ? "same" : "differs" };
  });
}

/** Relative to `root`, by name. */
export function filesIn(files: Files, folder: string, root: string): readonly string[] {
  return files
    .list(folder)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap(({ name, kind }) =>
      kind === "folder" ? filesIn(files, join(folder, name), root) : [relative(root, join(folder, name))],
    );
}

interface Places {
  readonly source: string;
  readonly target: string;
  readonly umask: number;
}

/** Writes those that are not the same. */
export function copyPlugin(
  files: Files,
  list: readonly PluginFile[],
  { source, target, umask }: Places,
): void {
  for (const { file, state } of list) {
    if (state === "same") continue;
    const path = join(target, file);
    try {
      makeFolders(files, dirname(path), umask);
      files.writeAtomic(path, files.readText(join(source, file)), 0o666 & ~umask);
    } catch (thrown) {
      if (errorCode(thrown) === "") throw thrown;
      throw new Refused([writingProblem(thrown, path, files)]);
    }
  }
}

function makeFolders(files: Files, folder: string, umask: number): void {
  if (files.statTarget(folder)?.kind === "folder") return;
  makeFolders(files, dirname(folder), umask);
  files.makeFolder(folder);
  files.setMode(folder, 0o777 & ~umask);
}
