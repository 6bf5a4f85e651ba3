/** Logs for scripts: one document of all, or with --jsonl one for each line. */
import type { Context } from "../context.ts";
import { checkFields, jsonText, withFields } from "../json.ts";
import type { Log } from "./log-list.ts";
import { type LogStyle, printErrors, printLog } from "./log-print.ts";

export interface LogDocument {
  readonly task: string;
  readonly attempt: number;
  /** It mended what made an earlier attempt fail. */
  readonly isRepair: boolean;
  readonly log: string;
  /** The number of the first line that looks like an error; null when none does or nobody asked. */
  readonly firstError: number | null;
  readonly text: string;
}

const FIELDS: Readonly<Record<keyof LogDocument, true>> = {
  task: true,
  attempt: true,
  isRepair: true,
  log: true,
  firstError: true,
  text: true,
};

export function checkLogFields(fields: readonly string[] | null): void {
  if (fields !== null) checkFields(Object.keys(FIELDS), fields);
}

/** Without colours, and safe to be printed. */
export function lineDocument({ label, attempt }: Log, line: string): string {
  return JSON.stringify({ schemaVersion: 1, task: label, attempt, line });
}

export interface Selected {
  readonly errors: boolean;
  readonly tail: number | null;
}

/** One log after the other, so that only one of them has to be held. */
export function printLogDocument(
  context: Context,
  logs: readonly Log[],
  style: LogStyle,
  selected: Selected,
): void {
  const { output } = context.out;
  output.write(`{\n  "schemaVersion": 1,\n  "logs": [`);
  for (const [at, log] of logs.entries()) {
    const text = jsonText(withFields(logDocument(context, log, style, selected), context.globals.fields));
    output.write(`${at === 0 ? "" : ","}\n    ${text.replaceAll("\n", "\n    ")}`);
  }
  output.write(`${logs.length === 0 ? "" : "\n  "}]\n}\n`);
}

function logDocument(context: Context, log: Log, style: LogStyle, { errors, tail }: Selected): LogDocument {
  const lines: string[] = [];
  const each = { ...style, each: (_log: Log, line: string) => void lines.push(line) };
  const { fields } = context.globals;
  let firstError: number | null = null;
  if (errors) firstError = printErrors(context, log, each);
  else if (fields === null || fields.includes("text")) printLog(context, log, { style: each, tail });
  const text = lines.map((line) => `${line}\n`).join("");
  const { label, attempt, isRepair, file } = log;
  return { task: label, attempt, isRepair, log: file, firstError, text };
}
