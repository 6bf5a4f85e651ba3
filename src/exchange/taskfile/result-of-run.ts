/** What a run came to, as the result of its task file: all of it from the journal and the log. */
import { join, relative } from "node:path";
import type { Entry } from "../../core/event.ts";
import { isMap, type Json, type JsonMap, own } from "../../core/json.ts";
import { failure } from "../../core/outcome.ts";
import type { Problem } from "../../core/problem.ts";
import type { RunQuery, RunRow, TaskRow } from "../../host/host.ts";
import type { Files } from "../../port/files.ts";
import { safeLine, withoutColours } from "../../work/terminal.ts";
import { ONE_TASK } from "./definition.ts";
import { type Check, type Log, type ResultError, resultAction, type TaskResult } from "./result-file.ts";
import type { Said } from "./task-file.ts";
import type { RecordedTask } from "./task-run.ts";

const TAIL_BYTES = 8 * 1024;
const TAIL_LINES = 40;
const LINE_MAX = 500;

/** The journal, as far as a result needs it. */
export interface ResultReader {
  run(id: string): RunRow | null;
  lastRunBeginning(start: string): string | null;
  runs(query: RunQuery): readonly RunRow[];
  tasks(run: string): readonly TaskRow[];
  entries(run: string): readonly Entry[];
  attemptFolder(run: string, task: string, item: number | null, attempt: number): string;
}

interface Around {
  readonly reader: ResultReader;
  readonly files: Files;
  readonly root: string;
  /** A large output, by its digest. */
  readonly output: (digest: string) => Json | undefined;
}

export function resultOfRun(row: RunRow, recorded: RecordedTask, around: Around): TaskResult {
  const task = around.reader.tasks(row.run).find((one) => one.task === ONE_TASK);
  const given = outputOf(task, around.reader.entries(row.run), around);
  const completedAt = row.endedAt ?? row.startedAt;
  const startedAt = task?.startedAt ?? row.startedAt;
  const error = errorOf(row, task, around.reader);
  return {
    taskId: recorded.id,
    taskType: recorded.type,
    status: row.status === "success" ? "success" : "failed",
    outputs: Object.fromEntries(recorded.expectedOutputs.map((name) => [name, own(given, name) ?? null])),
    errors: errorsOf(given, error),
    startedAt,
    completedAt,
    durationSeconds: Math.round((task?.durationMs ?? completedAt - startedAt) / 100) / 10,
    attempts: task?.attempts ?? 0,
    runId: row.run,
    worker: recorded.workflow === null ? recorded.type : `workflow ${recorded.workflow}`,
    criteria: checksOf(task),
    error,
    retryOf: recorded.retryOf,
    costUsd: row.costUsd,
    log: logOf(row.run, around),
  };
}

/** Of a file from which no run could begin. */
export function resultOfRefusal(
  id: string,
  said: Said,
  { problems, at }: { readonly problems: readonly Problem[]; readonly at: number },
): TaskResult {
  const messages = problems.map(({ code, message, hint, at: place }) => {
    const where = place === undefined ? "" : ` (${place.file}:${place.line}:${place.column})`;
    return `${code} ${message}${where}${hint === undefined ? "" : `; try: ${hint}`}`;
  });
  const message = messages[0] ?? "";
  return {
    taskId: id,
    taskType: said.type ?? "unknown",
    status: "failed",
    outputs: {},
    errors: messages,
    startedAt: null,
    completedAt: at,
    durationSeconds: 0,
    attempts: 0,
    runId: null,
    worker: null,
    criteria: [],
    error: { class: "config_error", action: "escalate", message, whatWasTried: [] },
    retryOf: said.retryOf,
    costUsd: null,
    log: null,
  };
}

/** Of one that failed its checks the journal has what it gave all the same. */
function outputOf(task: TaskRow | undefined, entries: readonly Entry[], { output }: Around): JsonMap {
  const text = task?.output ?? null;
  const value: Json = text === null ? lastOutput(entries) : (JSON.parse(text) as Json);
  if (!isMap(value)) return {};
  const isApart = typeof value.digest === "string" && typeof value.bytes === "number" && "text" in value;
  const whole = isApart ? (output(String(value.digest)) ?? null) : value;
  return isMap(whole) ? whole : {};
}

