/** Texts with `${ }` → templates and expressions; every name in them is noted, to be resolved later. */

import { isCode } from "../core/codes.ts";
import {
  type Expression,
  type ExpressionProblem,
  parseCondition,
  parseExpression,
} from "../core/expression/expression.ts";
import { literal, parseTemplate, type Template, templateReferences } from "../core/expression/template.ts";
import { must } from "../core/invariant.ts";
import type { Json, JsonMap } from "../core/json.ts";
import { beyond } from "../core/limits.ts";
import { highest, isWithin, type Range, rangeText } from "../core/range.ts";
import type { Late } from "../core/workflow.ts";
import type { Level, Rule } from "./level.ts";
import { secondsOf } from "./seconds.ts";
import { type Path, valueAt } from "./source.ts";

/** The task a text belongs to (-1 for the level itself), and where it stands. */
export interface Place {
  readonly level: Level;
  readonly task: number;
  readonly path: Path;
  readonly rule: Rule;
}

/** One or two steps further down; a rule of its own where the field has one. */
export function below(place: Place, ...steps: readonly (string | number)[]): Place {
  const { level, task, path, rule } = place;
  return { level, task, path: [...path, ...steps], rule };
}

export function ruled(place: Place, rule: Rule): Place {
  const { level, task, path } = place;
  return { level, task, path, rule };
}

/** `below` for one key. Most fields are absent, so nothing is made before the value is seen. */
function step(place: Place, key: string, rule: Rule = place.rule): Place {
  const { level, task, path } = place;
  return { level, task, path: [...path, key], rule };
}

export function template(value: Json, place: Place): Template {
  if (!mayHold(value)) return literal(value);
  const parsed = parseTemplate(value);
  if (!parsed.ok) {
    for (const problem of parsed.problems) {
      addProblem(problem, String(valueAt(value, problem.path) ?? ""), below(place, ...problem.path));
    }
    return literal(null);
  }
  for (const reference of templateReferences(parsed.template)) {
    const text = String(valueAt(value, reference.at) ?? "");
    const { level, task, rule } = place;
    level.uses.push({ reference, text, path: [...place.path, ...reference.at], task, rule });
  }
  return parsed.template;
}

export function templateAt(map: JsonMap, key: string, place: Place, rule?: Rule): Template | null {
  const value = map[key];
  return value === undefined || value === null ? null : template(value, step(place, key, rule));
}

export function entries(map: JsonMap | undefined, place: Place): (readonly [string, Template])[] {
  return Object.entries(map ?? {}).map(([key, value]) => [key, template(value, below(place, key))] as const);
}

export function conditionAt(
  map: JsonMap,
  key: string,
  place: Place,
  rule?: Rule,
): Expression | boolean | null {
  const value = map[key];
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value;
  const at = step(place, key, rule);
  const text = String(value);
  const parsed = parseCondition(text);
  if (parsed.ok) return noted(parsed.expression, text, at);
  addProblem(parsed.problem, text, at);
  return null;
}

/** A text that must be one expression, with or without `${ }`. */
export function expressionAt(map: JsonMap, key: string, place: Place): Expression | null {
  const read = conditionAt(map, key, place);
  return typeof read === "boolean" ? literalExpression(read) : read;
}

function literalExpression(value: boolean): Expression | null {
  const parsed = parseExpression(String(value));
  return parsed.ok ? parsed.expression : null;
}

export function noted(expression: Expression, text: string, { level, task, path, rule }: Place): Expression {
  for (const reference of expression.references) {
    const moved = { ...reference, offset: expression.start + reference.offset };
    level.uses.push({ reference: moved, text, path, task, rule });
  }
  return expression;
}

/** A number as written, seconds of a duration with a unit, or a template for later. */
export function numberAt(
  map: JsonMap,
  key: string,
  place: Place,
  { range, rule }: { readonly range: Range; readonly rule?: Rule },
): Late<number> | null {
  const value = map[key];
  if (value === undefined || value === null) return null;
  if (typeof value === "string" && value.includes("${")) return template(value, step(place, key, rule));
  checkRangeAt(map, key, place, range);
  const number = range.kind === "seconds" ? secondsOf(value) : value;
  return typeof number === "number" ? number : null;
}

/** Of a number that is written out. The schema knows what no file may have; a project may allow less. */
export function checkRangeAt(map: JsonMap, key: string, place: Place, range: Range): void {
  const { findings, isTrusted } = place.level.root;
  const value = map[key];
  const number = value === undefined || range.kind !== "seconds" ? value : secondsOf(value);
  if (isTrusted || typeof number !== "number" || isWithin(number, range, findings.limits)) return;
  const path = [...place.path, key];
  const { to } = range;
  const isBeyond = typeof to !== "number" && number > highest(range, findings.limits);
  const why = isBeyond ? beyond(to, findings.limits) : `it must be ${rangeText(range, findings.limits)}`;
  findings.add("E_RANGE", { path }, { message: `${String(path.at(-1))} is ${String(value)}; ${why}` });
}

export function textAt(map: JsonMap, key: string, place: Place, rule?: Rule): Late<string> | null {
  const value = map[key];
  if (value === undefined || value === null) return null;
  const text = String(value);
  return text.includes("${") ? template(text, step(place, key, rule)) : text;
}

export function addProblem(problem: ExpressionProblem, text: string, place: Place): void {
  const { code, message, hint, offset } = problem;
  must(isCode(code), `${code} is in the table of codes`);
  const inside = { text, offset, length: problem.length ?? 1 };
  place.level.root.findings.add(code, { path: place.path, inside }, { message, hint });
}

/** False when there can be no expression in a value: the common case, and worth not parsing. */
function mayHold(value: Json): boolean {
  if (typeof value === "string") return value.includes("${");
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) ? value.some(mayHold) : Object.values(value).some(mayHold);
}
