/** decapod show: the record of a run, or of one task of it. */
import type { Json } from "../../core/json.ts";
import { isMap } from "../../core/json.ts";
import { EXIT } from "../../core/problem.ts";
import type { RunRow } from "../../host/host.ts";
import type { Reader } from "../application.ts";
import { type Context, hint, momentOf, type Options, projectOf, readerOf } from "../context.ts";
import { asQuestion } from "../deciding/decide.ts";
import { openDecisions } from "../deciding/open-decisions.ts";
import { questionLines } from "../deciding/question-lines.ts";
import type { EffectDocument } from "../effects.ts";
import { failureTexts } from "../failures.ts";
import { findRun, shortRun } from "../ids.ts";
import { jsonText, type TaskDocument, withFields } from "../json.ts";
import { invocationsOf, printInvocations } from "../maintask/invocations.ts";
import { outputsOf } from "../maintask/pass-output.ts";
import { nextCommand } from "../next-command.ts";
import { type Overview, overviewOf } from "../overview.ts";
import { clean } from "../print.ts";
import { refused, take } from "../refusal.ts";
import { type RunDocument, runDocument } from "../run-document.ts";
import { showTask } from "../show-task.ts";
import { givenBy } from "../summary.ts";
import { type Cell, printPairs, printTable } from "../table.ts";
import { count, duration, localTime, money } from "../text.ts";
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
  const recorded = { reader, outputs: outputsOf(context, project), now: moment.nowMs };
  const invocations = invocationsOf(recorded, row);
  const document = { ...runDocument(reader, row, context), ...(invocations.length > 0 && { invocations }) };
  if (globals.json) {
    out.line(jsonText({ schemaVersion: 1, run: withFields(document, globals.fields) }));
    return EXIT.done;
  }
  const overview = await overviewOf({ application: context.application, project, reader }, [row]);
  showRun(context, overview, row, document);
  return EXIT.done;
}

function showRun(context: Context, overview: Overview, row: RunRow, document: RunDocument): void {
  const { out, application, globals } = context;
  const { reader } = overview;
  const name = overview.nameOf(row);
  printPairs(out, [
    ["run", `${name}  ${row.run}`],
    ["workflow", `${clean(row.workflow)}${row.rehearse ? "  REHEARSAL" : ""}`],
    ["state", stateText(context, overview, row)],
    ...headPairs(document, row),
    ...retryPairs(reader, document),
    ...values("param", document.params),
    ...cancelPairs(document),
    ...failureTexts(reader, row).map((text) => ["failure", text] as const),
    ...values("output", givenBy(row.status, document.outputs ?? null)),
    ...warnings(document.warnings),
    ["logs", clean(document.folder, VALUE_MAX)],
  ]);
  out.line();
  printTable(
    out,
    {
      headers: ["TASK", "AGENT", "STATE", "TRIES", "TIME", "COST", "WHY"],
      rows: document.tasks.map((task) => cellsOf(task)),
    },
    globals.wide,
  );
  printInvocations(context, document.invocations ?? []);
  printEffects(context, document.effects);
  for (const one of openDecisions(reader, row)) {
    out.lines(questionLines(out, asQuestion(reader, one, name), localTime()));
  }
  const command = nextCommand(application, overview, row);
  hint(context, `next: ${command ?? `${application.calledAs} logs ${name}`}`);
}

function stateText({ out }: Context, overview: Overview, row: RunRow): string {
  const look = lookOfRun(overview.stateOf(row));
  return `${out.paint(look.style, `${look.glyph} ${look.word}`)}  ${row.done}/${row.total} tasks`;
}

type Pairs = readonly (readonly [string, string])[];

function retryPairs(reader: Reader, { retryOf, retriedAs }: RunDocument): Pairs {
  return [
    ...(typeof retryOf === "string" ? [["retry of", shortRun(reader, retryOf)] as const] : []),
    ...(retriedAs === null ? [] : [["retried as", shortRun(reader, retriedAs)] as const]),
  ];
}

function cancelPairs({ cancelled }: RunDocument): Pairs {
  if (cancelled === null) return [];
  const { by, reason } = cancelled;
  return [["cancelled", `by ${clean(by)}${reason === null ? "" : `: ${clean(reason, VALUE_MAX)}`}`]];
}

function headPairs({ by, trigger, tokens, asked }: RunDocument, row: RunRow): Pairs {
  const { startedAt, endedAt, costUsd, label } = row;
  const time = localTime();
  const span = endedAt === null ? "" : `, ${duration(endedAt - startedAt)}`;
  const kind = isMap(trigger) && typeof trigger.kind === "string" ? trigger.kind : "";
  const used = [money(costUsd), tokens === null ? "" : `${tokens.toLocaleString("en")} tokens`];
  const cost = used.filter((part) => part !== "").join(", ");
  return [
    ["started", `${time.date(startedAt)}${span}`],
    ...(typeof by === "string"
      ? [["by", `${clean(by)}${kind === "" ? "" : ` (${clean(kind)})`}`] as const]
      : []),
    ...(cost === "" ? [] : [["cost", cost] as const]),
    ...(asked === 0 ? [] : [["asked", `${count(asked, "decision")} of a person`] as const]),
    ...(label === null ? [] : [["label", clean(label)] as const]),
  ];
}

function warnings(list: Json): Pairs {
  if (!Array.isArray(list)) return [];
  return list.flatMap((one: Json) => (typeof one === "string" ? [["warning", clean(one)] as const] : []));
}

function values(word: string, map: Json | undefined): Pairs {
  if (!isMap(map)) return [];
  return Object.entries(map).map(([name, value]) => [
    word,
    `${clean(name, 60)}=${clean(typeof value === "string" ? value : JSON.stringify(value), VALUE_MAX)}`,
  ]);
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
  const look = styledTask(status, reason);
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

/** Decisions are printed as questions; a clock of the run's own that no task waits for says nothing to people. */
function printEffects({ out, globals }: Context, effects: readonly EffectDocument[]): void {
  const shown = effects.filter(({ kind, task, at }) => kind !== "decision" && (task ?? at) !== null);
  if (shown.length === 0) return;
  out.line();
  const rows = shown.map(({ kind, task, status, at }) => [
    { text: kind },
    { text: task ?? "" },
    { text: status },
    { text: at ?? "" },
  ]);
  printTable(out, { headers: ["EFFECT", "TASK", "STATE", "DUE"], rows }, globals.wide);
}
