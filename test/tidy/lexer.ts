// A light lexer for our own sources: enough to tell code from comments, strings, templates and regular expressions.
// TypeScript 7 ships no parser to ask.

export type Source = {
  /** Path from the project's root, with forward slashes. */
  readonly file: string;
  readonly text: string;
  /** The text with comments, and what stands inside strings and regular expressions, made blank; same length. */
  readonly code: string;
  /** The comments alone; everything else made blank; same length. */
  readonly comments: string;
};

export type Import = { readonly from: string; readonly line: number; readonly isTypeOnly: boolean };
export type FunctionBody = { readonly name: string; readonly line: number; readonly lines: number };

const NAME_LENGTH_MAX = 400;
const CONTROL_WORDS = new Set(["if", "for", "while", "switch", "catch", "with", "await"]);

type Span = { readonly kind: "comment" | "blank"; readonly start: number; readonly end: number };

export function readSource(file: string, text: string): Source {
  const spans = spansOf(text);
  return { file, text, code: blankOut(text, spans), comments: keepComments(text, spans) };
}

export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

export function importsOf({ text, code }: Source): readonly Import[] {
  const found: Import[] = [];
  // Strings are blank in `code` but keep their quotes, so the specifier is read from the text at the same place.
  const statement =
    /\b(?:import|export)\s+(type\s+)?(?:[^"';]*?\bfrom\s*)?(?=["'])|\bimport\s*\(\s*(?=["'])/g;
  for (const match of code.matchAll(statement)) {
    const open = match.index + match[0].length;
    const close = code.indexOf(code.charAt(open), open + 1);
    found.push({
      from: text.slice(open + 1, close),
      line: lineAt(text, match.index),
      isTypeOnly: match[1] !== undefined,
    });
  }
  return found;
}

