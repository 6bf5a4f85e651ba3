/** The headings of a body as they come out on the page: not those in code, comments, lists or shortcodes. */
import MarkdownIt from "markdown-it";
import { withoutShortcodes } from "./shortcodes.ts";

export interface Heading {
  /** As written, without marks and attributes around it. */
  readonly text: string;
  /** 1 to 6. */
  readonly level: number;
  /** From its first sign to behind its own line end. */
  readonly start: number;
  readonly end: number;
}

// Blocks alone: what stands inside a line makes no heading.
const reader = new MarkdownIt({ html: true });
reader.core.ruler.enableOnly(["normalize", "block"]);

export function headingsOf(body: string): readonly Heading[] {
  const starts = lineStarts(body);
  const tokens = reader.parse(withoutShortcodes(body), {});
  return tokens.flatMap(({ type, tag, level, map }, at) => {
    if (type !== "heading_open" || level !== 0 || map === null) return [];
    const start = starts[map[0]] ?? 0;
    const end = starts[map[1]] ?? body.length;
    const [first, last] = tokens[at + 1]?.map ?? map;
    const written = body.slice(starts[first] ?? 0, starts[last] ?? body.length);
    return [{ text: textOf(written), level: Number(tag.slice(1)), start, end }];
  });
}

/** As the reader counts lines. */
function lineStarts(body: string): readonly number[] {
  return [0, ...[...body.matchAll(/\r\n?|\n/g)].map(({ index, 0: end }) => index + end.length)];
}

function textOf(written: string): string {
  const isMarked = /^ {0,3}#{1,6}(?:[ \t]|$)/.test(written.trimEnd());
  const bare = isMarked
    ? written
        .trim()
        .replace(/^#{1,6}[ \t]*/, "")
        .replace(/(?:^|[ \t]+)#+$/, "")
    : written.trim().replace(/[ \t]*(?:\r\n?|\n)[ \t]*/g, " ");
  return withoutAttributes(bare.trim());
}

/** `Prices {#prices .wide}` → `Prices` */
export function withoutAttributes(text: string): string {
  return text.replace(/[ \t]*\{[#.:][^{}]*\}$/, "");
}
