/** Problems as a person sees them: code and message, the place in the text, what to try. */
import type { Place, Problem } from "../core/problem.ts";

/** Lines shown before the one in question. */
const BEFORE = 2;
/** Wider lines are cut, the one in question to a window that ends with what is underlined. */
const WIDTH_MAX = 120;
const WIDTH_MIN = 20;
const MESSAGE_MAX = 200;

/** What the problems were found in, and how wide the screen is on which it is shown. */
export interface Source {
  readonly text: string | undefined;
  readonly columns: number | null;
}

/** One problem; with the text it was found in also the lines around it. */
export function explain(problem: Problem, sourceText?: string): string {
  return lines(problem, { text: sourceText, columns: null }, true).join("\n");
}

/** Several problems of one file, in order; a line shown once is not shown again. */
export function explainAll(problems: readonly Problem[], source: Source): string {
  const shown = new Set<number>();
  const parts = problems.map((problem) => {
    const line = problem.at?.line;
    const isNew = line !== undefined && !shown.has(line);
    if (line !== undefined) shown.add(line);
    return lines(problem, source, isNew).join("\n");
  });
  return parts.join("\n");
}

function lines(problem: Problem, { text, columns }: Source, isNew: boolean): readonly string[] {
  const { code, hint, at } = problem;
  const word = code.startsWith("W_") ? "warning" : "error";
  const message = visible(problem.message, MESSAGE_MAX);
  const head = `${word} ${code} ${message}`;
  const tail = hint === undefined ? [] : [`  try: ${visible(hint, MESSAGE_MAX)}`];
  // The lines of a cycle stand in its message: no single one explains it.
  if (at === undefined || code === "E_CYCLE") return [head, ...tail];
  const where = `${visible(at.file, MESSAGE_MAX)}:${at.line}:${at.column}`;
  if (text === undefined || !isNew) return [`${head} (${where})`, ...tail];
  return [head, `  --> ${where}`, ...frame(at, text, columns ?? Number.POSITIVE_INFINITY), ...tail];
}

function frame({ line, column, length = 1 }: Place, sourceText: string, columns: number): readonly string[] {
  const all = sourceText.replace(/^\ufeff/, "").split("\n");
  if (line > all.length) return [];
  const gutter = String(line).length + 1;
  const most = Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, columns - gutter - 3));
  const shift = Math.max(0, column - 1 + Math.min(length, most >> 1) - most);
  const rows: string[] = [];
  for (let number = Math.max(1, line - BEFORE); number <= line; number += 1) {
    const text = (all[number - 1] ?? "").replace(/\r$/, "");
    const from = number === line ? shift : 0;
    rows.push(`${String(number).padStart(gutter)} | ${visible(text.slice(from, from + most))}`.trimEnd());
  }
  const text = (all[line - 1] ?? "").replace(/\r$/, "");
  const before = visible(text.slice(shift, column - 1)).length;
  const under = Math.max(1, visible(text.slice(column - 1, column - 1 + length)).length);
  rows.push(
    `${" ".repeat(gutter)} | ${" ".repeat(before)}${"^".repeat(Math.min(under, most - Math.min(before, most - 1)))}`,
  );
  return rows;
}

/** Control characters, direction marks and halves of characters would reach the terminal: shown by their number. */
const HOSTILE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function visible(text: string, most = Number.POSITIVE_INFINITY): string {
  const clean = text.replace(HOSTILE, (sign) =>
    sign === "\t" ? " " : `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
  return clean.length > most ? `${clean.slice(0, most - 1)}…` : clean;
}
