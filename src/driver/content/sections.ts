/** A section is a heading and all below it, up to the next heading of its level or a higher one. */
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { AppendSection, InsertAfter, ReplaceSection } from "./edits.ts";
import { type Heading, headingsOf, withoutAttributes } from "./headings.ts";
import { lineEndOf, lineNumber, withLineEnd } from "./text.ts";

/** `bodyStart`: before it lies what is no Markdown. */
export function replaceSection(text: string, bodyStart: number, edit: ReplaceSection): Result<string> {
  const found = sectionAt(text, bodyStart, edit);
  if (!found.ok) return found;
  const { heading, end } = found.value;
  const body = trimmedLines(withLineEnd(edit.body, lineEndOf(text)));
  const why = openEnded(body, heading.level, edit.heading);
  if (why !== null) return bad(why);
  const old = text.slice(heading.end, end);
  const inside = trimmedLines(old);
  if (isSameText(body, inside)) return good(text);
  if (inside === "") return good(between(text.slice(0, heading.end), body, text.slice(heading.end)));
  const at = heading.end + old.indexOf(inside);
  return good(text.slice(0, at) + body + text.slice(at + inside.length));
}

export function insertAfter(text: string, bodyStart: number, edit: InsertAfter): Result<string> {
  const found = sectionAt(text, bodyStart, edit);
  if (!found.ok) return found;
  const { heading, end } = found.value;
  const added = trimmedLines(withLineEnd(edit.text, lineEndOf(text)));
  const why = openEnded(added, 0, edit.heading) ?? (end === text.length ? openPage(text, bodyStart) : null);
  if (why !== null) return bad(why);
  const isThere = added === "" || standsAround(text, added, heading.end, end);
  return good(isThere ? text : between(text.slice(0, end), added, text.slice(end)));
}

/** Whether the text stands there as whole lines, right before or behind `end`, or over it where it holds a heading. */
function standsAround(text: string, added: string, start: number, end: number): boolean {
  const first = Math.max(start, text.slice(0, end).trimEnd().length - added.length);
  const last = text.length - text.slice(end).trimStart().length;
  for (let at = text.indexOf(added, first); at !== -1 && at <= last; at = text.indexOf(added, at + 1)) {
    const behind = text.slice(at + added.length, at + added.length + 2);
    if (text[at - 1] === "\n" && /^(?:\r?\n|$)/.test(behind)) return true;
  }
  return false;
}

/** At the end of the page. The same section is not added twice. */
export function appendSection(text: string, bodyStart: number, edit: AppendSection): Result<string> {
  const lineEnd = lineEndOf(text);
  const body = trimmedLines(withLineEnd(edit.body, lineEnd));
  const level = edit.level ?? 2;
  const why = openEnded(body, level, edit.heading);
  if (why !== null) return bad(why);
  const there = headingsAt(text, bodyStart).find((heading) => isMeant(heading, { ...edit, level }));
  if (there === undefined) {
    const open = openPage(text, bodyStart);
    if (open !== null) return bad(open);
    const parts = [`${"#".repeat(level)} ${edit.heading}`, body].filter((part) => part !== "");
    return good(between(text, parts.join(lineEnd + lineEnd), ""));
  }
  const found = sectionAt(text, bodyStart, { ...edit, level });
  if (!found.ok) return found;
  if (isSameText(trimmedLines(text.slice(there.end, found.value.end)), body)) return good(text);
  const line = lineNumber(text, there.start);
  return bad({
    code: "E_HEADING",
    message: `there is a section "${edit.heading}" already, in line ${line}, with another body`,
    hint: "replace_section changes it",
  });
}

const PROBE = "decapod-probe";
const PROBE_LINE = `\n\n# ${PROBE}\n`;

/** A new text may not reach beyond its end: an open code block or comment would swallow what follows. */
function openEnded(body: string, level: number, heading: string): Problem | null {
  const headings = headingsOf(body + PROBE_LINE);
  if (headings.at(-1)?.text !== PROBE)
    return {
      code: "E_HEADING",
      message: `the text for "${heading}" has a code block, comment or shortcode that is not closed`,
      hint: "close it, or what follows on the page becomes part of it",
    };
  const inner = headings.slice(0, -1).find((one) => one.level <= level);
  if (inner === undefined) return null;
  return {
    code: "E_HEADING",
    message: `the text for "${heading}" holds the heading "${inner.text}" of level ${inner.level}, which would end the section`,
    hint: `inside of it headings begin at level ${level + 1}`,
  };
}

function openPage(text: string, bodyStart: number): Problem | null {
  if (headingsOf(text.slice(bodyStart) + PROBE_LINE).at(-1)?.text === PROBE) return null;
  return {
    code: "E_HEADING",
    message: "the page ends in a code block, comment or shortcode that is not closed",
    hint: "close it first: what is added would become part of it",
  };
}

interface Section {
  readonly heading: Heading;
  readonly end: number;
}

type Asked = Pick<ReplaceSection, "heading" | "level">;

function sectionAt(text: string, bodyStart: number, asked: Asked): Result<Section> {
  const headings = headingsAt(text, bodyStart);
  const found = headings.filter((heading) => isMeant(heading, asked));
  const [heading] = found;
  if (heading === undefined) return bad(missing(asked, headings));
  if (found.length > 1) {
    const lines = found.map(({ start }) => lineNumber(text, start));
    return bad({
      code: "E_HEADING",
      message: `the heading "${asked.heading}" stands ${found.length} times, in lines ${lines.join(" and ")}`,
      hint: found.some(({ level }) => level !== heading.level)
        ? "say which by level"
        : "replace_text changes one by its exact text",
    });
  }
  const next = headings.find(({ start, level }) => start > heading.start && level <= heading.level);
  return good({ heading, end: next?.start ?? text.length });
}

function headingsAt(text: string, bodyStart: number): readonly Heading[] {
  return headingsOf(text.slice(bodyStart)).map((heading) => ({
    ...heading,
    start: heading.start + bodyStart,
    end: heading.end + bodyStart,
  }));
}

function isMeant({ text, level }: Heading, asked: Asked): boolean {
  return text === withoutAttributes(asked.heading) && (asked.level === null || asked.level === level);
}

function missing({ heading, level }: Asked, headings: readonly Heading[]): Problem {
  const named = headings.slice(0, 20).map(({ text, level: own }) => `${"#".repeat(own)} ${text}`);
  return {
    code: "E_HEADING",
    message: `there is no heading "${heading}"${level === null ? "" : ` of level ${level}`}`,
    hint: named.length === 0 ? "the page has no headings" : `its headings: ${named.join(", ")}`,
  };
}

/** One blank line before and one behind; a page without a line end at its end stays so. */
function between(before: string, added: string, after: string): string {
  const lineEnd = lineEndOf(before + after);
  const lead =
    /\n[ \t]*\r?\n$/.test(before) || before === "" ? "" : before.endsWith("\n") ? lineEnd : lineEnd + lineEnd;
  if (after.trim() === "")
    return before + lead + added + (after === "" && before.endsWith("\n") ? lineEnd : after);
  return before + lead + added + (/^[ \t]*\r?\n/.test(after) ? lineEnd : lineEnd + lineEnd) + after;
}

/** Whatever ends its lines. */
function isSameText(left: string, right: string): boolean {
  return withLineEnd(left, "\n") === withLineEnd(right, "\n");
}

/** Without blank lines around it. */
function trimmedLines(text: string): string {
  return text.replace(/^(?:[ \t]*(?:\r\n|\n|\r))+/, "").trimEnd();
}
