/** One task of a run in full: what it gave, and each of its attempts. */
import { instantMs } from "../core/calendar.ts";
import type { Json } from "../core/json.ts";
import { EXIT } from "../core/problem.ts";
import type { RunRow } from "../host/host.ts";
import { nearest } from "../spec/nearest.ts";
import type { Reader } from "./application.ts";
import { type AttemptDocument, attemptsOf } from "./attempts.ts";
import { type Context, hint } from "./context.ts";
import { shortRun } from "./ids.ts";
import { jsonText, type TaskDocument, taskDocuments, withFields } from "./json.ts";
import type { Moment } from "./notes.ts";
import { clean } from "./print.ts";
import { refused } from "./refusal.ts";
import { type Cell, printPairs, printTable } from "./table.ts";
import { duration, localTime, money } from "./text.ts";
import { styledTask } from "./words.ts";

const VALUE_MAX = 4000;

export function showTask(
  context: Context,
  reader: Reader,
  row: RunRow,
  { typed, moment }: { readonly typed: string; readonly moment: Moment },
): number {
  const { out, globals, application } = context;
  const tasks = taskDocuments(reader, row, moment);
  const task = tasks.find(({ id }) => id === typed);
  const name = shortRun(reader, row.run);
  if (task === undefined) {
    const meant = nearest(
      typed,
      tasks.map(({ id }) => id),
    );
    throw refused(
      "E_NOT_FOUND",
      `run ${name} has no task "${clean(typed, 60)}"`,
      meant ?? `${application.calledAs} show ${name}`,
    );
  }
  const own = reader.tasks(row.run).find((one) => one.task === typed);
  const history = own === undefined ? [] : attemptsOf(reader, own);
  if (globals.json) {
    const document = { ...task, rehearse: row.rehearse, history };
    out.line(jsonText({ schemaVersion: 1, task: withFields(document, globals.fields) }));
    return EXIT.done;
  }
  printTask(context, task, row);
  printAttempts(context, history);
  hint(context, `next: ${application.calledAs} logs ${name} ${clean(task.id)}`);
  return EXIT.done;
}

function printTask({ out }: Context, task: TaskDocument, { rehearse }: RunRow): void {
  const look = styledTask(task.status, task.reason);
  const why = task.reason ?? task.skipReason;
  const { error, output, log, costUsd } = task;
  printPairs(out, [
    ["task", `${clean(task.id)}${rehearse ? "  REHEARSAL" : ""}`],
    ["agent", clean(task.agent)],
    ["state", `${out.paint(look.style, `${look.glyph} ${look.word}`)}${why === null ? "" : ` (${why})`}`],
    ["attempts", String(task.attempts)],
    ["started", task.startedAt ?? ""],
    ["time", task.durationSeconds === null ? "" : duration(task.durationSeconds * 1000)],
    ...(task.cached ? [["cached", "what it gave came from the cache"] as const] : []),
    ...task.notes.map((note) => ["note", clean(note, VALUE_MAX)] as const),
    ...(costUsd === null ? [] : [["cost", money(costUsd)] as const]),
    ...(error === null
      ? []
      : [
          ["failure", `${clean(error.class)}: ${clean(error.message, VALUE_MAX)}`] as const,
          ["action", error.action] as const,
        ]),
    ...(output === null ? [] : [["output", clean(textOf(output), VALUE_MAX)] as const]),
    ...(log === null ? [] : [["log", clean(log, VALUE_MAX)] as const]),
  ]);
}

function printAttempts({ out, globals }: Context, history: readonly AttemptDocument[]): void {
  if (history.length === 0) return;
  out.line();
  const headers = ["ATTEMPT", "STATE", "STARTED", "TIME", "EXIT", "COST", "WHY", "LOG"];
  printTable(out, { headers, rows: history.map((one) => cellsOf(one)) }, globals.wide);
}

function cellsOf(attempt: AttemptDocument): readonly Cell[] {
  const { status, startedAt, durationSeconds, exitCode, costUsd, error, notes, child, log } = attempt;
  const look = styledTask(LOOKS[status] ?? status);
  const why = error === null ? notes.join("; ") : `${error.class}: ${error.message}`;
  return [
    { text: String(attempt.attempt) },
    { text: `${look.glyph} ${status}`, style: look.style },
    { text: startedAt === null ? "" : clockOf(startedAt) },
    { text: durationSeconds === null ? "" : duration(durationSeconds * 1000) },
    { text: exitCode === null ? "" : String(exitCode) },
    { text: money(costUsd) },
    { text: why },
    { text: log ?? (child === null ? "" : `run ${child}`) },
  ];
}

function clockOf(time: string): string {
  return localTime().clock(instantMs(time) ?? 0);
}

/** What attempts can come to that tasks cannot. */
const LOOKS: Readonly<Record<string, string>> = {
  lost: "failed",
  quota_exhausted: "failed",
  interrupted: "cancelled",
  cached: "success",
  asked: "waiting",
};

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
