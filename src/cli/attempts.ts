/** The attempts of a task, from the entries of its run: what each of them was, and what became of it. */
import { instant } from "../core/calendar.ts";
import { type AttemptRef, type Entry, INTERRUPTED } from "../core/event.ts";
import type { Failure, Usage } from "../core/outcome.ts";
import { attemptErrors, isOfTask } from "../host/attempt-errors.ts";
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
    if (!isOfTask(event, task, item)) continue;
    const before = found.get(event.attempt) ?? fresh(reader, row, event);
    found.set(event.attempt, { ...before, ...told(entry) });
  }
  const attempts = [...found.values()].sort((one, other) => one.attempt - other.attempt);
  const isDoubted = attempts.some(
    ({ status }, index) => status === "success" && (index < attempts.length - 1 || row.status !== "success"),
  );
  if (!isDoubted) return attempts;
  // All of the run is played for it, so it is asked only where something is to be found.
  const errors = attemptErrors(reader.changes(row.run), task, item);
  return attempts.map((attempt) => judged(attempt, errors.get(attempt.attempt) ?? null));
}

/** What the engine made of it counts, not what it said of itself; after a repair that failure is still the one it mends. */
function judged(attempt: AttemptDocument, found: Failure | null): AttemptDocument {
  if (found === null || attempt.status !== "success" || attempt.repairOf !== null) return attempt;
  return { ...attempt, status: "failed", error: errorOf(found) };
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
