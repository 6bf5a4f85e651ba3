/** A task file as a run is started with it: one reading, and what was read is what runs. */
import { dirname, relative } from "node:path";
import { BUILT_IN } from "../../core/limits.ts";
import { bad, good, type Result } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import type { Surroundings } from "../../spec/surroundings.ts";
import { type CheckedTask, checkTask } from "./check-task.ts";
import { outsideTrouble } from "./folder-trouble.ts";
import { readPlainFile } from "./plain-file.ts";
import { type TaskTrigger, triggerOf } from "./task-run.ts";

export interface StartableTask extends CheckedTask {
  readonly file: string;
  readonly text: string;
  readonly trigger: TaskTrigger;
}

export function readStartable(
  path: string,
  root: string,
  files: Files,
  surroundings: Surroundings,
): Result<StartableTask> {
  const shown = relative(root, path);
  const outside = outsideTrouble(files, root, dirname(shown));
  if (outside !== null) return bad(outside);
  const read = readPlainFile(files, path, { shown, limits: surroundings.limits ?? BUILT_IN });
  if (read === null) return bad({ code: "E_NOT_FOUND", message: `there is no file ${shown}` });
  return read.ok ? startableTask({ path, shown }, read.value, surroundings) : read;
}

/** Of bytes that have been read. */
export function startableTask(
  { path, shown }: { readonly path: string; readonly shown: string },
  bytes: Uint8Array,
  surroundings: Surroundings,
): Result<StartableTask> {
  const checked = checkTask(shown, bytes, surroundings);
  if (!checked.ok) return checked;
  const { task } = checked.value;
  return good({ ...checked.value, file: path, text: task.text, trigger: triggerOf(task, shown) });
}
