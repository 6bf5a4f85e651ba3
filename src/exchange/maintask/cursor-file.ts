/** MAIN_TASK as its file has it now, whoever wrote it. */
import { BUILT_IN } from "../../core/limits.ts";
import type { Problem } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import { outsideTrouble } from "../taskfile/folder-trouble.ts";
import { readPlainFile } from "../taskfile/plain-file.ts";
import { type Cursor, readCursor } from "./cursor.ts";
import { CURSOR_FILE, cursorPath, type Stream } from "./stream.ts";

export type CursorFile =
  | { readonly state: "missing" }
  | { readonly state: "broken"; readonly problems: readonly Problem[] }
  | { readonly state: "read"; readonly cursor: Cursor };

export function readCursorFile(files: Files, stream: Stream): CursorFile {
  const shown = `${stream.shown}/${CURSOR_FILE}`;
  const outside = outsideTrouble(files, stream.root, stream.shown);
  if (outside !== null) return { state: "broken", problems: [outside] };
  const read = readPlainFile(files, cursorPath(stream), { shown, limits: BUILT_IN });
  if (read === null) return { state: "missing" };
  if (!read.ok) return { state: "broken", problems: read.problems };
  const cursor = readCursor(shown, read.value);
  return cursor.ok ? { state: "read", cursor: cursor.value } : { state: "broken", problems: cursor.problems };
}
