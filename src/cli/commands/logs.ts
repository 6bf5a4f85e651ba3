/** decapod logs: what the attempts of a run printed, made safe for a terminal. */
import { EXIT } from "../../core/problem.ts";
import type { RunRow } from "../../host/host.ts";
import { nearest } from "../../spec/nearest.ts";
import type { Project, Reader } from "../application.ts";
import { type Context, flagOption, hint, type Options, projectOf, readerOf, textOption } from "../context.ts";
import { numberOption } from "../globals.ts";
import { findRun, shortRun } from "../ids.ts";
import { agentsOf } from "../json.ts";
import { checkLogFields, lineDocument, printLogDocument } from "../logs/log-json.ts";
import { type Log, logsIn, placesOf, suspectsAmong } from "../logs/log-list.ts";
import { type LogStyle, printErrors, printLog, printRaw, styleOf } from "../logs/log-print.ts";
import { clean } from "../print.ts";
import { refused, take, usage } from "../refusal.ts";
import { runFolder } from "../run-document.ts";
import { sinceOption } from "../since.ts";
import { workedOn } from "../worked-on.ts";

const ATTEMPTS_MAX = 1_000_000;
const LINES_MAX = 1_000_000;
/** Of what is there already when following begins. */
const FOLLOW_LINES = 20;
const EXIT_INTERRUPTED = 130;

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const project = projectOf(context);
  const asked = readAsked(context, words, options);
  checkLogFields(context.globals.fields);
  const reader = readerOf(context, project);
  const id = take(findRun(reader, words[0] ?? ""));
  const row = reader.run(id);
  if (row === null) throw refused("E_NOT_FOUND", `there is no run ${clean(words[0] ?? "")}`);
  if (asked.follow) return follow(context, project, reader, row, asked);
  const { files } = context.application;
  const printed = logsOf(context, reader, row, asked).filter(({ file }) => {
    const stat = files.statTarget(file);
    return stat?.kind === "file" && stat.modifiedMs >= (asked.since ?? 0);
  });
  const logs = asked.errors ? suspectsAmong(printed) : printed;
  if (context.globals.json) printLogDocument(context, logs, styleOf(context, logs, asked.grep), asked);
  else if (logs.length > 0) print(context, logs, asked);
  if (row.rehearse) hint(context, "REHEARSAL: agents and scripts were played, so they printed nothing");
  else if (logs.length === 0) hint(context, nothingText(context, reader, row));
  return EXIT.done;
}

/** A run that was brought from elsewhere has entries, and no folder. */
function nothingText({ application }: Context, reader: Reader, row: RunRow): string {
  const folder = runFolder(reader, row);
  return row.endedAt === null || application.files.exists(folder)
    ? "nothing was printed"
    : `its logs are not here: ${folder} does not exist (cleared away by db gc, or it ran elsewhere)`;
}

interface Asked {
  readonly task: string | null;
  readonly attempt: number | null;
  readonly follow: boolean;
  readonly raw: boolean;
  readonly errors: boolean;
  readonly grep: string | null;
  readonly tail: number | null;
  readonly since: number | null;
}

function readAsked(
  { application, out, globals }: Context,
  words: readonly string[],
  options: Options,
): Asked {
  const asked = {
    task: words[1] ?? null,
    attempt: numberOption(options, "attempt", { least: 1, most: ATTEMPTS_MAX }),
    follow: flagOption(options, "follow"),
    raw: flagOption(options, "raw"),
    errors: flagOption(options, "errors"),
    grep: textOption(options, "grep"),
    tail: numberOption(options, "tail", { least: 1, most: LINES_MAX }),
    since: sinceOption(options, application.clock.wall()),
  };
  const { follow, raw, errors, grep, tail, attempt } = asked;
  const ways = [raw && "--raw", errors && "--errors", grep !== null && "--grep", follow && "--follow"].filter(
    (way) => way !== false,
  );
  const isPair = ways.length === 2 && grep !== null && follow;
  if (ways.length > 1 && !isPair)
    throw usage(`${ways[0]} and ${ways[1]} do not go together`, `leave one out`);
  if (follow && attempt !== null)
    throw usage("--follow is about what runs now, --attempt about one attempt", "leave one out");
  if (raw && (globals.json || globals.jsonl)) throw usage("--raw prints bytes, not JSON", "leave one out");
  if (follow && globals.json) throw usage("--json is one document, and --follow has no end", "take --jsonl");
  if (grep === "") throw usage("--grep needs a text to look for");
  if (tail !== null && (raw || errors)) throw usage("--tail does not go with --raw or --errors");
  if (raw && out.isTerminal)
    throw usage(
      "--raw prints bytes as they are kept, and those can take a terminal over",
      "--raw > FILE, or no --raw",
    );
  return asked;
}

