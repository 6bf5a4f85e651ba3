/** The attempts of a task, from the entries of its run: what each of them was, and what became of it. */
import { instant } from "../core/calendar.ts";
import { type AttemptRef, type Entry, type Event, INTERRUPTED } from "../core/event.ts";
import { present } from "../core/invariant.ts";
import type { Failure, Usage } from "../core/outcome.ts";
import type { Run } from "../core/run.ts";
import { at } from "../core/vector.ts";
import type { TaskRow } from "../host/host.ts";
import type { Reader } from "./application.ts";
import { itemOf, logFile } from "./json.ts";
import { notesIn } from "./notes-in.ts";

export interface AttemptDocument {
  readonly attempt: number;
  /** The attempt whose failure it mends; null for one that is no repair. */
  readonly repairOf: number | null;
  /** The failed attempt that it tries again after a repair. */
  readonly retryOf: number | null;
  /** running, success, failed, cancelled, quota_exhausted, lost, interrupted, cached, asked */
  readonly status: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly durationSeconds: number | null;
  readonly exitCode: number | null;
  readonly error: { readonly class: string; readonly action: string; readonly message: string } | null;
  readonly costUsd: number | null;
  readonly tokens: number | null;
  readonly notes: readonly string[];
  /** Of a group or sub-workflow: the run it was. */
  readonly child: string | null;
  readonly log: string | null;
}

export function attemptsOf(reader: Reader, row: TaskRow): readonly AttemptDocument[] {
  const item = itemOf(row);
  const task = item === null ? row.task : row.task.slice(0, row.task.indexOf("["));
  const found = new Map<number, AttemptDocument>();
  for (const entry of reader.entries(row.run)) {
    const { event } = entry;
    if (!isOf(event, task, item)) continue;
    const before = found.get(event.attempt) ?? fresh(reader, row, event);
    found.set(event.attempt, { ...before, ...told(entry) });
  }
  const attempts = [...found.values()].sort((one, other) => one.attempt - other.attempt);
  const isDoubted = attempts.some(
    ({ status }, index) => status === "success" && (index < attempts.length - 1 || row.status !== "success"),
  );
  if (!isDoubted) return attempts;
  const errors = errorsOf(reader, row.run, task, item);
  return attempts.map((attempt) => judged(attempt, errors.get(attempt.attempt) ?? null));
}

function isOf(event: Event, task: string, item: number | null): event is Event & AttemptRef {
  return "attempt" in event && event.task === task && (event.item ?? null) === item;
}

/** What the engine made of it counts, not what it said of itself; after a repair that failure is still the one it mends. */
function judged(attempt: AttemptDocument, found: Failure | null): AttemptDocument {
  if (found === null || attempt.status !== "success" || attempt.repairOf !== null) return attempt;
  return { ...attempt, status: "failed", error: errorOf(found) };
}

/** By attempt. All of the run is played for it, so it is asked only where something is to be found. */
function errorsOf(
  reader: Reader,
  run: string,
  task: string,
  item: number | null,
): ReadonlyMap<number, Failure> {
  const found = new Map<number, Failure>();
  for (const { entry, after } of reader.changes(run)) {
    const { event } = entry;
    if (event.type !== "attempt.ended" || !isOf(event, task, item)) continue;
    const error = errorIn(after, task, item);
    if (error !== null) found.set(event.attempt, error);
  }
  return found;
}

function errorIn({ tasks, workflow }: Run, task: string, item: number | null): Failure | null {
  const state = at(tasks, present(workflow.indexOf.get(task), "an attempt is one of a task"));
  if (item === null) return state.unit.error;
  return state.items === null ? null : at(state.items.units, item).error;
}

function fresh(reader: Reader, row: TaskRow, { attempt }: AttemptRef): AttemptDocument {
  const log = logFile(reader, row, attempt);
  return {
    attempt,
    repairOf: null,
    retryOf: null,
    status: "running",
    startedAt: null,
    endedAt: null,
    durationSeconds: null,
    exitCode: null,
    error: null,
    costUsd: null,
    tokens: null,
    notes: [],
    child: null,
    log: reader.printed(log) === null ? null : log,
  };
}

function told({ event, at: moment }: Entry): Partial<AttemptDocument> {
  switch (event.type) {
    case "attempt.started":
      return { startedAt: instant(moment), repairOf: event.repairOf ?? null, retryOf: event.retryOf ?? null };
    case "attempt.ended": {
      const { exitCode, failure, durationMs, usage, asks } = event.outcome;
      const status = asks === undefined ? event.outcome.status : "asked";
      return { ...ended(moment, { durationMs, failure, usage }), status, exitCode, notes: notesIn(event) };
    }
    case "attempt.lost":
      return { status: event.cause === INTERRUPTED ? "interrupted" : "lost", endedAt: instant(moment) };
    case "child.ended":
      return {
        ...ended(moment, event),
        status: event.status,
        child: event.child,
        log: null,
        notes: notesIn(event),
      };
    case "cache.hit":
      return { status: "cached", endedAt: instant(moment), exitCode: event.exitCode, log: null };
    default:
      return {};
  }
}

interface End {
  readonly durationMs: number;
  readonly failure: Failure | null;
  readonly usage: Usage | null;
}

function ended(moment: number, { durationMs, failure, usage }: End): Partial<AttemptDocument> {
  return {
    endedAt: instant(moment),
    durationSeconds: durationMs / 1000,
    error: failure === null ? null : errorOf(failure),
    costUsd: usage?.costUsd ?? null,
    tokens: usage?.tokens ?? null,
  };
}

function errorOf({ class: name, action, message }: Failure): NonNullable<AttemptDocument["error"]> {
  return { class: name, action, message };
}
