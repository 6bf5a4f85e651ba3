/** Lines and replacements in a text whose other bytes stay as they are. */

/** A part of a text and what comes in its place. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export function spliced(text: string, { start, end, text: inside }: Splice): string {
  return text.slice(0, start) + inside + text.slice(end);
}

/** The line end that the text uses, by its first one. */
export function lineEndOf(text: string): string {
  const at = text.indexOf("\n");
  return at > 0 && text[at - 1] === "\r" ? "\r\n" : "\n";
}

/** With the line ends of the text it goes into. */
export function withLineEnd(text: string, lineEnd: string): string {
  return text.replace(/\r\n|\r|\n/g, lineEnd);
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Where the line's own characters end, before its line end. */
export function contentEndOfLine(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  if (at === -1) return text.length;
  return at > offset && text[at - 1] === "\r" ? at - 1 : at;
}

/** Where the next line begins; the end of the text when there is none. */
export function nextLine(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  return at === -1 ? text.length : at + 1;
}

/** Counts from 1. */
export function lineNumber(text: string, offset: number): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

/** Whole lines, from the one of `start` to the one of `end`. What ends without a line end still does so afterwards. */
export function linesSplice(text: string, start: number, end: number): Splice {
  const from = lineStart(text, start);
  const to = nextLine(text, end);
  const isLast = to === text.length && !text.endsWith("\n");
  if (!isLast || from === 0) return { start: from, end: to, text: "" };
  return { start: text[from - 2] === "\r" ? from - 2 : from - 1, end: to, text: "" };
}

/** Where a text ends without the white space behind it. */
export function trimmedEnd(text: string, start: number, end: number): number {
  return start + text.slice(start, end).trimEnd().length;
}
