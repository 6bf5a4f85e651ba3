/** Printing a log: made safe for a terminal, every line with its task in front, in pieces of constant size. */
import type { OpenFile } from "../../port/files.ts";
import { looksLikeError } from "../../work/error-lines.ts";
import { firstLine, piecesFrom, startOfLast } from "../../work/log-file.ts";
import {
  type LineFilter,
  type TerminalOptions,
  type TerminalSink,
  terminalSink,
  withoutColours,
} from "../../work/terminal.ts";
import type { Context } from "../context.ts";
import { clean } from "../print.ts";
import { padEnd } from "../text.ts";
import type { Log } from "./log-list.ts";

const LABEL_MAX = 60;
const PREFIX_WIDTH_MAX = 24;
/** Lines before and behind the first error, and at the end of a log in which nothing looks like one. */
const ERROR_BEFORE = 5;
const ERROR_LINES = 25;
const END_LINES = 10;

export interface LogStyle {
  /** How wide the names in front of lines are made, so that the lines stand below each other. */
  readonly width: number;
  readonly hasColour: boolean;
  /** Lines that hold this text alone. */
  readonly grep: string | null;
  /** Takes each whole line, without colours, in place of its being printed. */
  readonly each: ((log: Log, line: string) => void) | null;
}

export function styleOf({ out }: Context, logs: readonly Log[], grep: string | null): LogStyle {
  const longest = Math.max(0, ...logs.map((log) => nameOf(log).length));
  return { width: Math.min(PREFIX_WIDTH_MAX, longest), hasColour: out.hasColour, grep, each: null };
}

/** `build`, `build#2` for a second attempt, `build#2 repair`. */
function nameOf({ label, attempt, isRepair }: Log): string {
  const name = attempt === 1 ? label : `${label}#${attempt}`;
  return clean(isRepair ? `${name} repair` : name, LABEL_MAX);
}

export function sinkOf(log: Log, style: LogStyle, isLive: boolean): TerminalSink {
  // Beside others a line is printed once it is whole.
  const whole = isLive ? (line: string) => [line] : null;
  return sinkThrough(style.grep === null ? whole : grepFilter(style.grep), log, style);
}

function sinkThrough(filter: LineFilter | null, log: Log, style: LogStyle): TerminalSink {
  const { each } = style;
  const keep = filter ?? ((line: string) => [line]);
  const take = (line: string) => {
    for (const kept of keep(line)) each?.(log, withoutColours(kept));
    return [];
  };
  const lines = each === null ? filter : take;
  return terminalSink({ ...optionsOf(log, style), ...(lines !== null && { lines }) });
}

function optionsOf(log: Log, { width, hasColour }: LogStyle): TerminalOptions {
  const prefix = `${padEnd(nameOf(log), width)} | `;
  return { prefix, colours: hasColour, bytesMax: Number.MAX_SAFE_INTEGER };
}

/** As it is written; without capitals in it, capitals do not count. */
function grepFilter(text: string): LineFilter {
  const isExact = text !== text.toLowerCase();
  return (line) => {
    const seen = withoutColours(line);
    return (isExact ? seen : seen.toLowerCase()).includes(text) ? [line] : [];
  };
}

/** The whole log, or its last lines. Returns how many bytes of text were printed. */
export function printLog(
  { application, out }: Context,
  log: Log,
  { style, tail }: { readonly style: LogStyle; readonly tail: number | null },
): number {
  return withFile(application.files.open(log.file, "read"), (file) => {
    const from = tail === null ? 0 : startOfLast(file, tail, file.stat().size);
    return printFrom(out.output, file, from, sinkOf(log, style, false));
  });
}

function printFrom(
  output: Context["out"]["output"],
  file: OpenFile,
  from: number,
  sink: TerminalSink,
): number {
  let printed = 0;
  const print = (text: string) => {
    printed += text.length;
    if (text !== "") output.write(text);
  };
  for (const piece of piecesFrom(file, from)) {
    print(sink.write(piece));
    if (output.isGone === true) return printed;
  }
  print(sink.end());
  return printed;
}

/**
 * Around the first line that looks like an error; else the end. What was found is said above it. Returns the number
 * of that line.
 */
export function printErrors({ application, out, err }: Context, log: Log, style: LogStyle): number | null {
  return withFile(application.files.open(log.file, "read"), (file) => {
    const found = firstLine(file, (line) => looksLikeError(withoutColours(line)));
    const name = nameOf(log);
    const said =
      found === null
        ? "no line looks like an error; these are the last"
        : `line ${found.number} looks like an error`;
    if (style.each === null) err.line(err.paint("gray", `${name}: ${said}`));
    const from =
      found === null
        ? startOfLast(file, END_LINES, file.stat().size)
        : startOfLast(file, ERROR_BEFORE, found.from);
    let left = ERROR_LINES;
    const print = (text: string) => void (text !== "" && out.output.write(text));
    const sink = sinkThrough((line) => (left-- > 0 ? [line] : []), log, style);
    for (const piece of piecesFrom(file, from)) {
      print(sink.write(piece));
      if (left <= 0) break;
    }
    print(sink.end());
    return found?.number ?? null;
  });
}

/** As it is kept, byte for byte. */
export function printRaw({ application, out }: Context, log: Log): void {
  withFile(application.files.open(log.file, "read"), (file) => {
    for (const piece of piecesFrom(file, 0)) {
      out.output.write(piece);
      if (out.output.isGone === true) return;
    }
  });
}

function withFile<T>(file: OpenFile, use: (file: OpenFile) => T): T {
  try {
    return use(file);
  } finally {
    file.close();
  }
}
