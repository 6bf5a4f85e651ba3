/**
 * Which run belongs to a task file. The link lies in the journal alone: the id of a run follows from the id of the task
 * and how often it was done before, so a task cannot be claimed twice, whoever tries and whatever the folders say. The
 * runs of one task begin with the same letters, then comes the number: the last one is found by one look at the index of
 * ids, whichever of those before it have been cleared away.
 */
import type { RunStarted } from "../../core/event.ts";
import { must } from "../../core/invariant.ts";
import { isMap, type JsonMap, own } from "../../core/json.ts";
import type { RunStatus } from "../../core/run.ts";
import type { RunRow } from "../../host/host.ts";
import { LETTERS, runIdOfKey } from "../../work/key-run.ts";
import type { TaskFile } from "./task-file.ts";
import { keyOfId } from "./task-id.ts";

/** How the runs of task files are found among all runs: `decapod runs --label task-file`. */
export const TASK_LABEL = "task-file";

/** Letters that all runs of a task share, those of the number, and those by which people and branches call the run. */
const SHARED_LENGTH = 14;
const NUMBER_LENGTH = 4;
const NAME_LENGTH = 8;
const RADIX = LETTERS.length;

/** Of the `number`th run of a task; from 1. */
export function taskRunId(id: string, number: number): string {
  must(number < RADIX ** NUMBER_LENGTH, "a task is not done a million times");
  let written = "";
  for (let left = number; written.length < NUMBER_LENGTH; left = Math.floor(left / RADIX))
    written = `${LETTERS[left % RADIX]}${written}`;
  return `${sharedBy(id)}${written}${runIdOfKey(`task file ${keyOfId(id)} ${number}`).slice(-NAME_LENGTH)}`;
}

export function isRunOf(id: string, run: string): boolean {
  return run.startsWith(sharedBy(id));
}

function sharedBy(id: string): string {
  return runIdOfKey(`task file ${keyOfId(id)}`).slice(0, SHARED_LENGTH);
}

export interface RunsById {
  run(id: string): RunRow | null;
  lastRunBeginning(start: string): string | null;
}

/** Its last run, and how many there were. */
export function lastRunOf(
  runs: RunsById,
  id: string,
): { readonly number: number; readonly row: RunRow | null } {
  const last = runs.lastRunBeginning(sharedBy(id));
  if (last === null) return { number: 0, row: null };
  const written = [...last.slice(SHARED_LENGTH, SHARED_LENGTH + NUMBER_LENGTH)];
  return {
    number: written.reduce((sum, letter) => sum * RADIX + LETTERS.indexOf(letter), 0),
    row: runs.run(last),
  };
}

/** Of a task: a run that was cancelled has not done it. */
export function stateOf(status: RunStatus): "open" | "success" | "failed" {
  if (status === "success") return "success";
  return status === "failed" || status === "cancelled" ? "failed" : "open";
}

/** What the first entry of the run says of the file: all of its text, so that it can be made again. */
export interface TaskTrigger {
  readonly kind: "files";
  readonly name: string;
  readonly files: readonly string[];
  readonly body: JsonMap;
}

export function triggerOf(task: TaskFile, shown: string): TaskTrigger {
  const { id, type, digest, text, expectedOutputs, retryOf, workflow, parent } = task;
  const body = { task_id: id, task_type: type, digest, text, expected_outputs: expectedOutputs };
  const trigger: TaskTrigger = {
    kind: "files",
    name: id,
    files: [shown],
    body: { ...body, retry_of: retryOf, workflow },
  };
  return withParents(trigger, parent === null ? [] : [parent]);
}

/** The runs, or attempts in them, that may have written the file. */
export function withParents(trigger: TaskTrigger, parents: readonly string[]): TaskTrigger {
  return parents.length === 0 ? trigger : { ...trigger, body: { ...trigger.body, parents } };
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
  /** The runs, or attempts in them, that may have written it; empty: a person did. */
  readonly parents: readonly string[];
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
  const textsOf = (key: string) =>
    (Array.isArray(body[key]) ? body[key] : []).filter((one) => typeof one === "string");
  return {
    id: body.task_id,
    type: textOf("task_type") ?? "",
    file: typeof file === "string" ? file : "",
    digest: textOf("digest") ?? "",
    text: textOf("text") ?? "",
    expectedOutputs: textsOf("expected_outputs"),
    retryOf: textOf("retry_of"),
    workflow: textOf("workflow"),
    parents: textsOf("parents"),
  };
}
