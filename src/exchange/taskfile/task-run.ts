/**
 * Which run belongs to a task file. The link lies in the journal alone: the id of a run follows from the id of the task
 * and how often it was done before, so a task cannot be claimed twice, whoever tries and whatever the folders say.
 */
import type { RunStarted } from "../../core/event.ts";
import { isMap, type JsonMap, own } from "../../core/json.ts";
import type { RunRow } from "../../host/host.ts";
import { runIdOfKey } from "../../work/key-run.ts";
import type { TaskFile } from "./task-file.ts";
import { keyOfId } from "./task-id.ts";

/** How the runs of task files are found among all runs: `decapod runs --label task-file`. */
export const TASK_LABEL = "task-file";

/** What the key of the `number`th run of a task is; from 1. */
export function taskRunKey(id: string, number: number): string {
  return `task file ${keyOfId(id)} ${number}`;
}

export function taskRunId(id: string, number: number): string {
  return runIdOfKey(taskRunKey(id, number));
}

interface RunsById {
  run(id: string): RunRow | null;
}

/** Its last run, and how many there were. */
export function lastRunOf(
  runs: RunsById,
  id: string,
): { readonly number: number; readonly row: RunRow | null } {
  let last: RunRow | null = null;
  for (let number = 1; ; number += 1) {
    const row = runs.run(taskRunId(id, number));
    if (row === null) return { number: number - 1, row: last };
    last = row;
  }
}

/** What the first entry of the run says of the file: all of its text, so that it can be made again. */
export interface TaskTrigger {
  readonly kind: "files";
  readonly name: string;
  readonly files: readonly string[];
  readonly body: JsonMap;
}

export function triggerOf(task: TaskFile, shown: string): TaskTrigger {
  const { id, type, digest, text, expectedOutputs, retryOf, workflow } = task;
  const body = { task_id: id, task_type: type, digest, text, expected_outputs: expectedOutputs };
  return { kind: "files", name: id, files: [shown], body: { ...body, retry_of: retryOf, workflow } };
}

export interface RecordedTask {
  readonly id: string;
  readonly type: string;
  readonly file: string;
  readonly digest: string;
  readonly text: string;
  readonly expectedOutputs: readonly string[];
  readonly retryOf: string | null;
  readonly workflow: string | null;
}

/** The task file that a run was started for; null for any other run. */
export function recordedTask({
  trigger,
  parent,
}: Pick<RunStarted, "trigger" | "parent">): RecordedTask | null {
  const body = own(trigger, "body");
  if (parent !== null || trigger.kind !== "files" || !isMap(body) || typeof body.task_id !== "string")
    return null;
  const textOf = (key: string) => (typeof body[key] === "string" ? body[key] : null);
  const [file] = Array.isArray(trigger.files) ? trigger.files : [];
  const outputs = Array.isArray(body.expected_outputs) ? body.expected_outputs : [];
  return {
    id: body.task_id,
    type: textOf("task_type") ?? "",
    file: typeof file === "string" ? file : "",
    digest: textOf("digest") ?? "",
    text: textOf("text") ?? "",
    expectedOutputs: outputs.filter((one) => typeof one === "string"),
    retryOf: textOf("retry_of"),
    workflow: textOf("workflow"),
  };
}