function lastOutput(entries: readonly Entry[]): Json {
  const given = entries.flatMap(({ event }) => {
    if (event.type === "attempt.ended") return [event.outcome.output];
    return event.type === "child.ended" ? [event.output] : [];
  });
  const last = given.at(-1);
  if (last === undefined) return null;
  return "value" in last ? last.value : { ...last };
}

function errorsOf(given: JsonMap, error: ResultError | null): readonly Json[] {
  if (Array.isArray(given.errors) && given.errors.length > 0) return given.errors;
  return error === null ? [] : [error.message];
}

function checksOf(task: TaskRow | undefined): readonly Check[] {
  const checks = isMap(task?.detail) ? task.detail.checks : null;
  return Array.isArray(checks) ? (checks as unknown as readonly Check[]) : [];
}

function errorOf(row: RunRow, task: TaskRow | undefined, reader: ResultReader): ResultError | null {
  if (row.status === "success") return null;
  const tries = triesOf(reader.entries(row.run), task);
  if (row.status === "cancelled" && row.failureClass === null)
    return {
      class: "cancelled",
      action: "escalate",
      message: cancelledBy(reader.entries(row.run)),
      whatWasTried: tries.texts,
    };
  const failureClass = task?.failureClass ?? row.failureClass ?? "unknown";
  return {
    class: failureClass,
    action: resultAction(tries.lastAction ?? failure(failureClass, "").action),
    message: task?.failureMessage ?? row.failureMessage ?? "it failed without a word",
    whatWasTried: tries.texts,
  };
}

/** Of a last attempt that itself said nothing was wrong it is told what the task failed with: its checks did not hold. */
function triesOf(entries: readonly Entry[], task: TaskRow | undefined) {
  const ends = entries.flatMap(({ event }) => {
    if (event.type === "child.ended") return [{ attempt: event.attempt, failed: event.failure }];
    return event.type === "attempt.ended" ? [{ attempt: event.attempt, failed: event.outcome.failure }] : [];
  });
  const judged = failure(task?.failureClass ?? "unknown", task?.failureMessage ?? "");
  const failures = ends.flatMap(({ attempt, failed }) => {
    const isJudged = failed === null && attempt === task?.attempts && task.status === "failed";
    const found = isJudged ? judged : failed;
    return found === null ? [] : [{ attempt, ...found }];
  });
  return {
    texts: failures.map(
      ({ attempt, class: name, message }) => `attempt ${attempt}: ${name}: ${safeLine(message, LINE_MAX)}`,
    ),
    lastAction: failures.at(-1)?.action ?? null,
  };
}

function cancelledBy(entries: readonly Entry[]): string {
  const event = entries.map((entry) => entry.event).findLast(({ type }) => type === "run.cancelled");
  return event?.type === "run.cancelled" ? `it was cancelled by ${event.by}` : "it was cancelled";
}

/** Of the last attempt that has one, also inside a workflow that was called. */
function logOf(run: string, around: Around): Log | null {
  const path = logPath(run, around, 0);
  if (path === null) return null;
  const { files, root } = around;
  const file = files.open(path, "read");
  try {
    const { size } = file.stat();
    const bytes = file.read(Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
    const lines = Buffer.from(bytes).toString("utf8").split("\n");
    const whole = size > TAIL_BYTES ? lines.slice(1) : lines;
    const tail = whole.slice(-TAIL_LINES).map((line) => safeLine(withoutColours(line), LINE_MAX));
    return { tail: tail.join("\n"), file: relative(root, path) };
  } finally {
    file.close();
  }
}

const DEPTH_MAX = 6;

function logPath(run: string, around: Around, depth: number): string | null {
  const { reader, files } = around;
  const own = reader
    .tasks(run)
    .filter(({ attempts, task }) => attempts > 0 && !task.endsWith("]"))
    .sort((left, right) => (right.endedAt ?? 0) - (left.endedAt ?? 0));
  const failedFirst = [...own.filter(({ status }) => status === "failed"), ...own];
  for (const { task, attempts } of failedFirst) {
    const path = join(reader.attemptFolder(run, task, null, attempts), "output.log");
    if (files.stat(path)?.kind === "file") return path;
  }
  if (depth >= DEPTH_MAX) return null;
  for (const child of reader.runs({ parent: run })) {
    const path = logPath(child.run, around, depth + 1);
    if (path !== null) return path;
  }
  return null;
}
