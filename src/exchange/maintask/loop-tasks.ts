/** The tasks of a stream, as their files say. Others write into the folder too: what is no plain file is never followed. */
import { join } from "node:path";
import { BUILT_IN } from "../../core/limits.ts";
import type { Problem, Result } from "../../core/problem.ts";
import { good } from "../../core/problem.ts";
import { thousands } from "../../core/thousands.ts";
import type { FileEntry, Files } from "../../port/files.ts";
import { nearest } from "../../spec/nearest.ts";
import { outsideTrouble } from "../taskfile/folder-trouble.ts";
import { notPlain, readPlainFile } from "../taskfile/plain-file.ts";
import { keyOfId } from "../taskfile/task-id.ts";
import { isLoopState, LOOP_STATES, type LoopState, readName, seemsTask } from "./loop-task.ts";
import type { Stream } from "./stream.ts";
import { historyOf } from "./task-history.ts";

/** Of one stream. */
const LOOP_TASKS_MAX = 10_000;

export interface LoopTask {
  readonly name: string;
  readonly state: LoopState;
  /** The name of its file. */
  readonly file: string;
  readonly path: string;
  /** The path as people see it. */
  readonly shown: string;
  /** By the first line of its history; null for a file that has none. */
  readonly createdMs: number | null;
}

export interface FoundTasks {
  /** In the order in which they were made, and by name. */
  readonly tasks: readonly LoopTask[];
  /** What stands in the place of a task and is none: while there is any, the list is not the whole truth. */
  readonly troubles: readonly Problem[];
}

export function readTasks(files: Files, stream: Stream, most = LOOP_TASKS_MAX): FoundTasks {
  const outside = outsideTrouble(files, stream.root, stream.shown);
  if (outside !== null) return { tasks: [], troubles: [outside] };
  return foundIn(stream, readAll(files, stream, most), most);
}

/** The same from the names of the files alone, so in the order of names: a loop looks often, and there may be many. */
export function listTasks(files: Files, stream: Stream, most = LOOP_TASKS_MAX): FoundTasks {
  const outside = outsideTrouble(files, stream.root, stream.shown);
  if (outside !== null) return { tasks: [], troubles: [outside] };
  const entries = files.list(stream.folder).filter(({ name }) => seemsTask(name));
  const read = entries.slice(0, most).map(({ name, kind }) => taskOf(stream, name, kind));
  return foundIn(stream, { names: entries.map(({ name }) => name), read }, most);
}

interface ReadTasks {
  readonly names: readonly string[];
  readonly read: readonly (Result<LoopTask> | null)[];
}

function foundIn(stream: Stream, { names, read }: ReadTasks, most: number): FoundTasks {
  const found = read.flatMap((one) => (one?.ok === true ? [one.value] : []));
  const doubled = doubledOf(found);
  return {
    tasks: found.filter(({ name }) => !doubled.has(keyOfId(name))).sort(byCreation),
    troubles: [
      ...read.flatMap((one) => (one?.ok === false ? one.problems : [])),
      ...[...doubled.values()].map(doubledTrouble),
      ...(names.length > read.length ? [tooMany(stream, names.length, most)] : []),
    ],
  };
}

/** Looked at anew where one of them has got another name meanwhile. */
const LOOKS_MAX = 3;

function readAll(files: Files, stream: Stream, most: number): ReadTasks {
  for (let look = 1; ; look += 1) {
    const names = files.list(stream.folder).flatMap(({ name }) => (seemsTask(name) ? [name] : []));
    const read = names.slice(0, most).map((name) => readTask(files, stream, name));
    if (look === LOOKS_MAX || !read.includes(null)) return { names, read };
  }
}

/** null when it is gone since it was listed: its state has changed. */
function readTask(files: Files, stream: Stream, file: string): Result<LoopTask> | null {
  const task = taskOf(stream, file, "file");
  if (!task.ok) return task;
  const { path, shown } = task.value;
  const bytes = readPlainFile(files, path, { shown, limits: BUILT_IN });
  if (bytes === null || !bytes.ok) return bytes;
  const [first] = historyOf(Buffer.from(bytes.value).toString("utf8"));
  return good({ ...task.value, createdMs: first?.timeMs ?? null });
}

function taskOf({ folder, shown: above }: Stream, file: string, kind: FileEntry["kind"]): Result<LoopTask> {
  const shown = `${above}/${file}`;
  const said = readName(file);
  if (said === null) return { ok: false, problems: [misnamed(file, shown)] };
  if (kind !== "file") return { ok: false, problems: [notPlain(shown, `a ${kind}`)] };
  return good({ ...said, file, path: join(folder, file), shown, createdMs: null });
}

/** The file that has this name in whatever state, whether or not it can be read; null when there is none. */
export function taskFile(files: Files, { folder }: Pick<Stream, "folder">, name: string): string | null {
  const isSame = (file: string) => keyOfId(readName(file)?.name ?? "") === keyOfId(name);
  return files.list(folder).find((entry) => isSame(entry.name))?.name ?? null;
}

function byCreation(left: LoopTask, right: LoopTask): number {
  const [before, after] = [left.createdMs ?? Number.MAX_VALUE, right.createdMs ?? Number.MAX_VALUE];
  return before - after || (left.name < right.name ? -1 : 1);
}

function doubledOf(found: readonly LoopTask[]): ReadonlyMap<string, readonly LoopTask[]> {
  const same = Map.groupBy(found, ({ name }) => keyOfId(name));
  return new Map([...same].filter(([, files]) => files.length > 1));
}

function doubledTrouble(same: readonly LoopTask[]): Problem {
  const [name] = same.map((task) => task.name);
  return {
    code: "E_DUPLICATE_TASK",
    message: `the task ${name} has ${same.length} files: ${same.map(({ shown }) => shown).join(", ")}`,
    hint: "keep the one that is right",
  };
}

function misnamed(file: string, shown: string): Problem {
  const word = /^\[(.*?)\]/.exec(file)?.[1] ?? "";
  const state = isLoopState(word) ? word : (nearest(word, LOOP_STATES) ?? "pending");
  return {
    code: "E_TASK_ID",
    message: `${shown} is not named as a task is`,
    hint: `[${state}]_NAME_task.md, and in NAME letters, digits, - and _`,
  };
}

function tooMany({ shown }: Stream, count: number, most: number): Problem {
  return {
    code: "E_TOO_LARGE",
    message: `${shown} holds ${thousands(count)} tasks, at most ${thousands(most)} are read`,
    hint: "put those that have ended into a folder of their own",
  };
}
