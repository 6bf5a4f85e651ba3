/**
 * What stands between two lines of `---` at the top of a Markdown file, read line by line: many public files are not
 * strict YAML (a colon in a description, a quote that is never closed), and work for their users.
 */
import { type Json, type JsonMap, own, RESERVED_KEYS } from "../core/json.ts";

export interface MarkdownFile {
  /** Texts, lists of texts, and maps of the same. Empty when the file has no front matter. */
  readonly front: JsonMap;
  readonly body: string;
}

/** Deeper blocks are left out: nobody writes them, and a reader that calls itself needs an end. */
const DEPTH_MAX = 4;
const FENCED = /^\ufeff?---[ \t]*\r?\n([\s\S]*?\r?\n)?---[ \t]*(?:\r?\n|$)/;
const KEY_LINE = /^([A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(.*))?$/;
const BLOCK_MARK = /^[|>][-+0-9]*$/;

export function readMarkdown(text: string): MarkdownFile {
  const fenced = FENCED.exec(text);
  if (fenced === null) return { front: {}, body: text.trim() };
  const lines = (fenced[1] ?? "").split(/\r?\n/);
  return { front: readBlock(lines, 1), body: text.slice(fenced[0].length).trim() };
}

function readBlock(lines: readonly string[], depth: number): JsonMap {
  const map: Record<string, Json> = {};
  for (let at = 0; at < lines.length; ) {
    const [, key, rest = ""] = KEY_LINE.exec(lines[at] ?? "") ?? [];
    at += 1;
    const below: string[] = [];
    for (; at < lines.length && !isKey(lines[at] ?? ""); at += 1) below.push(lines[at] ?? "");
    if (key !== undefined && !RESERVED_KEYS.has(key))
      map[key] = readValue(rest.replace(/^#.*/, "").trim(), below, depth);
  }
  return map;
}

function isKey(line: string): boolean {
  return KEY_LINE.test(line);
}

function readValue(rest: string, below: readonly string[], depth: number): Json {
  if (BLOCK_MARK.test(rest)) return blockText(rest, below);
  const lines = below.filter((line) => line.trim() !== "" && !/^\s*#/.test(line));
  if (rest !== "" || lines.length === 0)
    return readScalar([rest, ...lines.map((line) => line.trim())].join(" ").trim());
  const items = lines.map((line) => /^\s*-[ \t]+(.*)$/.exec(line)?.[1]);
  if (items.every((item) => item !== undefined)) return items.map((item) => textOf(item.trim()));
  const inner = dedented(lines);
  if (depth < DEPTH_MAX && isKey(inner[0] ?? "")) return readBlock(inner, depth + 1);
  return readScalar(inner.map((line) => line.trim()).join(" "));
}

/** `|` keeps its line ends, `>` makes one line of several. */
function blockText(mark: string, below: readonly string[]): string {
  const lines = dedented(below);
  return (mark.startsWith("|") ? lines.join("\n") : lines.join(" ")).trim();
}

function dedented(lines: readonly string[]): readonly string[] {
  const depths = lines
    .filter((line) => line.trim() !== "")
    .map((line) => line.length - line.trimStart().length);
  const depth = Math.min(...depths, 100);
  return lines.map((line) => line.slice(depth).trimEnd());
}

function readScalar(text: string): Json {
  const list = /^\[(.*)\]$/s.exec(text)?.[1];
  return list === undefined ? textOf(text) : splitList(list).map(textOf);
}

/** Commas inside brackets and quotes do not part: `Read, Bash(git log, git diff)` are two. */
export function splitList(text: string): readonly string[] {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  let quote = "";
  for (const sign of text) {
    if (quote !== "") quote = sign === quote ? "" : quote;
    else if ((sign === '"' || sign === "'") && part.trim() === "") quote = sign;
    else if (sign === "(") depth += 1;
    else if (sign === ")") depth -= 1;
    if (sign === "," && depth <= 0 && quote === "") {
      parts.push(part);
      part = "";
    } else part += sign;
  }
  return [...parts, part].map((one) => one.trim()).filter((one) => one !== "");
}

function textOf(text: string): string {
  const quoted = /^(["'])(.*)\1(?:\s+#.*)?$/s.exec(text);
  if (quoted === null) return text.replace(/\s+#.*$/s, "");
  const [, quote, inside = ""] = quoted;
  return quote === "'" ? inside.replaceAll("''", "'") : unescaped(inside);
}

const ESCAPED: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (_, sign: string) => ESCAPED[sign] ?? sign);
}

/** null: not said, or left empty. */
export function textIn(map: JsonMap, key: string): string | null {
  const value = own(map, key);
  return typeof value === "string" && value !== "" ? value : null;
}