/** Functions, methods and arrows with a body, by matching brackets: a good approximation, not a parser. */
export function functionsOf({ code }: Source): readonly FunctionBody[] {
  const found: FunctionBody[] = [];
  const closers = matchBrackets(code);
  for (const [open, close] of closers) {
    const before = code.slice(Math.max(0, open - NAME_LENGTH_MAX), open).trimEnd();
    const isArrow = before.endsWith("=>");
    const body = isArrow ? open : code[open] === "(" ? bodyAfterParameters(code, closers, close + 1) : null;
    const name = isArrow ? arrowName(before) : /([\w$#]+)\s*(?:<[^()]*>)?$/.exec(before)?.[1];
    if (body === null || CONTROL_WORDS.has(name ?? "")) continue;
    const line = lineAt(code, open);
    found.push({
      name: name ?? "anonymous",
      line,
      lines: lineAt(code, closers.get(body) ?? close) - line + 1,
    });
  }
  return found;
}

function arrowName(before: string): string {
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return /(?:const|let|readonly)\s+([\w$]+)/.exec(line)?.[1] ?? /([\w$]+)\s*[:(=]/.exec(line)?.[1] ?? "arrow";
}

/** Where the body's brace opens after a parameter list and an optional return type; null when there is none. */
function bodyAfterParameters(
  code: string,
  closers: ReadonlyMap<number, number>,
  from: number,
): number | null {
  const space = /\s*/y;
  space.lastIndex = from;
  space.exec(code);
  let at = space.lastIndex;
  if (code[at] === "{") return at;
  if (code[at] !== ":") return null;
  // Type operands and operators take turns, so a brace after an operand is the body, after an operator a type.
  let expectsOperand = true;
  at += 1;
  const token = /\s*(=>|[\w$.]+|["'`][^"'`]*["'`]|[^\s\w])/y;
  for (;;) {
    token.lastIndex = at;
    const word = token.exec(code)?.[1];
    if (word === undefined) return null;
    const start = token.lastIndex - word.length;
    at = token.lastIndex;
    if (word === "{" && !expectsOperand) return start;
    if (/^[{([]$/.test(word)) {
      const isIndex = !expectsOperand && word === "[";
      if (!expectsOperand && !isIndex) return null;
      at = (closers.get(start) ?? start) + 1;
      expectsOperand = false;
    } else if (word === "<") {
      at = skipAngles(code, start);
      expectsOperand = false;
    } else if (word === "|" || word === "&" || word === "=>" || /^(is|extends)$/.test(word)) {
      expectsOperand = true;
    } else if (/^(readonly|keyof|typeof|asserts|unique|infer)$/.test(word)) {
      expectsOperand = true;
    } else if (/^[\w$."'`]/.test(word) && expectsOperand) {
      expectsOperand = false;
    } else return null;
  }
}

function skipAngles(code: string, from: number): number {
  let depth = 0;
  for (let at = from; at < code.length; at += 1) {
    if (code[at] === "<") depth += 1;
    else if (code[at] === ">" && code[at - 1] !== "=") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return code.length;
}

function matchBrackets(code: string): Map<number, number> {
  const closers = new Map<number, number>();
  const open: number[] = [];
  for (const { index, 0: bracket } of code.matchAll(/[{}()[\]]/g)) {
    if ("{([".includes(bracket)) open.push(index);
    else {
      const start = open.pop();
      if (start !== undefined) closers.set(start, index);
    }
  }
  return closers;
}

function blankOut(text: string, spans: readonly Span[]): string {
  let code = "";
  let at = 0;
  for (const { start, end } of spans) {
    code += text.slice(at, start) + blank(text.slice(start, end));
    at = end;
  }
  return code + text.slice(at);
}

function keepComments(text: string, spans: readonly Span[]): string {
  let comments = "";
  let at = 0;
  for (const { kind, start, end } of spans) {
    if (kind !== "comment") continue;
    comments += blank(text.slice(at, start)) + text.slice(start, end);
    at = end;
  }
  return comments + blank(text.slice(at));
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

function spansOf(text: string): readonly Span[] {
  const spans: Span[] = [];
  // One entry per open `${`: how many braces inside it are still open.
  const templates: number[] = [];
  let at = text.startsWith("#!") ? text.indexOf("\n") : 0;
  if (at > 0) spans.push({ kind: "comment", start: 0, end: at });
  while (at < text.length) {
    const span = spanAt(text, at);
    if (span !== null) {
      spans.push(span);
      at = span.end + (span.kind === "comment" ? 0 : 1);
      if (text.startsWith("${", span.end)) {
        templates.push(0);
        at += 1;
      }
      continue;
    }
    const depth = templates.at(-1);
    if (depth !== undefined && text[at] === "{") templates[templates.length - 1] = depth + 1;
    if (depth !== undefined && depth > 0 && text[at] === "}") templates[templates.length - 1] = depth - 1;
    if (depth === 0 && text[at] === "}") {
      templates.pop();
      const end = templateEnd(text, at + 1);
      spans.push({ kind: "blank", start: at + 1, end });
      at = end + 1;
      if (text.startsWith("${", end)) {
        templates.push(0);
        at += 1;
      }
    } else at += 1;
  }
  return spans;
}

/** The comment, string, template piece or regular expression that starts here, without its delimiters. */
function spanAt(text: string, at: number): Span | null {
  const two = text.slice(at, at + 2);
  if (two === "//") return { kind: "comment", start: at, end: endOf(text, "\n", at) };
  if (two === "/*") return { kind: "comment", start: at, end: endOf(text, "*/", at + 2) + 2 };
  const start = at + 1;
  switch (text[at]) {
    case '"':
    case "'":
      return { kind: "blank", start, end: stringEnd(text, start, text.charAt(at)) };
    case "`":
      return { kind: "blank", start, end: templateEnd(text, start) };
    case "/":
      return startsExpression(text, at) ? { kind: "blank", start, end: patternEnd(text, start) } : null;
    default:
      return null;
  }
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  return end === -1 ? text.length : end;
}

function stringEnd(text: string, from: number, quote: string): number {
  let at = from;
  while (at < text.length && text[at] !== quote && text[at] !== "\n") at += text[at] === "\\" ? 2 : 1;
  return at;
}

function templateEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== "`" && !text.startsWith("${", at)) at += text[at] === "\\" ? 2 : 1;
  return at;
}

function patternEnd(text: string, from: number): number {
  let inClass = false;
  let at = from;
  while (at < text.length && text[at] !== "\n" && (inClass || text[at] !== "/")) {
    if (text[at] === "[") inClass = true;
    if (text[at] === "]") inClass = false;
    at += text[at] === "\\" ? 2 : 1;
  }
  return at;
}

/** A slash divides after a value and opens a regular expression anywhere else. */
function startsExpression(text: string, slash: number): boolean {
  const before = text.slice(Math.max(0, slash - 20), slash).trimEnd();
  if (/(?:^|[^\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|else|yield|await)$/.test(before))
    return true;
  return !/[\w$)\]"'`]$/.test(before);
}
