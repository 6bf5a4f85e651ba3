/** One pass over a YAML text before the parser: what it would choke on is refused by counting, not by trying. */
import { beyond, LIMITS, type Limits, most } from "../core/limits.ts";

/** What the parser may nest: far above the limit of the language, far below what its stack holds. */
const NESTING_MAX = 200;

export interface Choking {
  readonly code: "E_DEPTH" | "E_TOO_LARGE";
  readonly message: string;
  readonly offset: number;
}

export function survey(text: string, limits: Limits): Choking | null {
  const valuesMax = most(LIMITS.nodes, limits);
  const counts: Counts = { indents: [], flow: 0, flowIndent: 0, values: 0 };
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf("\n", start);
    if (end === -1) end = text.length;
    const deep = surveyLine(text, start, end, counts);
    if (deep !== null) return { code: "E_DEPTH", message: beyond(LIMITS.depth, limits), offset: deep };
    if (counts.values > valuesMax) {
      return { code: "E_TOO_LARGE", message: beyond(LIMITS.nodes, limits), offset: start };
    }
    start = end + 1;
  }
  return null;
}

interface Counts {
  /** Indents of the blocks that are open. */
  readonly indents: number[];
  /** Brackets and braces that are open, and the indent of the line that opened the first. */
  flow: number;
  flowIndent: number;
  /** At most as many values as there are. */
  values: number;
}

/** The offset where it gets too deep, or null. */
function surveyLine(text: string, start: number, end: number, counts: Counts): number | null {
  let offset = start;
  while (text.charCodeAt(offset) === SPACE) offset += 1;
  const first = text.charCodeAt(offset);
  if (offset >= end || first === HASH || first === RETURN) return null;
  const indent = offset - start;
  const { indents } = counts;
  while (indents.length > 0 && (indents.at(-1) ?? 0) >= indent) indents.pop();
  indents.push(indent);
  // A collection over several lines is indented further than the line it began on: what is not, is a text's own.
  if (counts.flow > 0 && indent <= counts.flowIndent) counts.flow = 0;
  counts.values += 1;
  return indents.length > NESTING_MAX ? offset : surveySigns(text, offset, end, { counts, indent });
}

function surveySigns(
  text: string,
  from: number,
  end: number,
  line: { readonly counts: Counts; readonly indent: number },
): number | null {
  const { counts, indent } = line;
  let dashes = 0;
  let isLeading = true;
  for (let offset = from; offset < end; offset += 1) {
    const code = text.charCodeAt(offset);
    if (code === BRACKET || code === BRACE) {
      if (counts.flow === 0) counts.flowIndent = indent;
      counts.flow += 1;
    } else if ((code === BRACKET_END || code === BRACE_END) && counts.flow > 0) counts.flow -= 1;
    else if (code === COMMA) counts.values += 1;
    if (isLeading && code === DASH) dashes += 1;
    else if (code !== SPACE && code !== QUESTION) isLeading = false;
    if (counts.flow > NESTING_MAX || dashes > NESTING_MAX) return offset;
  }
  return null;
}

const SPACE = 0x20;
const RETURN = 0x0d;
const HASH = 0x23;
const COMMA = 0x2c;
const DASH = 0x2d;
const QUESTION = 0x3f;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
