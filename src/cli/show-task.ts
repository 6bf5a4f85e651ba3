/** One task of a run in full: what it gave, and each of its attempts. */
import { instantMs } from "../core/calendar.ts";
import type { Json } from "../core/json.ts";
import { EXIT } from "../core/problem.ts";
import type { RunRow, TaskRow } from "../host/host.ts";
import { type Handoff, handoffIn } from "../work/handoff.ts";
import type { Reader } from "./application.ts";
import { type AttemptDocument, attemptsOf } from "./attempts.ts";
import { type Context, hint } from "./context.ts";
import { shortRun } from "./ids.ts";
import { itemOf, jsonText, type TaskDocument, taskDocuments, taskOf, withFields } from "./json.ts";
import { placesOf } from "./logs/log-list.ts";
import { noTask } from "./no-task.ts";
import type { Moment } from "./notes.ts";
import { clean } from "./print.ts";
import { type Cell, printPairs, printTable } from "./table.ts";
import { duration, localTime, money } from "./text.ts";
import { styledTask } from "./words.ts";

const VALUE_MAX = 4000;
const DIGEST_SHOWN = 12;

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
    const inside = placesOf(reader, row, typed).find(({ label }) => label === typed);
    const child = inside === undefined ? null : reader.run(inside.row.run);
    if (inside !== undefined && child !== null)
      return showTask(context, reader, child, { typed: inside.row.task, moment });
    const known = tasks.map(({ id }) => id);
    throw noTask(context, typed, { reader, row, known });
  }
  const own = reader.tasks(row.run).find((one) => one.task === typed);
  const history = own === undefined ? [] : attemptsOf(reader, own);
  const given = own === undefined ? null : handoffIn(application.files, folderOf(reader, own));
  if (globals.json) {
    const document = { ...task, rehearse: row.rehearse, given, history };
    out.line(jsonText({ schemaVersion: 1, task: withFields(document, globals.fields) }));
    return EXIT.done;
  }
  printTask(context, task, row, given);
  printAttempts(context, history);
  hint(context, `next: ${application.calledAs} logs ${name} ${clean(task.id)}`);
  return EXIT.done;
}

/** Of its last attempt. */
function folderOf(reader: Reader, row: TaskRow): string {
  return reader.attemptFolder(row.run, taskOf(row), itemOf(row), row.attempts);
}

function printTask({ out }: Context, task: TaskDocument, { rehearse }: RunRow, given: Handoff | null): void {
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
    ...(given === null ? [] : [["given", clean(givenText(given), VALUE_MAX)] as const]),
    ...(output === null ? [] : [["output", clean(textOf(output), VALUE_MAX)] as const]),
    ...(log === null ? [] : [["log", clean(log, VALUE_MAX)] as const]),
  ]);
}

/** Which version of each, as far as it can be told apart. */
function givenText({ memory, outputs }: Handoff): string {
  const read = [
    ...(memory === null ? [] : [{ name: memory.path, digest: memory.digest }]),
    ...outputs.map(({ task, digest }) => ({ name: `output of ${task}`, digest })),
  ];
  return read.map(({ name, digest }) => `${name} (${digest.slice(0, DIGEST_SHOWN)})`).join(", ");
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
    { text: numberOf(attempt) },
    { text: `${look.glyph} ${status}`, style: look.style },
    { text: startedAt === null ? "" : clockOf(startedAt) },
    { text: durationSeconds === null ? "" : duration(durationSeconds * 1000) },
    { text: exitCode === null ? "" : String(exitCode) },
    { text: money(costUsd) },
    { text: why },
    { text: log ?? (child === null ? "" : `run ${child}`) },
  ];
}

/** `2 repair of 1`, `3 retry of 1` */
function numberOf({ attempt, repairOf, retryOf }: AttemptDocument): string {
  if (repairOf !== null) return `${attempt} repair of ${repairOf}`;
  return retryOf === null ? String(attempt) : `${attempt} retry of ${retryOf}`;
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
