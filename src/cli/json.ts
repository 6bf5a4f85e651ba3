/** The documents that scripts read (schemaVersion 1): a key is never missing, absent is null. */
import { join } from "node:path";
import { instant } from "../core/calendar.ts";
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { failure } from "../core/outcome.ts";
import type { RunRow, TaskRow } from "../host/host.ts";
import type { Reader } from "./application.ts";
import type { OpenDecision } from "./deciding/open-decisions.ts";
import { type Moment, notesOf, silenceOf } from "./notes.ts";
import { usage } from "./refusal.ts";

export interface TaskDocument {
  readonly id: string;
  readonly agent: string;
  readonly status: string;
  readonly reason: string | null;
  readonly skipReason: string | null;
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly durationSeconds: number | null;
  readonly output: Json;
  readonly error: { readonly class: string; readonly action: string; readonly message: string } | null;
  readonly costUsd: number | null;
  /** What it gave came from the cache. */
  readonly cached: boolean;
  /** Of its last attempt. */
  readonly notes: readonly string[];
  readonly log: string | null;
}

/** A run as `runs` and `status` show it: without its tasks. */
export interface RunHead {
  readonly id: string;
  readonly workflow: string;
  readonly digest: string;
  readonly status: string;
  readonly params: Json;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly durationSeconds: number;
  readonly costUsd: number | null;
  readonly tokens: number | null;
  readonly waitingFor: readonly string[];
  /** Decisions that people were asked for, these among them. */
  readonly asked: number;
  readonly outputs: Json;
  readonly rehearse: boolean;
}

export interface Asked {
  readonly open: readonly OpenDecision[];
  readonly asked: number;
}

export function runHead(row: RunRow, { open, asked }: Asked, nowMs: number): RunHead {
  return {
    id: row.run,
    workflow: row.workflow,
    digest: row.digest,
    status: row.status,
    params: row.detail?.params ?? {},
    startedAt: instant(row.startedAt),
    endedAt: row.endedAt === null ? null : instant(row.endedAt),
    durationSeconds: Math.max(0, (row.endedAt ?? nowMs) - row.startedAt) / 1000,
    costUsd: row.costUsd,
    tokens: row.tokens,
    waitingFor: open.map(({ name }) => name),
    asked,
    outputs: row.detail?.outputs ?? null,
    rehearse: row.rehearse,
  };
}

/** Every task of the workflow in file order, instances behind their task, then hooks that began. */
export function taskDocuments(reader: Reader, row: RunRow, moment: Moment): readonly TaskDocument[] {
  const documentOf = documentMaker(reader, row, moment);
  const agents = agentsOf(reader, row);
  const rows = reader.tasks(row.run);
  const known = new Map(rows.map((one) => [one.task, one]));
  const listed: TaskDocument[] = [];
  const itemsOf = Map.groupBy(
    rows.filter((one) => one.task.includes("[")),
    (one) => one.task.slice(0, one.task.indexOf("[")),
  );
  for (const [id, agent] of agents) {
    const found = known.get(id);
    if (found === undefined && !agent.isHook) listed.push(pendingTask(id, agent.name));
    if (found === undefined) continue;
    const items = itemsOf.get(id) ?? [];
    listed.push({
      ...documentOf(found, agent.name),
      ...(isMapped(found) && { output: outputOfItems(found, items), notes: [], log: null }),
    });
    for (const item of items) listed.push(documentOf(item, agent.name));
  }
  return listed;
}

function pendingTask(id: string, agent: string): TaskDocument {
  return {
    id,
    agent,
    status: "pending",
    reason: null,
    skipReason: null,
    attempts: 0,
    startedAt: null,
    endedAt: null,
    durationSeconds: null,
    output: null,
    error: null,
    costUsd: null,
    cached: false,
    notes: [],
    log: null,
  };
}

function documentMaker(
  reader: Reader,
  { run }: RunRow,
  moment: Moment,
): (row: TaskRow, agent: string) => TaskDocument {
  const notes = notesOf(reader, run);
  const isOwned = reader.owned;
  return (row, agent) => {
    const path = row.attempts === 0 ? null : logFile(reader, row, row.attempts);
    const printed = path === null ? null : reader.printed(path);
    const isAtIt = isOwned && row.status === "running" && path !== null && row.startedAt !== null;
    return {
      ...taskDocument(row, agent),
      notes: isAtIt
        ? silenceOf({ startedAt: row.startedAt, printed, ...moment })
        : notes(taskOf(row), itemOf(row), row.attempts),
      log: printed === null ? null : path,
    };
  };
}

