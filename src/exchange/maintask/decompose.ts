/**
 * A task of a loop is taken apart: a file for each part, then a line in the task's own history, from which it is seen
 * that this was done. Who is killed in between does it once more: parts that are there stay as they are.
 */
import { BUILT_IN } from "../../core/limits.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { type Decomposition, fillText, type Subtask } from "../../spec/decomposition-file.ts";
import { readPlainFile } from "../taskfile/plain-file.ts";
import type { TaskFolders } from "../taskfile/task-folders.ts";
import { changeState, changeTrouble } from "./change-state.ts";
import { createTask, descriptionIn, folderOf, titleOf } from "./create-task.ts";
import { nameTrouble } from "./loop-task.ts";
import { type LoopTask, taskFile } from "./loop-tasks.ts";
import type { Stream } from "./stream.ts";
import { historyOf } from "./task-history.ts";

export interface Part {
  readonly name: string;
  readonly shown: string;
  readonly folder: string;
  /** False: it was there. */
  readonly isNew: boolean;
}

export interface Decomposed {
  /** The task's own file, as it is called now. */
  readonly shown: string;
  readonly parts: readonly Part[];
}

const SAID = "decomposed with";

/** What a task asks for; refused where it has been taken apart, or is done. */
export function readyToDecompose(folders: TaskFolders, task: LoopTask): Result<string> {
  const trouble = task.state === "running" ? null : changeTrouble(task, "running");
  if (trouble !== null) return bad(trouble);
  const read = readPlainFile(folders.files, task.path, { shown: task.shown, limits: BUILT_IN });
  if (read === null) return bad({ code: "E_CONFLICT", message: `${task.shown} has just gone` });
  if (!read.ok) return read;
  const text = Buffer.from(read.value).toString("utf8");
  const before = historyOf(text).find(({ note }) => note?.startsWith(SAID) === true);
  return before === undefined ? good(descriptionIn(text)) : bad(done(task, before.note ?? ""));
}

export function decompose(
  folders: TaskFolders,
  stream: Stream,
  {
    task,
    decomposition,
    description,
    nowMs,
  }: {
    readonly task: LoopTask;
    readonly decomposition: Decomposition;
    readonly description: string;
    readonly nowMs: number;
  },
): Result<Decomposed> {
  const { name, subtasks } = decomposition;
  const named = subtasks.map((one) => ({ ...one, full: `${task.name}-${one.name}` }));
  const unnameable = named.flatMap(({ full }) => nameTrouble(full) ?? []);
  if (unnameable.length > 0) return bad(...unnameable);
  const values = { task: task.name, description: description === "" ? titleOf(task.name) : description };
  const parts: Part[] = [];
  for (const [index, { full, ...one }] of named.entries()) {
    // A millisecond apart, so that they stand in their order wherever tasks are listed.
    const part = partOf(folders, stream, {
      full,
      parent: task.name,
      subtask: filled(one, values),
      nowMs: nowMs + index,
    });
    if (!part.ok) return part;
    parts.push(part.value);
  }
  const note = `${SAID} ${name}: ${subtasks.map((one) => one.name).join(", ")}`;
  const changed = changeState(folders.files, stream, task, { to: "running", note, isAgain: false, nowMs });
  return changed.ok ? good({ shown: changed.value.shown, parts }) : changed;
}

function filled(subtask: Subtask, values: { readonly task: string; readonly description: string }): Subtask {
  const { title, description } = subtask;
  return {
    ...subtask,
    title: title === null ? null : fillText(title, values),
    description: fillText(description, values),
  };
}

interface Wanted {
  readonly full: string;
  readonly parent: string;
  readonly subtask: Subtask;
  readonly nowMs: number;
}

function partOf(
  folders: TaskFolders,
  stream: Stream,
  { full, parent, subtask, nowMs }: Wanted,
): Result<Part> {
  const there = taskFile(folders.files, stream, full);
  const folder = folderOf(stream, full);
  if (there !== null) return good({ name: full, shown: `${stream.shown}/${there}`, folder, isNew: false });
  const { title, description, outputs } = subtask;
  const made = createTask(folders, stream, {
    task: { name: full, title, description, outputs, parent },
    nowMs,
  });
  if (!made.ok) return made;
  return good({ name: full, shown: made.value.shown, folder, isNew: true });
}

function done({ name }: LoopTask, note: string): Problem {
  return {
    code: "E_CONFLICT",
    message: `${name} was ${note}`,
    hint: "work on its parts: decapod task list --by-state",
  };
}
