/** What people who know other languages, or slipped, probably meant. */

import { nearest } from "../nearest.ts";
import { FUNCTION_NAMES, functionNamed } from "./functions.ts";
import type { Token } from "./lexer.ts";

/** Why the token at this place may stand where it cannot. */
export function unexpectedHint(tokens: readonly Token[], at: number): string | undefined {
  const { kind, text } = tokens[at] as Token;
  if (tokens[0]?.text === "{") return "one pair of braces is enough: ${name}; {key: value} is a map";
  if (text === "and") return "write && for and";
  if (text === "or") return "write || for or";
  const before = tokens[at - 1];
  if (kind === "number" && before?.text === ".") return `write [${text}] for an item of a list`;
  if (before?.kind !== "word") return undefined;
  if (text === "(") return callHint(before.text);
  return before.text.endsWith("-") ? "subtraction needs spaces on both sides" : undefined;
}

function callHint(name: string): string {
  const known = functionNamed(name) === undefined ? nearest(name, FUNCTION_NAMES) : name;
  return known === undefined ? "only functions can be called: fn:name(…)" : `write fn:${known}(…)`;
}

export function functionHint(name: string): string {
  const meant = nearest(name, FUNCTION_NAMES);
  return meant === undefined ? `the functions are ${FUNCTION_NAMES.join(", ")}` : `did you mean fn:${meant}?`;
}

export function counted(count: number): string {
  if (count === 0) return "no arguments";
  return count === 1 ? "one argument" : `${count} arguments`;
}
