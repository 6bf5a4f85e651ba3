/** As much of logs as a conversation can take: safe text, no colours, an end. */
import type { Output, Reader } from "../application.ts";
import { type Context, projectOf, readerOf } from "../context.ts";
import { findRun, shortRun } from "../ids.ts";
import { type Log, logsIn, placesOf } from "../logs/log-list.ts";
import { printLog, styleOf } from "../logs/log-print.ts";
import { clean, Printer } from "../print.ts";
import { refused, take } from "../refusal.ts";

/** Of all logs together, in characters. */
const TEXT_MAX = 24_000;
const LINE_MAX = 2_000;
const LOGS_MAX = 50;
const TAIL = 200;

export interface LogQuestion {
  readonly run: string;
  readonly task?: string | undefined;
  readonly attempt?: number | undefined;
  readonly tail?: number | undefined;
  readonly grep?: string | undefined;
}

export function logExcerpt(context: Context, { run, task, attempt, tail, grep }: LogQuestion): object {
  const reader = readerOf(context, projectOf(context));
  const row = reader.run(take(findRun(reader, run)));
  if (row === null) throw refused("E_NOT_FOUND", `there is no run ${clean(run, 60)}`);
  const places = placesOf(reader, row, task ?? null);
  if (task !== undefined && places.length === 0) {
    const name = shortRun(reader, row.run);
    throw refused("E_NOT_FOUND", `task "${clean(task, 60)}" of run ${name} has not begun or does not exist`);
  }
  const logs = logsIn(reader, places, attempt ?? null).filter(({ file }) => isThere(reader, file));
  const shown = logs.slice(0, LOGS_MAX);
  let left = TEXT_MAX;
  const excerpts = shown.map((log) => {
    const excerpt = excerptOf(context, log, { tail: tail ?? TAIL, grep: grep ?? null, most: left });
    left -= excerpt.text.length;
    return excerpt;
  });
  return { logs: excerpts, logsLeftOut: logs.length - shown.length };
}

function isThere(reader: Reader, file: string): boolean {
  return reader.printed(file) !== null;
}

interface Cut {
  readonly tail: number;
  readonly grep: string | null;
  readonly most: number;
}

/** Of a text that is looked for the first lines that hold it; else the last lines there are. */
function excerptOf(context: Context, log: Log, { tail, grep, most }: Cut) {
  const lines: string[] = [];
  let size = 0;
  let isCut = false;
  const output: Output = {
    isTerminal: false,
    columns: null,
    rows: null,
    write: () => {},
    // The reading stops here.
    get isGone() {
      return isCut;
    },
  };
  const each = (_log: Log, line: string) => {
    if (isCut) return;
    const short = line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)}…` : line;
    isCut = size + short.length + 1 > most || (grep !== null && lines.length >= tail);
    if (isCut) return;
    lines.push(short);
    size += short.length + 1;
  };
  const style = { ...styleOf(context, [log], grep), each };
  printLog({ ...context, out: new Printer(output, false) }, log, {
    style,
    tail: grep === null ? tail : null,
  });
  const text = lines.map((line) => `${line}\n`).join("");
  return { task: log.label, attempt: log.attempt, log: log.file, isCut, text };
}
