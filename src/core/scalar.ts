/** The scalars of YAML 1.2 core, for criteria written as `NAME: VALUE` in one text. */
import type { Json } from "./json.ts";

const WORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ["", null],
  ["~", null],
  ...["null", "Null", "NULL"].map((word): [string, Json] => [word, null]),
  ...["true", "True", "TRUE"].map((word): [string, Json] => [word, true]),
  ...["false", "False", "FALSE"].map((word): [string, Json] => [word, false]),
]);

const DECIMAL = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const OTHER_BASE = /^0(?:o[0-7]+|x[0-9a-fA-F]+)$/;

/** The value of a text as YAML reads a scalar; also a list or map in JSON's way. Undefined: it is none of these. */
export function readScalar(written: string): Json | undefined {
  const text = written.trim();
  const quote = text.charAt(0);
  if (quote === "'") return readSingleQuoted(text);
  if (quote === '"' || quote === "[" || quote === "{") return readJson(text);
  if (/^[&*!|>%@`]/.test(text)) return undefined;
  const plain = text.replace(/(?:^|\s)#.*$/s, "").trim();
  const word = WORDS.get(plain);
  if (word !== undefined) return word;
  const number = DECIMAL.test(plain) || OTHER_BASE.test(plain) ? Number(plain) : Number.NaN;
  // A number too large for JSON stays the text it was.
  return Number.isFinite(number) ? number : plain;
}

function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function readSingleQuoted(text: string): string | undefined {
  return /^'(?:[^']|'')*'$/.test(text) && text.length > 1
    ? text.slice(1, -1).replaceAll("''", "'")
    : undefined;
}
