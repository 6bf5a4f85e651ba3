/**
 * `history.jsonl` beside MAIN_TASK: every revision on a line of its own, for people, for git, and for a journal that has
 * to be made again. It follows the journal; whatever is missing at its end is written when the next revision comes.
 */
import { join } from "node:path";
import { LIMITS } from "../../core/limits.ts";
import type { Files } from "../../port/files.ts";
import { readPlainFile } from "../taskfile/plain-file.ts";
import { checkCursor } from "./cursor.ts";
import { type Move, moveDetail, moveOf } from "./move.ts";
import type { Stream } from "./stream.ts";

export const HISTORY_FILE = "history.jsonl";
/** A loop of 100,000 revisions has as much; it is read when a journal is made again, and for replay. */
const HISTORY_LIMITS = { [LIMITS.taskFileBytes.name]: 32 * 1024 * 1024 };
/** More than a line has: a revision is below 500 bytes. */
const TAIL_BYTES = 4096;

interface Appended {
  readonly stream: Stream;
  readonly umask: number;
  readonly last: Move;
  /** Every revision of the stream, oldest first. */
  readonly all: () => readonly Move[];
}

/** A folder that cannot be written keeps its old history: the journal has it all, and it is written the next time. */
export function appendHistory(files: Files, { stream, umask, last, all }: Appended): void {
  try {
    const path = join(stream.folder, HISTORY_FILE);
    const known = lastRevision(files, path);
    if (known === last.revision) return;
    if (known === last.revision - 1 && known > 0) return append(files, path, [last]);
    const moves = all();
    // Also where it tells of revisions that never were.
    if (known === null || known === 0 || known > last.revision)
      files.writeAtomic(path, moves.map(historyLine).join(""), 0o666 & ~umask);
    else
      append(
        files,
        path,
        moves.filter(({ revision }) => revision > known),
      );
  } catch {
    // Nothing of the truth is in it.
  }
}

function append(files: Files, path: string, moves: readonly Move[]): void {
  const file = files.open(path, "append");
  try {
    // Not synced: what a power cut takes is written again with the next revision.
    file.write(moves.map(historyLine).join(""));
  } finally {
    file.close();
  }
}

export function historyLine(move: Move): string {
  const { stream: _stream, ...told } = JSON.parse(moveDetail(move)) as Record<string, unknown>;
  return `${JSON.stringify(told)}\n`;
}

/** 0: there is no such file; null: its end is not what was written, so that all of it is written again. */
function lastRevision(files: Files, path: string): number | null {
  const stat = files.stat(path);
  if (stat === null) return 0;
  if (stat.kind !== "file") return null;
  const file = files.open(path, "read");
  try {
    const length = Math.min(stat.size, TAIL_BYTES);
    const tail = Buffer.from(file.read(stat.size - length, length)).toString("utf8");
    if (!tail.endsWith("\n")) return null;
    return readLine(tail.trimEnd().split("\n").at(-1) ?? "", null)?.revision ?? null;
  } finally {
    file.close();
  }
}

/** What a folder tells of its cursor: the revisions from the first to the last that follows without a gap. */
export function historyFrom(files: Files, stream: Stream): readonly Move[] {
  const shown = `${stream.shown}/${HISTORY_FILE}`;
  const read = readPlainFile(files, join(stream.folder, HISTORY_FILE), { shown, limits: HISTORY_LIMITS });
  if (read === null || !read.ok) return [];
  const moves: Move[] = [];
  for (const line of Buffer.from(read.value).toString("utf8").split("\n")) {
    const move = readLine(line, stream.name);
    if (move === null || move.revision !== moves.length + 1) break;
    moves.push(move);
  }
  return moves;
}

function readLine(line: string, stream: string | null): Move | null {
  try {
    const move = moveOf(JSON.stringify({ ...(JSON.parse(line) as object), stream }));
    const isWhole = Number.isInteger(move.revision) && move.revision > 0 && move.at > 0;
    return isWhole && checkCursor(move).length === 0 ? move : null;
  } catch {
    return null;
  }
}
