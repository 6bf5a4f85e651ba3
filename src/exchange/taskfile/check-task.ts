/** A task file with the project it lies in: the workflow that it becomes, or everything that stands against it. */
import { good, type Problem, type Result } from "../../core/problem.ts";
import { isRole } from "../../spec/schema-agents.ts";
import type { Checked, Surroundings } from "../../spec/surroundings.ts";
import { readDefinition } from "../../spec/workflow-file.ts";
import { TaskSource, taskDefinition } from "./definition.ts";
import { readTaskFile, type TaskFile } from "./task-file.ts";

export interface CheckedTask extends Checked {
  readonly task: TaskFile;
}

export function checkTask(file: string, bytes: Uint8Array, surroundings: Surroundings): Result<CheckedTask> {
  const read = readTaskFile(file, bytes, surroundings.limits);
  if (!read.ok) return read;
  const task = read.value;
  const definition = taskDefinition(task, isRole(task.type, surroundings));
  const checked = readDefinition(definition, new TaskSource(task), surroundings);
  if (!checked.ok) return { ok: false, problems: checked.problems.map(inWordsOfTaskFiles) };
  return good({ ...checked.value, task });
}

/** A worker's parameters are called params here. */
function inWordsOfTaskFiles(problem: Problem): Problem {
  return {
    ...problem,
    ...(problem.hint !== undefined && { hint: problem.hint.replace(/\bparameters:/, "params:") }),
  };
}
