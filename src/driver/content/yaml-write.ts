/** Values as YAML or JSON text, in the manner of what stood there before. */
import { parseDocument, Scalar } from "yaml";
import { isMap, type Json, type JsonMap } from "../../core/json.ts";

/** How a text was written before, as the library names it. */
export type Style = Scalar.Type | null;

export interface Writing {
  /** Inside brackets or braces, where commas and braces mean something. */
  readonly isFlow: boolean;
  readonly isJson: boolean;
}

const STEP = 2;

export function inline(value: Json, writing: Writing, style: Style = null): string {
  if (typeof value === "string") return textInline(value, writing, style);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const inside = { ...writing, isFlow: true };
  if (Array.isArray(value)) return `[${value.map((item: Json) => inline(item, inside)).join(", ")}]`;
  return `{${Object.entries(value as JsonMap)
    .map(([key, one]) => pairInline(key, one, inside))
    .join(", ")}}`;
}

export function pairInline(key: string, value: Json, writing: Writing): string {
  return `${inline(key, { ...writing, isFlow: true })}: ${inline(value, writing)}`;
}

function textInline(text: string, { isFlow, isJson }: Writing, style: Style): string {
  if (isJson || style === Scalar.QUOTE_DOUBLE) return quoted(text);
  if (style === Scalar.QUOTE_SINGLE && isPrintable(text)) return `'${text.replaceAll("'", "''")}'`;
  return isPlain(text, isFlow) ? text : quoted(text);
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** One line without signs that only an escape can write. */
function isPrintable(text: string): boolean {
  return !/[\p{Cc}\u2028\u2029\ufeff]/u.test(text);
}

/** Words and numbers that readers of YAML 1.1, which Hugo has, take for something else than text. */
const NOT_TEXT =
  /^(?:y|n|yes|no|on|off|true|false|null|~|<<|=|[-+]?[0-9][0-9_,.:]*(?:e[-+]?[0-9]+)?|[-+]?0[xob][0-9a-f_]*|[-+]?\.(?:[0-9].*|inf|nan))$/i;

/** Whether it reads as itself without quotes. Signs that YAML gives a meaning somewhere are quoted everywhere. */
function isPlain(text: string, isFlow: boolean): boolean {
  if (text === "" || !isPrintable(text) || text !== text.trim() || NOT_TEXT.test(text)) return false;
  if (/^[-?:,[\]{}#&*!|>'"%@`]|: | #|:$/.test(text) || (isFlow && /[,[\]{}:]/.test(text))) return false;
  const { contents, errors } = parseDocument(isFlow ? `[${text}]` : `k: ${text}`, { logLevel: "error" });
  const read = errors.length > 0 ? null : contents?.toJSON();
  return isFlow ? Array.isArray(read) && read.length === 1 && read[0] === text : read?.k === text;
}

/** `key: value` as lines of a block map; the first without its indent. */
export function blockEntry(key: string, value: Json, indent: number): readonly string[] {
  const name = inline(key, { isFlow: true, isJson: false });
  const literal = typeof value === "string" ? literalLines(value, indent + STEP) : null;
  if (literal !== null) return [`${name}: ${literal[0]}`, ...literal.slice(1)];
  if (!isBlock(value)) return [`${name}: ${inline(value, BLOCK)}`];
  const inner = indent + STEP;
  return [
    `${name}:`,
    ...blockLines(value, inner).map((line, at) => (at === 0 ? spaces(inner) + line : line)),
  ];
}

const BLOCK: Writing = { isFlow: false, isJson: false };

function isBlock(value: Json): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

/** A filled map or list as lines; the first without its indent. */
export function blockLines(value: Json, indent: number): readonly string[] {
  const parts = Array.isArray(value)
    ? value.map((item: Json) => blockItem(item, indent))
    : Object.entries(value as JsonMap).map(([key, one]) => blockEntry(key, one, indent));
  return parts.flatMap(([first = "", ...rest], at) => [(at === 0 ? "" : spaces(indent)) + first, ...rest]);
}

/** `- value`; the first line without its indent. */
export function blockItem(value: Json, indent: number): readonly string[] {
  if (!isMap(value) || !isBlock(value)) return [`- ${inline(value, BLOCK)}`];
  const [first = "", ...rest] = blockLines(value, indent + STEP);
  return [`- ${first}`, ...rest];
}

/** A text of several lines as `|`; null for one that this form cannot hold. The first line is the head. */
export function literalLines(text: string, indent: number): readonly string[] | null {
  if (!/^\S[^\n]*\n/.test(text) || /\n\n$/.test(text) || !isPrintable(text.replaceAll("\n", ""))) return null;
  const lines = text.replace(/\n$/, "").split("\n");
  if (lines.at(-1)?.trim() === "") return null;
  const head = text.endsWith("\n") ? "|" : "|-";
  return [head, ...lines.map((line) => (line === "" ? "" : spaces(indent) + line))];
}

function spaces(count: number): string {
  return " ".repeat(count);
}
