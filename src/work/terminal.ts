/**
 * The one sink for text that reaches a terminal: size cap, then UTF-8 repair, then terminal sanitising, then
 * redaction. Printable text, newline, tab and plain colours pass. Everything else that could move the cursor, answer
 * back, hide or turn text around is shown as what it is (`\x1b`, `\r`, `\u202e`), so nothing is lost and nothing acts.
 */
import { nameMarker, redactor, type SecretForms } from "./redact.ts";

export interface TerminalOptions {
  /** Stands before every line; what is printed cannot get in front of it. */
  readonly prefix?: string;
  readonly colours?: boolean;
  /** Bytes read; what comes after is left out and one line says so. */
  readonly bytesMax?: number;
  readonly forms?: SecretForms;
  /** Of each whole line what is printed in its place; without it a line is printed as far as it is known. */
  readonly lines?: LineFilter;
}

/** Given a line that is safe, with its colours and without its end. */
export type LineFilter = (line: string) => readonly string[];

export interface TerminalSink {
  /** Text that may go to the terminal now. */
  write(data: Uint8Array | string): string;
  /** The rest, ended by a newline if there was any text in the last line. */
  end(): string;
}

export const TERMINAL_BYTES_MAX = 16 * 1024 * 1024;
/** A longer line is broken: terminals and log viewers choke on one of megabytes. */
export const LINE_LENGTH_MAX = 65_536;
/** A sequence of colours longer than this is none. */
const COLOUR_LENGTH_MAX = 40;
const PRINTABLE = /^[\x20-\x7e]*$/;
const ESCAPE = "\x1b";
const RESET = `${ESCAPE}[0m`;

export function terminalSink(options: TerminalOptions = {}): TerminalSink {
  const bytesMax = options.bytesMax ?? TERMINAL_BYTES_MAX;
  const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
  const safe = safeText(options.colours ?? true);
  const redact = options.forms === undefined ? null : textRedactor(options.forms);
  const filter = options.lines === undefined ? null : wholeLines(options.lines);
  const lines = linePrinter(options.prefix ?? "");
  let left = bytesMax;
  let isCut = false;
  const pass = (text: string, isLast: boolean) => {
    const clean = safe(text, isLast);
    const kept = redact === null ? clean : redact(clean, isLast);
    return lines(filter === null ? kept : filter(kept, isLast), isLast);
  };
  return {
    write: (data) => {
      const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
      const part = bytes.subarray(0, left);
      left -= part.length;
      isCut ||= part.length < bytes.length;
      return pass(decoder.decode(part, { stream: true }), false);
    },
    end: () => {
      const rest = pass(decoder.decode(), true);
      const note = `… output above ${bytesMax.toLocaleString("en")} bytes is left out\n`;
      return isCut ? `${rest}${options.prefix ?? ""}${note}` : rest;
    },
  };
}

/** One text made safe to stand inside a line: no newline, no colour, at most `lengthMax` characters. */
export function safeLine(text: string, lengthMax = 200): string {
  // Nearly everything is one already; a board asks of thousands of names.
  if (text.length <= lengthMax && PRINTABLE.test(text)) return text.trim();
  // Only as much as can be shown is looked at; a colour sequence that is cut is shown, not obeyed.
  const plain = text.slice(0, lengthMax * 8).replace(COLOURS, (found) => (isPlainColour(found) ? "" : found));
  const flat = safeText(false)(plain.toWellFormed(), true)
    .replace(/[\n\t]+/g, " ")
    .trim();
  return flat.length > lengthMax ? `${flat.slice(0, lengthMax - 1).toWellFormed()}…` : flat;
}

function textRedactor(forms: SecretForms): (text: string, isLast: boolean) => string {
  const stream = redactor(forms, nameMarker);
  const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
  return (text, isLast) => {
    const certain = decoder.decode(stream.write(Buffer.from(text, "utf8")), { stream: true });
    return isLast ? certain + decoder.decode(stream.end()) : certain;
  };
}

