/** Lists of runs: for `runs` and `status`. */
import type { RunRow } from "../host/host.ts";
import type { Reader } from "./application.ts";
import type { Context } from "./context.ts";
import { shortRun } from "./ids.ts";
import { type OpenDecision, openDecisions, type RunHead, runHead, withFields } from "./json.ts";
import { clean } from "./print.ts";
import { type Cell, printTable } from "./table.ts";
import { count, duration, localTime, money } from "./text.ts";
import { isClosed, lookOfRun, type RunState } from "./words.ts";

export interface ListedRun extends RunHead {
  readonly done: number;
  readonly total: number;
  readonly next: string | null;
}

/** Running without a living owner. */
export function isInterrupted(reader: Reader, { status }: RunRow): boolean {
  return !isClosed(status) && !reader.owned;
}

/** Decisions of child runs count for the run that people know. */
export function stateOf(reader: Reader, row: RunRow): RunState {
  const waitingFor = openDecisions(reader, row).length;
  return { status: row.status, waitingFor, isInterrupted: isInterrupted(reader, row) };
}

export function listedRun(context: Context, reader: Reader, row: RunRow): ListedRun {
  // Lists are read without what only one run's own page needs.
  const whole = row.detail === null ? (reader.run(row.run) ?? row) : row;
  const head = runHead(reader, whole, context.application.clock.wall());
  return { ...head, done: row.done, total: row.total, next: nextOf(context, reader, row) };
}

export function listDocument(context: Context, reader: Reader, rows: readonly RunRow[]): object {
  const { fields } = context.globals;
  return { schemaVersion: 1, runs: rows.map((row) => withFields(listedRun(context, reader, row), fields)) };
}

export function printRuns(context: Context, reader: Reader, rows: readonly RunRow[]): void {
  const { out, globals, application } = context;
  const headers = ["RUN", "WORKFLOW", "STATE", "DONE", "ELAPSED", "COST", "STARTED", "NEXT"];
  const now = application.clock.wall();
  const time = localTime();
  const cells = rows.map((row): readonly Cell[] => {
    const look = lookOfRun(stateOf(reader, row));
    return [
      { text: shortRun(reader, row.run) },
      { text: row.rehearse ? `${row.workflow} REHEARSAL` : row.workflow },
      { text: `${look.glyph} ${look.word}`, style: look.style },
      { text: `${row.done}/${row.total}` },
      { text: duration((row.endedAt ?? now) - row.startedAt) },
      { text: money(row.costUsd) },
      { text: time.date(row.startedAt) },
      { text: nextOf(context, reader, row) ?? "" },
    ];
  });
  printTable(out, { headers, rows: cells }, globals.wide);
}

/** What a person can do about this run, or what it does by itself. */
function nextOf({ application }: Context, reader: Reader, row: RunRow): string | null {
  const name = shortRun(reader, row.run);
  const { calledAs } = application;
  const [first] = openDecisions(reader, row);
  if (first !== undefined) return decisionText(first);
  if (isInterrupted(reader, row)) return `${calledAs} resume ${name}`;
  if (row.status === "failed")
    return row.failedTask === null
      ? `${calledAs} show ${name}`
      : `${calledAs} logs ${name} ${clean(row.failedTask)}`;
  if (isClosed(row.status)) return null;
  const running = reader.tasks(row.run).filter(({ status }) => status === "running");
  return running.length > 3 ? count(running.length, "task") : running.map(({ task }) => task).join(", ");
}

function decisionText({ decision: { kind, task, expiresAt } }: OpenDecision): string {
  const deadline = expiresAt === null ? "" : `, expires ${localTime().date(expiresAt)}`;
  return `${kind} ${task}${deadline}`;
}
