/**
 * Streams: a loop has one, the folder with its MAIN_TASK, the tasks beside it and a folder for each of them. The one
 * without a name is `.tasks` itself; the others are folders in it, so that several loops go on side by side.
 */
import { join } from "node:path";
import { bad, good, type Result } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import { nameTrouble, readName } from "./loop-task.ts";

export const LOOP_FOLDER = ".tasks";
export const CURSOR_FILE = "MAIN_TASK";

export interface Stream {
  readonly name: string | null;
  /** The project. */
  readonly root: string;
  readonly folder: string;
  /** As people see it: relative to the project. */
  readonly shown: string;
}

export function streamOf(root: string, name: string | null): Result<Stream> {
  if (name === null) return good({ name, root, folder: join(root, LOOP_FOLDER), shown: LOOP_FOLDER });
  const trouble = nameTrouble(name);
  if (trouble !== null)
    return bad({ ...trouble, hint: "a stream is named like a task: letters, digits, - and _" });
  return good({ name, root, folder: join(root, LOOP_FOLDER, name), shown: `${LOOP_FOLDER}/${name}` });
}

export function cursorPath({ folder }: Stream): string {
  return join(folder, CURSOR_FILE);
}

/** The one without a name, and each folder with a MAIN_TASK or with tasks of its own, by name. Links lead to none. */
export function everyStream(files: Files, root: string): readonly Stream[] {
  const names = files
    .list(join(root, LOOP_FOLDER))
    .flatMap(({ name, kind }) => (kind === "folder" && isStream(files, root, name) ? [name] : []));
  return [null, ...names].flatMap((name) => {
    const stream = streamOf(root, name);
    return stream.ok ? [stream.value] : [];
  });
}

/** Not the folder of a task: that one holds neither. */
export function isStream(files: Files, root: string, name: string): boolean {
  const inside = files.list(join(root, LOOP_FOLDER, name));
  return inside.some((entry) => entry.name === CURSOR_FILE || readName(entry.name) !== null);
}