/** Controls, marks of direction, and what has no width; but for what joins letters and pictures to one. */
const UNSAFE =
  /(?!\n|\t|\u200c|\u200d|\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const COLOURS = new RegExp(`${ESCAPE}\\[[0-9;:]*m`, "g");
const OPEN_COLOUR = new RegExp(`^${ESCAPE}(?:\\[[0-9;:]*)?$`);
const NAMES: Readonly<Record<string, string>> = {
  "\r": "\\r",
  "\b": "\\b",
  "\f": "\\f",
  "\v": "\\v",
  "\0": "\\0",
};

/** A stream of text made safe. An escape sequence may be cut between two pieces, so its start is held back. */
function safeText(withColours: boolean): (text: string, isLast: boolean) => string {
  let held = "";
  return (text, isLast) => {
    const all = held + text;
    const from = isLast ? all.length : openTail(all);
    held = all.slice(from);
    return sanitise(all.slice(0, from), withColours);
  };
}

/** Where a tail begins that the next piece could turn into a colour, or into the end of a line. */
function openTail(text: string): number {
  if (text.endsWith("\r")) return text.length - 1;
  const start = text.lastIndexOf(ESCAPE);
  if (start === -1 || text.length - start > COLOUR_LENGTH_MAX) return text.length;
  return OPEN_COLOUR.test(text.slice(start)) ? start : text.length;
}

function sanitise(text: string, withColours: boolean): string {
  const unix = text.replaceAll("\r\n", "\n");
  let safe = "";
  let at = 0;
  for (const { 0: colour, index } of unix.matchAll(COLOURS)) {
    if (!isPlainColour(colour)) continue;
    safe += unix.slice(at, index).replace(UNSAFE, show) + (withColours ? colour : "");
    at = index + colour.length;
  }
  return safe + unix.slice(at).replace(UNSAFE, show);
}

function show(sign: string): string {
  const code = sign.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code > 0xffff) return `\\u{${hex}}`;
  return NAMES[sign] ?? (code > 0xff ? `\\u${hex.padStart(4, "0")}` : `\\x${hex.padStart(2, "0")}`);
}

/** Colours and weight; not blinking (5, 6), not concealed (8), no fonts (10-20). */
function isPlainColour(sequence: string): boolean {
  if (sequence.length > COLOUR_LENGTH_MAX) return false;
  const numbers = sequence.slice(2, -1).split(/[;:]/).map(Number);
  for (let index = 0; index < numbers.length; index += 1) {
    const number = numbers[index] ?? 0;
    if (number === 38 || number === 48) {
      const kind = numbers[index + 1];
      if (kind !== 5 && kind !== 2) return false;
      const colour = numbers.slice(index + 2, index + (kind === 5 ? 3 : 5));
      if (colour.length !== (kind === 5 ? 1 : 3) || colour.some((part) => part > 255)) return false;
      index += kind === 5 ? 2 : 4;
    } else if (!isSimpleColour(number)) return false;
  }
  return true;
}

function isSimpleColour(number: number): boolean {
  if (number <= 4 || number === 7 || number === 9) return true;
  if ([21, 22, 23, 24, 27, 29, 39, 49].includes(number)) return true;
  return (
    (number >= 30 && number <= 37) ||
    (number >= 40 && number <= 47) ||
    (number >= 90 && number <= 97) ||
    (number >= 100 && number <= 107)
  );
}

/** Hands on whole lines to the filter; one without an end in pieces, so that it takes no more memory than others. */
function wholeLines(filter: LineFilter): (text: string, isLast: boolean) => string {
  let held = "";
  return (text, isLast) => {
    const lines = (held + text).split("\n");
    const open = lines.pop() ?? "";
    const isDue = (isLast && open !== "") || open.length > LINE_LENGTH_MAX;
    held = isDue ? "" : open;
    const kept = (isDue ? [...lines, open] : lines).flatMap((line) => filter(line));
    return kept.map((line) => `${line}\n`).join("");
  };
}

/** The line as it is read, without its colours. */
export function withoutColours(line: string): string {
  return line.includes(ESCAPE) ? line.replace(COLOURS, "") : line;
}

/** Puts the prefix before each line, ends colours with their line, and breaks a line that has no end. */
function linePrinter(prefix: string): (text: string, isLast: boolean) => string {
  let length = 0;
  let isColoured = false;
  const endLine = () => {
    const end = isColoured ? `${RESET}\n` : "\n";
    length = 0;
    isColoured = false;
    return end;
  };
  return (text, isLast) => {
    let out = "";
    for (let at = 0; at < text.length; ) {
      if (length === 0) out += prefix;
      const newline = text.indexOf("\n", at);
      const end = newline === -1 ? text.length : newline;
      const to = breakAt(text, at, Math.min(end, at + LINE_LENGTH_MAX - length));
      const part = text.slice(at, to);
      out += part;
      length += part.length;
      isColoured ||= part.includes(ESCAPE);
      const isLineEnd = to === newline;
      if (to < end || isLineEnd) out += endLine();
      at = isLineEnd ? to + 1 : to;
    }
    return isLast && length > 0 ? out + endLine() : out;
  };
}

/** Not inside a colour, and not inside a character of two units. */
function breakAt(text: string, from: number, to: number): number {
  if (to >= text.length || text[to] === "\n") return to;
  const start = text.lastIndexOf(ESCAPE, to - 1);
  if (start >= from && to - start <= COLOUR_LENGTH_MAX && !text.slice(start, to).includes("m")) return start;
  const code = text.charCodeAt(to);
  return code >= 0xdc00 && code <= 0xdfff && to > from ? to - 1 : to;
}
