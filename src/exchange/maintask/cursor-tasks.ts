/** What the tasks of a stream say against where MAIN_TASK is to stand. */
import { join } from "node:path";
import type { Problem } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import { keyOfId } from "../taskfile/task-id.ts";
import type { Cursor } from "./cursor.ts";
import { isOpen } from "./loop-task.ts";
import { type FoundTasks, listTasks, taskFile } from "./loop-tasks.ts";
import { LOOP_FOLDER, type Stream } from "./stream.ts";

/** A stream without tasks is one that is led by its cursor alone. */
export function tasksProblems(files: Files, stream: Stream, { status, task }: Cursor): readonly Problem[] {
  const found = listTasks(files, stream);
  const problems: Problem[] = [...nameProblems(files, stream)];
  if (status === "completed") problems.push(...openProblems(found));
  if (
    task !== null &&
    found.tasks.length > 0 &&
    !found.tasks.some(({ name }) => keyOfId(name) === keyOfId(task))
  )
    problems.push({
      code: "E_NOT_FOUND",
      message: `there is no task "${task}" in ${stream.shown}`,
      hint: `one of ${openText(found.tasks.map(({ name }) => name))}`,
    });
  return problems;
}

/** A task and a stream are both a folder there. */
function nameProblems(files: Files, { name, root, shown }: Stream): readonly Problem[] {
  const owner = name === null ? null : taskFile(files, { folder: join(root, LOOP_FOLDER) }, name);
  if (owner === null) return [];
  const message = `${shown} is the folder of a task: ${LOOP_FOLDER}/${owner}`;
  return [{ code: "E_DUPLICATE_TASK", message, hint: "take another name for the stream" }];
}

/** Why the work is not over; a list of tasks that is not the whole truth says nothing of the rest. */
export function openProblems({ tasks, troubles }: FoundTasks): readonly Problem[] {
  const open = tasks.filter(({ state }) => isOpen(state));
  if (open.length > 0) {
    const message = `not completed: ${openText(open.map(({ name, state }) => `${name} is ${state}`))}`;
    const hint = "continue with one of them; decapod task list --by-state shows all";
    return [{ code: "E_TASKS_OPEN", message, hint }];
  }
  return troubles.slice(0, 1).map(({ message, hint }) => ({
    code: "E_TASKS_OPEN",
    message: `not completed, since it is not clear what the tasks are: ${message}`,
    ...(hint !== undefined && { hint }),
  }));
}

const SHOWN_MAX = 5;

function openText(names: readonly string[]): string {
  const more = names.length - SHOWN_MAX;
  return names.slice(0, SHOWN_MAX).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