function print(context: Context, logs: readonly Log[], { raw, errors, grep, tail }: Asked): void {
  if (raw) {
    const [only] = logs;
    if (only === undefined || logs.length > 1)
      throw usage(
        `--raw prints one log, and there are ${logs.length}`,
        `name a task: ${logs[0]?.label ?? ""}`,
      );
    return printRaw(context, only);
  }
  const style = lineStyle(context, styleOf(context, logs, grep));
  let printed = 0;
  for (const log of logs) {
    if (errors) printErrors(context, log, style);
    else printed += printLog(context, log, { style, tail });
  }
  if (grep !== null && printed === 0 && style.each === null)
    hint(context, `no line holds "${clean(grep, 60)}"`);
}

/** With --jsonl every line is a document. */
function lineStyle({ globals, out }: Context, style: LogStyle): LogStyle {
  return globals.jsonl ? { ...style, each: (log, line) => out.line(lineDocument(log, line)) } : style;
}

function logsOf(
  { application }: Context,
  reader: Reader,
  row: RunRow,
  { task, attempt }: Pick<Asked, "task" | "attempt">,
): readonly Log[] {
  const places = placesOf(reader, row, task);
  const name = shortRun(reader, row.run);
  const show = `${application.calledAs} show ${name}`;
  if (task !== null && places.length === 0) {
    const labels = placesOf(reader, row, null).map(({ label }) => label);
    const message = `task "${clean(task, 60)}" of run ${name} has not begun or does not exist`;
    throw refused("E_NOT_FOUND", message, nearest(task, labels) ?? show);
  }
  const logs = logsIn(reader, places, attempt);
  if (attempt !== null && logs.length === 0)
    throw refused("E_NOT_FOUND", `nothing of run ${name} had an attempt ${attempt} here`, show);
  return logs;
}

async function follow(
  context: Context,
  project: Project,
  reader: Reader,
  row: RunRow,
  { task, grep, tail }: Asked,
): Promise<number> {
  const { followLogs } = await import("../logs/log-follow.ts");
  const { calledAs } = context.application;
  const name = shortRun(reader, row.run);
  // All that may print, so that lines stand below each other from the first on.
  const labels = [...agentsOf(reader, row).keys()].map((label) => ({
    label,
    attempt: 1,
    isRepair: false,
    file: "",
    isRunning: false,
    hasFailed: false,
  }));
  const style = lineStyle(context, styleOf(context, labels, grep));
  const isWorkedOn = await workedOn(context.application, project, { reader, rows: [row] });
  const end = await followLogs({
    context,
    project,
    reader,
    run: row.run,
    task,
    style,
    tail: tail ?? FOLLOW_LINES,
    isWorkedOn: isWorkedOn(row),
  });
  switch (end) {
    case "ended":
      hint(context, `run ${name} has ended: ${reader.run(row.run)?.status ?? ""}`);
      return EXIT.done;
    case "interrupted":
      hint(context, `nobody works on run ${name} any more; go on: ${calledAs} resume ${name}`);
      return EXIT.waiting;
    case "stopped":
      return EXIT_INTERRUPTED;
    case "gone":
      return EXIT.done;
    default:
      return end satisfies never;
  }
}
