/**
 * Changes of several files as one: all are worked out before the first is written, all are written beside their places before
 * the first comes to its place. What is going to happen is noted in the attempt's folder first, so that whoever repeats
 * the work after a crash knows which files have their new text already.
 */
import { basename, dirname, join } from "node:path";
import type { Json } from "../../core/json.ts";
import { isMap } from "../../core/json.ts";
import type { Files } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import { isReallyInside } from "../../work/inside.ts";
import { makeFolders } from "./places.ts";

export interface Change {
  readonly path: string;
  readonly digestBefore: string | null;
  readonly digestAfter: string;
  readonly diff: string;
  readonly linesAdded: number;
  readonly linesRemoved: number;
}

/** A change with what is written; null: the file has its new text already. */
export interface OpenChange extends Change {
  readonly text: string | null;
  readonly mode: number;
}

export interface Note {
  /** Of the parameters: a note of other work says nothing about this. */
  readonly order: string;
  readonly suffix: string;
  readonly changes: readonly Change[];
}

const NOTE = "content-edit.json";

/**
 * The latest note of this attempt, as an engine that died began it, or of one before, for the same work. Also of one that
 * came to its end: nobody knows yet whether the engine heard of it.
 */
export function noteBefore(files: Files, folder: string, number: number, order: string): Note | null {
  for (let earlier = number; earlier > 0; earlier -= 1) {
    const text = files.readTextIf(join(dirname(folder), String(earlier), NOTE));
    const note = text === null ? null : noteOf(text);
    if (note !== null) return note.order === order ? note : null;
  }
  return null;
}

function noteOf(text: string): Note | null {
  try {
    const read = JSON.parse(text) as Json;
    return isMap(read) && Array.isArray(read.changes) ? (read as unknown as Note) : null;
  } catch {
    return null;
  }
}

export interface Where {
  readonly files: Files;
  readonly workspace: string;
  readonly folder: string;
  readonly attempt: string;
  readonly umask: number;
}

/** Why nothing was written; null: all of it was. */
export type Refused = { readonly path: string; readonly why: "changed" | "link" } | null;

export function writeAll(
  changes: readonly OpenChange[],
  order: string,
  where: Where,
  isStopped: () => boolean,
): Refused | "stopped" {
  const { files, workspace, folder, attempt } = where;
  const suffix = `.decapod-${sha256(attempt).slice(0, 12)}.tmp`;
  const note: Note = { order, suffix, changes: changes.map(noted) };
  files.writeAtomic(join(folder, NOTE), JSON.stringify(note));
  const open = changes.filter(({ text }) => text !== null);
  try {
    for (const change of open) writeBeside(change, suffix, where);
    for (const { path, digestBefore } of open) {
      if (!isReallyInside(files, workspace, join(workspace, path))) return { path, why: "link" };
      if (digestOf(files, join(workspace, path)) !== digestBefore) return { path, why: "changed" };
    }
    if (isStopped()) return "stopped";
    for (const { path } of open) files.rename(beside(workspace, path, suffix), join(workspace, path));
  } finally {
    removeBeside(files, workspace, note);
  }
  for (const parent of new Set(open.map(({ path }) => dirname(join(workspace, path)))))
    files.syncFolder(parent);
  return null;
}

function noted({ path, digestBefore, digestAfter, diff, linesAdded, linesRemoved }: Change): Change {
  return { path, digestBefore, digestAfter, diff, linesAdded, linesRemoved };
}

/** What an attempt that was killed has left. */
export function removeBeside(files: Files, workspace: string, { changes, suffix }: Note): void {
  for (const { path } of changes)
    if (isReallyInside(files, workspace, join(workspace, path)))
      files.remove(beside(workspace, path, suffix));
}

function beside(workspace: string, path: string, suffix: string): string {
  const place = join(workspace, path);
  return join(dirname(place), `.${basename(place).slice(0, 100)}${suffix}`);
}

function writeBeside(
  { path, text, mode }: OpenChange,
  suffix: string,
  { files, workspace, umask }: Where,
): void {
  const place = beside(workspace, path, suffix);
  makeFolders(files, dirname(place), umask);
  files.remove(place);
  const file = files.open(place, "create");
  try {
    file.write(text ?? "");
    file.syncData();
  } finally {
    file.close();
  }
  files.setMode(place, mode);
}

function digestOf(files: Files, path: string): string | null {
  return files.stat(path)?.kind === "file" ? sha256(files.readBytes(path)) : null;
}
