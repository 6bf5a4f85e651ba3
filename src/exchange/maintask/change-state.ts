/**
 * A task of a loop gets another state: its file another name, in one step, so that whoever is killed leaves it in one
 * of the two. Of two who change it at once one is refused. What was done is written at the end of the same file.
 */
import { join } from "node:path";
import { BUILT_IN } from "../../core/limits.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { errorCode, type Files, type OpenFile } from "../../port/files.ts";
import { writingTrouble } from "../taskfile/folder-trouble.ts";
import { readPlainFile } from "../taskfile/plain-file.ts";
import { fileOf, type LoopState, mayChange } from "./loop-task.ts";
import type { LoopTask } from "./loop-tasks.ts";
import type { Stream } from "./stream.ts";
import { type HistoryItem, historyEnd, historyOf } from "./task-history.ts";

export interface Change {
  readonly to: LoopState;
  readonly note: string | null;
  /** A completed task is to be done once more. */
  readonly isAgain: boolean;
  readonly nowMs: number;
}

export interface Changed {
  readonly file: string;
  readonly shown: string;
  /** False: it had that state. */
  readonly changed: boolean;
}

export function changeState(files: Files, stream: Stream, task: LoopTask, change: Change): Result<Changed> {
  const { name, state, shown } = task;
  const isSame = state === change.to;
  const refused = isSame ? null : changeTrouble(task, change.to, change.isAgain);
  if (refused !== null) return bad(refused);
  const read = readPlainFile(files, task.path, { shown, limits: BUILT_IN });
  if (read === null) return bad(moved(task));
  if (!read.ok) return read;
  const file = fileOf(name, change.to);
  const done = { file, shown: `${stream.shown}/${file}`, changed: !isSame };
  if (isSame && change.note === null) return good(done);
  const text = Buffer.from(read.value).toString("utf8");
  const end = historyEnd(text, [...unnoted(text, task, change), item(task, change)]);
  const trouble = carryOut(files, { from: task, to: join(stream.folder, file), end });
  return trouble === null ? good(done) : bad(trouble);
}

/** Why a task does not become that; null when it may. */
export function changeTrouble({ name, state }: LoopTask, to: LoopState, isAgain = false): Problem | null {
  if (mayChange(state, to, isAgain)) return null;
  const message = `${name} is ${state}, and does not become ${to} from there`;
  return { code: "E_CONFLICT", message, hint: NEXT_WORDS[state] };
}

/** The file is opened before it moves: what is written then goes into it whoever moves it on meanwhile. */
function carryOut(
  files: Files,
  { from, to, end }: { readonly from: LoopTask; readonly to: string; readonly end: string },
): Problem | null {
  let file: OpenFile | null = null;
  try {
    file = files.open(from.path, "extend");
    if (to !== from.path) {
      if (files.exists(to)) return moved(from);
      files.rename(from.path, to);
    }
    file.write(end);
    file.syncData();
    files.syncFolder(join(to, ".."));
    return null;
  } catch (thrown) {
    return errorCode(thrown) === "ENOENT" ? moved(from) : writingTrouble(from.shown, thrown);
  } finally {
    file?.close();
  }
}

function item({ state }: LoopTask, { to, note, nowMs }: Change): HistoryItem {
  return { timeMs: nowMs, from: state, to, note };
}

/** Somebody gave the file another name by hand, or was killed before the line was written. */
function unnoted(text: string, { state }: LoopTask, { nowMs }: Change): readonly HistoryItem[] {
  const last = historyOf(text).at(-1);
  if (last === undefined || last.to === state) return [];
  return [{ timeMs: nowMs, from: last.to, to: state, note: "found so; nobody wrote down when" }];
}

const NEXT_WORDS: Readonly<Record<LoopState, string>> = {
  pending: "running first: whoever does it says so before it is done",
  running: "completed, failed or blocked; or pending, when somebody else is to begin anew",
  blocked: "running or pending, once what blocked it is gone",
  failed: "running or pending, to try it again",
  completed:
    "it is done: what others built on it would no longer hold. To do it again all the same: pending --again",
};

function moved({ name, shown }: LoopTask): Problem {
  return {
    code: "E_CONFLICT",
    message: `somebody else has just changed ${name}: ${shown} is no longer what it was`,
    hint: "decapod task list --by-state, then decide again",
  };
}
