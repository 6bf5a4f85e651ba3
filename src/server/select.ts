/** --only, --from, --until: which tasks a run leaves out, and what they had given before. */

import type { RunStarted } from "../core/event.ts";
import { isMap, type Json } from "../core/json.ts";
import { NO_OUTPUT, type OutputValue } from "../core/outcome.ts";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { Workflow } from "../core/workflow.ts";
import type { RunQuery, RunRow, TaskRow } from "../host/host.ts";
import { nearest } from "../spec/nearest.ts";
import type { Outputs } from "../work/outputs.ts";
import { safeLine } from "../work/terminal.ts";

export interface Selection {
  readonly only: readonly string[];
  readonly from: string | null;
  readonly until: string | null;
}

/** What is read of earlier runs. */
export interface EarlierRuns {
  runs(query: RunQuery): readonly RunRow[];
  tasks(run: string): readonly TaskRow[];
}

export type LeftOut = NonNullable<RunStarted["leftOut"]>;

/**
 * The tasks to run, or null for all. An approval before a selected task is never left out: what a person said of
 * an earlier run does not cover this one.
 */
export function selectedTasks(
  workflow: Workflow,
  { only, from, until }: Selection,
): Result<ReadonlySet<number> | null> {
  if (only.length === 0 && from === null && until === null) return good(null);
  const names = [...only, ...(from === null ? [] : [from]), ...(until === null ? [] : [until])];
  const unknown = names.filter((id) => !isTask(workflow, id));
  if (unknown.length > 0) return bad(...unknown.map((id) => unknownTask(workflow, id)));
  if (only.length > 0 && (from !== null || until !== null)) {
    const message = "--only excludes --from and --until";
    return bad({ code: "E_OPTIONS", message, hint: "use --from and --until alone" });
  }
  const index = (id: string) => workflow.indexOf.get(id) as number;
  const selected = new Set(only.map(index));
  if (only.length === 0) {
    const after = from === null ? null : reachable(workflow, [index(from)], "successors");
    const before = until === null ? null : reachable(workflow, [index(until)], "dependencies");
    for (let task = 0; task < workflow.size; task += 1) {
      if ((after?.has(task) ?? true) && (before?.has(task) ?? true)) selected.add(task);
    }
    if (selected.size === 0)
      return bad({ code: "E_OPTIONS", message: `no task lies between ${from} and ${until}` });
  }
  for (const before of reachable(workflow, selected, "dependencies")) {
    if (workflow.tasks[before]?.kind === "approval") selected.add(before);
  }
  return good(selected);
}

function isTask(workflow: Workflow, id: string): boolean {
  return (workflow.indexOf.get(id) ?? workflow.size) < workflow.size;
}

function unknownTask(workflow: Workflow, id: string): Problem {
  const ids = workflow.tasks.slice(0, workflow.size).map((task) => task.id);
  const meant = nearest(id, ids);
  const problem = {
    code: "E_UNKNOWN_TASK",
    message: `${safeLine(workflow.name)} has no task "${safeLine(id, 60)}"`,
  };
  return meant === undefined ? problem : { ...problem, hint: meant };
}

function reachable(
  workflow: Workflow,
  from: Iterable<number>,
  along: "successors" | "dependencies",
): ReadonlySet<number> {
  const seen = new Set<number>(from);
  const open = [...seen];
  for (let task = open.pop(); task !== undefined; task = open.pop()) {
    for (const next of workflow.tasks[task]?.[along] ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return seen;
}

/** What the tasks that are not selected gave in the newest successful run of the same definition. */
export function leftOut(
  workflow: Workflow,
  selected: ReadonlySet<number>,
  earlierRuns: () => EarlierRuns,
  outputs: Outputs,
): Result<LeftOut> {
  const needed = reachable(workflow, selected, "dependencies");
  const others = workflow.tasks.slice(0, workflow.size).filter(({ index }) => !selected.has(index));
  const asked = others.filter(({ index }) => needed.has(index));
  const reader = asked.length === 0 ? null : earlierRuns();
  const earlier = reader === null ? null : newestSuccess(workflow, reader);
  const rows = reader === null || earlier === null ? [] : reader.tasks(earlier);
  const missing = asked.filter(({ id }) => !isUsable(rows, id));
  if (missing.length > 0) return bad(noEarlierOutput(missing.map(({ id }) => id)));
  const given = others.map(({ id, index }) => {
    const row = rows.find((one) => one.task === id);
    const wanted = needed.has(index) && row !== undefined;
    return [
      id,
      { status: wanted ? row.status : "skipped", output: wanted ? outputOf(row, rows, outputs) : NO_OUTPUT },
    ] as const;
  });
  return good(Object.fromEntries(given));
}

function newestSuccess(workflow: Workflow, reader: EarlierRuns): string | null {
  const rows = reader.runs({ workflow: workflow.name, status: ["success"], parent: null, limit: 1000 });
  return rows.find(({ digest, rehearse }) => digest === workflow.digest && !rehearse)?.run ?? null;
}

function isUsable(rows: readonly TaskRow[], id: string): boolean {
  const row = rows.find((one) => one.task === id);
  return row !== undefined && (row.status === "success" || row.status === "skipped");
}

function noEarlierOutput(ids: readonly string[]): Problem {
  const shown = ids.length > 5 ? `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more` : ids.join(", ");
  return {
    code: "E_NO_EARLIER_OUTPUT",
    message: `no earlier successful run of this definition gives the output of ${shown}`,
    hint: "run the whole workflow once, or select these tasks too",
  };
}

function outputOf(row: TaskRow, rows: readonly TaskRow[], outputs: Outputs): OutputValue {
  const items = rows.filter((one) => one.task.startsWith(`${row.task}[`));
  if (items.length === 0) return parsed(row);
  const values = items.map((item): Json => {
    const output = item.status === "success" ? parsed(item) : NO_OUTPUT;
    return "value" in output ? output.value : (outputs.output(output.digest) ?? null);
  });
  return outputs.put(values);
}

/** A row holds the value itself, or of a large one where it lies. */
function parsed({ output }: TaskRow): OutputValue {
  if (output === null) return NO_OUTPUT;
  const value = JSON.parse(output) as Json;
  if (!isMap(value) || Object.keys(value).length !== 3) return { value };
  const { digest, bytes, text } = value;
  const isLarge =
    typeof digest === "string" &&
    /^[0-9a-f]{64}$/.test(digest) &&
    typeof bytes === "number" &&
    typeof text === "boolean";
  return isLarge ? { digest, bytes, text } : { value };
}
