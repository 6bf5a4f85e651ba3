/** What counts as done: checks on what an attempt gave (formats.md 2). */
import {
  caught,
  type Evaluated,
  type ExpressionProblem,
  evaluate,
  parseExpression,
  type Scope,
} from "./expression/expression.ts";
import { equal, isMap, type Json, type JsonMap, own } from "./json.ts";
import { kindOf, Meter } from "./meter.ts";
import { readScalar } from "./scalar.ts";
import type { Criterion } from "./workflow.ts";
import type { Changed } from "./workspace-words.ts";

export interface Check {
  readonly check: string;
  readonly passed: boolean;
  readonly actual: Json;
}

/** What an attempt gave, as criteria see it. */
export interface Judged {
  readonly output: Json;
  readonly durationSeconds: number;
  readonly exitCode: number | null;
  readonly attempts: number;
  readonly costUsd: number | null;
  /** Counted by git in a worktree of its own; what an agent gave under this name is not asked then. */
  readonly changed?: Changed;
}

export type ParsedCriterion =
  | { readonly ok: true; readonly criterion: Criterion }
  | { readonly ok: false; readonly problem: ExpressionProblem };

const NAME = "[A-Za-z_][A-Za-z0-9_-]*(?:\\.[A-Za-z0-9_-]+)*";
const IS_PATH = new RegExp(`^${NAME}$`);
const EQUALS = new RegExp(`^(${NAME}):(?:\\s+([^]*))?$`);
const PRESENT = new RegExp(`^(${NAME})\\s+(?:is\\s+)?present$`);
const EMPTY = new RegExp(`^(${NAME})\\s+is\\s+empty$`);

/** Reads a criterion as written. Of a problem the offset counts in the text without backticks. */
export function parseCriterion(value: Json): ParsedCriterion {
  if (isMap(value)) return parseMap(value);
  if (typeof value !== "string") return refused(`${kindOf(value)} is no success criterion`);
  const source = value.replaceAll("`", "").trim();
  const present = PRESENT.exec(source)?.[1];
  if (present !== undefined) return good({ kind: "present", source, path: present.split(".") });
  const empty = EMPTY.exec(source)?.[1];
  if (empty !== undefined) return good({ kind: "empty", source, path: empty.split(".") });
  const [, name, written] = EQUALS.exec(source) ?? [];
  if (name === undefined) return parseText(source);
  const wanted = readScalar(written ?? "");
  if (wanted === undefined) return refused(`${name}: is not followed by a value that can be read`);
  return equals(source, name.split("."), wanted);
}

function parseMap(map: JsonMap): ParsedCriterion {
  const [entry, ...more] = Object.entries(map);
  if (entry === undefined || more.length > 0) return refused("a criterion that is a map has exactly one key");
  const name = entry[0].replaceAll("`", "").trim();
  const source = `${name}: ${JSON.stringify(entry[1])}`;
  return equals(source, IS_PATH.test(name) ? name.split(".") : [name], entry[1]);
}

function equals(source: string, path: readonly string[], value: Json): ParsedCriterion {
  if (Array.isArray(value) && value.length === 0) return good({ kind: "empty", source, path });
  return good({ kind: "equals", source, path, value });
}

function parseText(source: string): ParsedCriterion {
  const parsed = parseExpression(source);
  if (parsed.ok) return good({ kind: "expression", source, expression: parsed.expression });
  const { problem } = parsed;
  if (problem.code !== "E_EXPR_SYNTAX") return parsed;
  return {
    ok: false,
    problem: {
      ...problem,
      code: "E_CRITERION",
      message: `no success criterion: ${problem.message}`,
      hint: FORMS,
    },
  };
}

const FORMS = "write NAME: VALUE, NAME present, NAME is empty, or an expression such as file_count > 100";

function good(criterion: Criterion): ParsedCriterion {
  return { ok: true, criterion };
}

function refused(message: string): ParsedCriterion {
  return { ok: false, problem: { code: "E_CRITERION", message, hint: FORMS, offset: 0 } };
}

/** Judges all checks. A missing name or an error makes a check false, with the reason as `actual`. */
export function judge(criteria: readonly Criterion[], result: Judged, scope: Scope): readonly Check[] {
  const names: Scope = { get: (name) => nameOf(name, result, scope), sha256: (text) => scope.sha256(text) };
  return criteria.map((criterion) => {
    const verdict =
      criterion.kind === "expression" ? judgeExpression(criterion, names) : judgeValue(criterion, names);
    return { check: criterion.source, passed: verdict.passed, actual: shown(verdict.actual) };
  });
}

