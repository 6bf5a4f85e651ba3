/** Lists of runs: for `runs` and `status`. */
import type { RunRow } from "../host/host.ts";
import type { Context } from "./context.ts";
import { shortRun } from "./ids.ts";
import { type RunHead, runHead, withFields } from "./json.ts";
import { nextOf } from "./next-command.ts";
import type { Overview } from "./overview.ts";
import { type Cell, printTable } from "./table.ts";
import { duration, localTime, money } from "./text.ts";
import { lookOfRun } from "./words.ts";

export interface ListedRun extends RunHead {
  readonly done: number;
  readonly total: number;
  readonly next: string | null;
  readonly retryOf: string | null;
  readonly retriedAs: string | null;
}

export function listedRun({ application }: Context, overview: Overview, row: RunRow): ListedRun {
  // Lists are read without what only one run's own page needs.
  const whole = row.detail === null ? (overview.reader.run(row.run) ?? row) : row;
  const asked = { open: overview.decisionsOf(row), asked: overview.askedIn(row) };
  const head = runHead(whole, asked, application.clock.wall());
  const next = nextOf(application, overview, row);
  return { ...head, done: row.done, total: row.total, next, ...overview.retriesOf(row) };
}

export function listedRuns(
  context: Context,
  overview: Overview,
  rows: readonly RunRow[],
): readonly Partial<ListedRun>[] {
  return rows.map((row) => withFields(listedRun(context, overview, row), context.globals.fields));
}

export interface Columns {
  /** With how many tasks run now, and without when it began: for what goes on. */
  readonly isNow: boolean;
}

export function printRuns(
  context: Context,
  overview: Overview,
  rows: readonly RunRow[],
  { isNow }: Columns,
): void {
  const { out, globals } = context;
  const started = isNow ? [] : ["STARTED"];
  const headers = ["RUN", "WORKFLOW", "STATE", "DONE", "ELAPSED", "COST", ...started, "NEXT"];
  const cells = rows.map((row) => cellsOf(context, overview, row, isNow));
  printTable(out, { headers, rows: cells }, globals.wide);
}

function cellsOf(context: Context, overview: Overview, row: RunRow, isNow: boolean): readonly Cell[] {
  const { application } = context;
  const look = lookOfRun(overview.stateOf(row));
  const running = isNow && look.word === "running" ? ` (${overview.runningIn(row).length})` : "";
  return [
    { text: overview.nameOf(row) },
    { text: row.rehearse ? `${row.workflow} REHEARSAL` : row.workflow },
    { text: `${look.glyph} ${look.word}${running}`, style: look.style },
    { text: `${row.done}/${row.total}` },
    { text: duration((row.endedAt ?? application.clock.wall()) - row.startedAt) },
    { text: money(row.costUsd) },
    ...(isNow ? [] : [{ text: startedText(context, row) }]),
    {
      text: [nextOf(application, overview, row) ?? "", ...retryTexts(overview, row)]
        .filter(isSaid)
        .join("; "),
    },
  ];
}

/** Where people look at a screen what they type next has to stand beside it: the time of today, of other days the date. */
function startedText({ application, globals, out }: Context, { startedAt }: RunRow): string {
  const { date } = localTime();
  const whole = date(startedAt);
  if (out.columns === null || globals.wide) return whole;
  const [day = "", time = ""] = whole.split(" ");
  return date(application.clock.wall()).startsWith(day) ? time : day;
}

function isSaid(text: string): boolean {
  return text !== "";
}

function retryTexts(overview: Overview, row: RunRow): readonly string[] {
  const { retryOf, retriedAs } = overview.retriesOf(row);
  const name = (run: string) => shortRun(overview.reader, run);
  return [
    ...(retriedAs === null ? [] : [`retried as ${name(retriedAs)}`]),
    ...(retryOf === null ? [] : [`retry of ${name(retryOf)}`]),
  ];
}