function taskDocument(row: TaskRow, agent: string): Omit<TaskDocument, "notes" | "log"> {
  const ended =
    row.endedAt ??
    (row.durationMs !== null && row.startedAt !== null ? row.startedAt + row.durationMs : null);
  return {
    id: row.task,
    agent,
    status: row.status,
    reason: row.reason,
    skipReason: row.skipReason,
    attempts: row.attempts,
    startedAt: row.startedAt === null ? null : instant(row.startedAt),
    endedAt: ended === null ? null : instant(ended),
    durationSeconds: row.durationMs === null ? null : row.durationMs / 1000,
    output: outputOf(row),
    error: errorOf(row),
    costUsd: row.costUsd,
    cached: isMap(row.detail) && row.detail.cached === true,
  };
}

function errorOf({ failureClass, failureMessage, detail }: TaskRow): TaskDocument["error"] {
  if (failureClass === null) return null;
  const { action, message } = failure(failureClass, failureMessage ?? "");
  const own = isMap(detail) && typeof detail.action === "string" ? detail.action : action;
  return { class: failureClass, action: own, message };
}

function outputOf({ output }: TaskRow): Json {
  return output === null ? null : (JSON.parse(output) as Json);
}

function outputOfItems(row: TaskRow, items: readonly TaskRow[]): Json {
  return row.status === "success"
    ? items.map((item) => (item.status === "success" ? outputOf(item) : null))
    : null;
}

/** Position counts 10,001 for each task and one more for each item behind it. */
const PLACES = 10_001;

export function logFile(reader: Reader, row: TaskRow, attempt: number): string {
  return join(reader.attemptFolder(row.run, taskOf(row), itemOf(row), attempt), "output.log");
}

function isMapped({ detail }: TaskRow): boolean {
  return isMap(detail) && detail.items !== undefined;
}

/** The task's own id, also of an item of it. */
export function taskOf(row: TaskRow): string {
  return itemOf(row) === null ? row.task : row.task.slice(0, row.task.indexOf("["));
}

/** Which item of a mapped task this is; null for a task itself. */
export function itemOf({ position }: TaskRow): number | null {
  const place = position % PLACES;
  return place === 0 ? null : place - 1;
}

interface Agent {
  readonly name: string;
  readonly isHook: boolean;
}

/** Task id → agent, in file order, from the definition that the run is pinned to. */
export function agentsOf(reader: Reader, row: RunRow): ReadonlyMap<string, Agent> {
  const agents = new Map<string, Agent>();
  for (const { id, agent, isHook } of tasksIn(reader, row))
    if (typeof id === "string") agents.set(id, { name: String(agent), isHook });
  return agents;
}

/** Tasks, then hooks, as the definition has them that the run is pinned to. */
export function tasksIn(reader: Reader, row: RunRow): readonly (JsonMap & { readonly isHook: boolean })[] {
  const text = reader.definition(row.digest);
  const level = text === null ? null : levelAt(JSON.parse(text) as Json, row.detail?.path);
  if (!isMap(level)) return [];
  const hooks = isMap(level.hooks) ? Object.values(level.hooks) : [];
  return [...tasksOf(level.tasks, false), ...hooks.flatMap((list) => tasksOf(list, true))];
}

function tasksOf(
  tasks: Json | undefined,
  isHook: boolean,
): readonly (JsonMap & { readonly isHook: boolean })[] {
  if (!Array.isArray(tasks)) return [];
  return tasks.flatMap((task: Json) => (isMap(task) ? [{ ...task, isHook }] : []));
}

/** The body of a nested group, by the ids on the way to it. */
function levelAt(definition: Json, path: Json | undefined): Json | undefined {
  let level: Json | undefined = definition;
  for (const id of Array.isArray(path) ? path : []) {
    const tasks: Json | undefined = isMap(level) ? level.tasks : undefined;
    const group: Json | undefined = Array.isArray(tasks)
      ? tasks.find((task: Json) => isMap(task) && task.id === id)
      : undefined;
    level = isMap(group) ? group.parameters : undefined;
  }
  return level;
}

/** `--json=id,status`: those fields alone. */
export function withFields<T extends object>(document: T, fields: readonly string[] | null): Partial<T> {
  if (fields === null) return document;
  checkFields(Object.keys(document), fields);
  return Object.fromEntries(Object.entries(document).filter(([key]) => fields.includes(key))) as Partial<T>;
}

export function checkFields(known: readonly string[], fields: readonly string[]): void {
  const unknown = fields.filter((field) => !known.includes(field));
  if (unknown.length > 0) throw usage(`there is no field ${unknown.join(", ")}`, known.join(","));
}

export function jsonText(document: object | JsonMap): string {
  return JSON.stringify(document, null, 2);
}
