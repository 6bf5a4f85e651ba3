import { fail, type Place } from "../meter.ts";
import { EXPRESSION_LIMITS } from "./syntax.ts";

export type Token = Place &
  (
    | { readonly kind: "word" | "function" | "mark" | "text"; readonly text: string }
    | { readonly kind: "number"; readonly text: string; readonly value: number }
    | { readonly kind: "end"; readonly text: "" }
  );

export interface Tokens {
  /** The last one is of kind `end`. */
  readonly tokens: readonly Token[];
  readonly source: string;
  /** Where the text goes on behind the expression: behind the closing brace, or the end of the text. */
  readonly next: number;
}

const SPACE = /[ \t\r\n]+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_-]*/y;
const FUNCTION = /fn:([A-Za-z_][A-Za-z0-9_-]*)/y;
const NUMBER = /(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_])/y;
const MARK = /==|!=|<=|>=|&&|\|\||\?\?|[<>!+\-*/%?:.,()[\]{}]/y;
const PLAIN_TEXT = /[^\\'"]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  "/": "/",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/**
 * Cuts a text into tokens from `start` on. With `closing`, up to the brace that closes a `${`; else to the end.
 * Offsets count from `start`.
 */
export function tokenize(text: string, start: number, closing: boolean): Tokens {
  const tokens: Token[] = [];
  let at = start;
  let braces = 0;
  for (;;) {
    at += matchAt(SPACE, text, at).length;
    if (at - start > EXPRESSION_LIMITS.sourceBytes) tooLong();
    if (at >= text.length) break;
    const token = readToken(text, at, start);
    if (token.kind === "mark" && token.text === "{") braces += 1;
    if (token.kind === "mark" && token.text === "}" && braces-- === 0 && closing) break;
    tokens.push(token);
    at += token.length;
  }
  const source = text.slice(start, at);
  if (utf8Length(source) > EXPRESSION_LIMITS.sourceBytes) tooLong();
  if (closing && at >= text.length) {
    fail(
      "E_EXPR_SYNTAX",
      "the ${ is never closed",
      { offset: 0, length: 0 },
      "add a }, or write $${ for a plain ${",
    );
  }
  tokens.push({ kind: "end", text: "", offset: source.length, length: 0 });
  return { tokens, source, next: Math.min(at + 1, text.length) };
}

function tooLong(): never {
  const place = { offset: 0, length: 0 };
  fail(
    "E_EXPR_BUDGET",
    "the expression is longer than 4 KiB",
    place,
    "do the work in a script, or in several tasks",
  );
}

function readToken(text: string, at: number, start: number): Token {
  const first = text.charCodeAt(at);
  if (first === 0x22 || first === 0x27) return readText(text, at, start);
  const offset = at - start;
  if (first >= 0x30 && first <= 0x39) return readNumber(text, at, offset);
  const word = matchAt(WORD, text, at);
  if (word === "fn" && text[at + 2] === ":") {
    const name = matchAt(FUNCTION, text, at).slice(3);
    if (name !== "") return { kind: "function", text: name, offset, length: name.length + 3 };
    fail("E_EXPR_SYNTAX", "fn: is not followed by the name of a function", { offset, length: 3 });
  }
  if (word !== "") return { kind: "word", text: word, offset, length: word.length };
  const mark = matchAt(MARK, text, at);
  if (mark !== "") return { kind: "mark", text: mark, offset, length: mark.length };
  return strange(String.fromCodePoint(text.codePointAt(at) as number), offset);
}

const STRANGE_HINTS: Readonly<Record<string, string>> = {
  "=": "compare with ==; an expression cannot assign",
  "&": "write && for and",
  "|": "write || for or",
  $: "inside an expression names stand without ${ }",
  "`": "put texts into \"double\" or 'single' quotes",
};

function strange(character: string, offset: number): never {
  const shown = /[\p{C}\p{Z}]/u.test(character) ? `U+${hexOf(character)}` : character;
  const place = { offset, length: character.length };
  fail("E_EXPR_SYNTAX", `${shown} does not belong into an expression`, place, STRANGE_HINTS[character]);
}

function hexOf(character: string): string {
  return (character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
}

function readNumber(text: string, at: number, offset: number): Token {
  const digits = matchAt(NUMBER, text, at);
  const value = Number(digits);
  if (digits !== "" && Number.isFinite(value))
    return { kind: "number", text: digits, value, offset, length: digits.length };
  const written = matchAt(/[A-Za-z0-9_.]+/y, text, at);
  fail(
    "E_EXPR_SYNTAX",
    `${written.slice(0, 40)} is not a number`,
    { offset, length: written.length },
    "put a text into quotes",
  );
}

function readText(text: string, start: number, base: number): Token {
  const quote = text.charAt(start);
  const parts: string[] = [];
  let at = start + 1;
  for (;;) {
    const plain = matchAt(PLAIN_TEXT, text, at);
    parts.push(plain);
    at += plain.length;
    if (at - base > EXPRESSION_LIMITS.sourceBytes) tooLong();
    const character = text.charAt(at);
    if (character === "" || (character === "\\" && at + 1 === text.length)) {
      fail("E_EXPR_SYNTAX", `the text that starts with ${quote} is never closed`, {
        offset: start - base,
        length: 1,
      });
    }
    if (character === quote) break;
    const escaped = character === "\\" ? readEscape(text, at, base) : { value: character, length: 1 };
    parts.push(escaped.value);
    at += escaped.length;
  }
  const place = { offset: start - base, length: at + 1 - start };
  const value = parts.join("");
  if (!value.isWellFormed())
    fail("E_EXPR_SYNTAX", "the text holds half a character (a lone surrogate)", place);
  return { kind: "text", text: value, ...place };
}

function readEscape(
  text: string,
  at: number,
  base: number,
): { readonly value: string; readonly length: number } {
  const letter = text.charAt(at + 1);
  if (Object.hasOwn(ESCAPES, letter)) return { value: ESCAPES[letter] as string, length: 2 };
  const unicode = matchAt(/\\u[0-9A-Fa-f]{4}/y, text, at);
  if (unicode !== "") return { value: String.fromCharCode(Number.parseInt(unicode.slice(2), 16)), length: 6 };
  const place = { offset: at - base, length: 2 };
  fail(
    "E_EXPR_SYNTAX",
    `\\${letter} is not an escape`,
    place,
    "write \\\\ for a backslash; escapes are \\n \\t \\r \\b \\f \\/ \\' \\\" \\uXXXX",
  );
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function utf8Length(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // A surrogate is one half of four bytes.
    length += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return length;
}
