/** decapod show: the record of a run, or of one task of it. */
import type { Json } from "../../core/json.ts";
import { isMap } from "../../core/json.ts";
import { EXIT } from "../../core/problem.ts";
import type { RunRow } from "../../host/host.ts";
import { nearest } from "../../spec/nearest.ts";
import type { Reader } from "../application.ts";
import { type Context, hint, momentOf, type Options, projectOf, readerOf } from "../context.ts";
import { questionLines } from "../decide.ts";
import { failureTexts } from "../failures.ts";
import { findRun, shortRun } from "../ids.ts";
import {
  jsonText,
  openDecisions,
  runDocument,
  type TaskDocument,
  taskDocuments,
  withFields,
} from "../json.ts";
import type { Moment } from "../notes.ts";
import { clean } from "../print.ts";
import { refused, take } from "../refusal.ts";
import { listedRun, stateOf } from "../run-list.ts";
import { type Cell, printPairs, printTable } from "../table.ts";
import { duration, localTime, money } from "../text.ts";
import { lookOfRun, styledTask } from "../words.ts";

const VALUE_MAX = 4000;

export async function action(context: Context, words: readonly string[], _options: Options): Promise<number> {
  const project = projectOf(context);
  const reader = readerOf(context, project);
  const id = take(findRun(reader, words[0] ?? ""));
  const row = reader.run(id);
  if (row === null) throw refused("E_NOT_FOUND", `there is no run ${clean(words[0] ?? "")}`);
  const [, task] = words;
  const { globals, out } = context;
  const moment = momentOf(context);
  if (task !== undefined) return showTask(context, reader, row, { typed: task, moment });
  const document = runDocument(reader, row, moment);
  if (globals.json) {
    const run = withFields(document, globals.fields);
    out.line(jsonText({ schemaVersion: 1, run }));
    return EXIT.done;
  }
  showRun(context, reader, row, document.tasks);
  return EXIT.done;
}

function showRun(context: Context, reader: Reader, row: RunRow, tasks: readonly TaskDocument[]): void {
  const { out, application, globals } = context;
  const look = lookOfRun(stateOf(reader, row));
  const time = localTime();
  const name = shortRun(reader, row.run);
  const span = duration((row.endedAt ?? application.clock.wall()) - row.startedAt);
  const pairs: (readonly [string, string])[] = [
    ["run", `${name}  ${row.run}`],
    ["workflow", `${clean(row.workflow)}${row.rehearse ? "  REHEARSAL" : ""}`],
    ["state", out.paint(look.style, `${look.glyph} ${look.word}`)],
    [
      "started",
      `${time.date(row.startedAt)}, ${span}${row.costUsd === null ? "" : `, ${money(row.costUsd)}`}`,
    ],
    ...values("param", row.detail?.params),
    ...(row.label === null ? [] : [["label", clean(row.label)] as const]),
    ...failureTexts(reader, row).map((text) => ["failure", text] as const),
    ...values("output", row.detail?.outputs),
  ];
  printPairs(out, pairs);
  out.line();
  printTable(
    out,
    {
      headers: ["TASK", "AGENT", "STATE", "TRIES", "TIME", "COST", "WHY"],
      rows: tasks.map((task) => cellsOf(task)),
    },
    globals.wide,
  );
  for (const { run, decision } of openDecisions(reader, row)) {
    out.lines(questionLines(out, { run, decision, runName: name, phrase: null }, time));
  }
  const { next } = listedRun(context, reader, row);
  const command =
    next?.startsWith(application.calledAs) === true ? next : `${application.calledAs} logs ${name}`;
  hint(context, `next: ${command}`);
}

function cellsOf({
  id,
  agent,
  status,
  reason,
  skipReason,
  attempts,
  durationSeconds,
  costUsd,
  error,
  cached,
  notes,
}: TaskDocument): readonly Cell[] {
  const look = styledTask(status);
  const why = error === null ? (skipReason ?? reason ?? "") : `${error.class}: ${error.message}`;
  const more = [why, cached ? "cached" : "", ...notes].filter((text) => text !== "");
  return [
    { text: id },
    { text: agent },
    { text: `${look.glyph} ${look.word}`, style: look.style },
    { text: attempts === 0 ? "" : String(attempts) },
    { text: durationSeconds === null || status === "skipped" ? "" : duration(durationSeconds * 1000) },
    { text: money(costUsd) },
    { text: more.join("; ") },
  ];
}

function values(word: string, map: Json | undefined): readonly (readonly [string, string])[] {
  if (!isMap(map)) return [];
  return Object.entries(map).map(([name, value]) => [
    word,
    `${clean(name, 60)}=${clean(textOf(value), VALUE_MAX)}`,
  ]);
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function showTask(
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
  if (globals.json) {
    const document = { ...task, rehearse: row.rehearse };
    out.line(jsonText({ schemaVersion: 1, task: withFields(document, globals.fields) }));
    return EXIT.done;
  }
  const look = styledTask(task.status);
  const { reason, skipReason, error } = task;
  printPairs(out, [
    ["task", `${clean(task.id)}${row.rehearse ? "  REHEARSAL" : ""}`],
    ["agent", clean(task.agent)],
    [
      "state",
      out.paint(look.style, `${look.glyph} ${look.word}`) +
        (reason ?? skipReason ?? "").replace(/^(.)/, " ($1").replace(/(.)$/, "$1)"),
    ],
    ["attempts", String(task.attempts)],
    ["started", task.startedAt ?? ""],
    ["time", task.durationSeconds === null ? "" : duration(task.durationSeconds * 1000)],
    ...(task.cached ? [["cached", "what it gave came from the cache"] as const] : []),
    ...task.notes.map((note) => ["note", clean(note, VALUE_MAX)] as const),
    ...(error === null
      ? []
      : [
          ["failure", `${clean(error.class)}: ${clean(error.message, VALUE_MAX)}`] as const,
          ["action", error.action] as const,
        ]),
    ...(task.output === null ? [] : [["output", clean(textOf(task.output), VALUE_MAX)] as const]),
    ...(task.log === null ? [] : [["log", clean(task.log, VALUE_MAX)] as const]),
  ]);
  hint(context, `next: ${application.calledAs} logs ${name} ${clean(task.id)}`);
  return EXIT.done;
}