interface Verdict {
  readonly passed: boolean;
  readonly actual: Json;
}

const COUNTS: ReadonlySet<string> = new Set<keyof Changed>(["files", "insertions", "deletions", "paths"]);

/** What they ask of how much an attempt changed. */
export function askedChanged(criteria: readonly Criterion[]): readonly string[] {
  const names = criteria.flatMap((criterion) =>
    criterion.kind === "expression"
      ? criterion.expression.references.flatMap(({ head, path }) =>
          head === "changed" ? (path[0] ?? []) : [],
        )
      : criterion.path[0] === "changed"
        ? (criterion.path[1] ?? [])
        : [],
  );
  return names.filter((name) => COUNTS.has(name));
}

/** Keys of the output first, then what is known of the attempt, then the names of the place. */
function nameOf(name: string, result: Judged, scope: Scope): Json | undefined {
  if (name === "changed" && result.changed !== undefined) return { ...result.changed };
  const given = isMap(result.output) ? own(result.output, name) : undefined;
  if (given !== undefined) return given;
  switch (name) {
    case "duration_seconds":
      return result.durationSeconds;
    case "exit_code":
      return result.exitCode;
    case "attempts":
      return result.attempts;
    case "cost_usd":
      return result.costUsd;
    default: {
      const named = scope.get(name);
      return named === undefined && name === "output" ? result.output : named;
    }
  }
}

function judgeValue(criterion: Exclude<Criterion, { kind: "expression" }>, names: Scope): Verdict {
  const found = find(criterion.path, names);
  if (typeof found === "string") return { passed: false, actual: found };
  const actual = found.value;
  switch (criterion.kind) {
    case "present":
      return { passed: actual !== null, actual };
    case "empty":
      return { passed: isEmpty(actual), actual };
    case "equals":
      return { passed: isShallow(actual) && equal(actual, criterion.value), actual };
    /* node:coverage ignore next 2 */
    default:
      return criterion satisfies never;
  }
}

/** The value at a path, or in words what is missing. Below null everything is null. */
function find(path: readonly string[], names: Scope): { readonly value: Json } | string {
  const [head, ...rest] = path as readonly [string, ...string[]];
  let value = names.get(head);
  if (value === undefined) return `${head} is missing`;
  for (const [at, key] of rest.entries()) {
    if (value === null) return { value: null };
    value = isMap(value) ? own(value, key) : undefined;
    if (value === undefined) return `${path.slice(0, at + 2).join(".")} is missing`;
  }
  return { value };
}

function isEmpty(value: Json): boolean {
  if (value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

const NOWHERE = { offset: 0, length: 0 };

/** True when a value can be walked through: not too deep, not too large. */
function isShallow(value: Json): boolean {
  return sizeOf(value) !== null;
}

function sizeOf(value: Json): number | null {
  const weighed = caught(0, () => ({ ok: true as const, size: new Meter().weigh(value, NOWHERE) }));
  return weighed.ok ? weighed.size : null;
}

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">=", "in"]);

/** Of a comparison the left side is what people want to see. */
function judgeExpression({ expression }: Extract<Criterion, { kind: "expression" }>, names: Scope): Verdict {
  const verdict = evaluate(expression, names);
  if (!verdict.ok) return { passed: false, actual: verdict.problem.message };
  const { value } = verdict;
  if (typeof value !== "boolean")
    return { passed: false, actual: `gives ${kindOf(value)}, not true or false` };
  const { root } = expression;
  if (root.kind !== "binary" || !COMPARISONS.has(root.operator)) return { passed: value, actual: value };
  const left: Evaluated = evaluate({ ...expression, root: root.left }, names);
  return { passed: value, actual: left.ok ? left.value : value };
}

const SHOWN_MAX = 4096;

/** Checks are kept in the journal, so of something large only its kind and size. */
function shown(actual: Json): Json {
  const size = sizeOf(actual);
  if (size !== null && size <= SHOWN_MAX) return actual;
  if (typeof actual === "string")
    return `${actual.slice(0, 1000).toWellFormed()}… (${actual.length} characters)`;
  return `${kindOf(actual)} of ${Object.keys(actual as object).length} items`;
}
