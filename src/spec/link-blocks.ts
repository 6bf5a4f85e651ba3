/** The blocks of a task: retry, foreach, matrix, repeat, budget, workspace. */
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { LIMITS, most } from "../core/limits.ts";
import { literal } from "../core/template.ts";
import { thousands } from "../core/thousands.ts";
import type { Budget, ForeachSpec, MapSpec, MatrixSpec, RepeatSpec, RetryPolicy } from "../core/workflow.ts";
import type { Rules } from "./level.ts";
import { MATRIX_KEYS } from "./link-names.ts";
import {
  below,
  checkMost,
  conditionAt,
  expressionAt,
  numberAt,
  type Place,
  ruled,
  secondsAt,
  template,
  templateAt,
} from "./link-text.ts";
import { ID_PATTERN } from "./schema-words.ts";
import { secondsOf } from "./seconds.ts";
import { RESERVED_WORDS } from "./words.ts";

/** Tries in all when a retry block does not say: the first and one more. */
const ATTEMPTS_DEFAULT = 2;

export function retryOf({ retry: value }: JsonMap, task: Place): RetryPolicy | null {
  if (!isMap(value)) return null;
  const place = below(task, "retry");
  checkMost(value.max_attempts, LIMITS.attempts, below(place, "max_attempts"));
  const backoff = value.backoff === "exponential" ? "exponential" : "fixed";
  return {
    maxAttempts: typeof value.max_attempts === "number" ? value.max_attempts : ATTEMPTS_DEFAULT,
    delaySeconds: fixedSeconds(value, "delay", place) ?? 0,
    backoff,
    maxDelaySeconds: fixedSeconds(value, "max_delay", place),
    jitter: typeof value.jitter === "boolean" ? value.jitter : backoff === "exponential",
    on: Array.isArray(value.on) ? value.on.map(String) : null,
  };
}

/** A duration that no expression may give. */
function fixedSeconds(map: JsonMap, key: string, place: Place): number | null {
  const seconds = secondsAt(map, key, place);
  if (seconds === null || typeof seconds === "number") return seconds;
  place.level.root.findings.add(
    "E_TYPE",
    { path: [...place.path, key] },
    { message: `${key} is written out: it takes no \${ }` },
  );
  return null;
}

export function mapOf(value: JsonMap, place: Place, rules: Rules): MapSpec | null {
  if (isMap(value.foreach)) return foreachOf(value.foreach, below(place, "foreach"), rules);
  if (value.matrix !== undefined) return matrixOf(value.matrix, below(place, "matrix"), rules);
  return null;
}

function foreachOf(value: JsonMap, place: Place, { once, early }: Rules): ForeachSpec {
  if (value.as !== undefined) checkAs(value.as, below(place, "as"));
  checkMost(value.max_parallel, LIMITS.parallel, below(place, "max_parallel"));
  return {
    kind: "foreach",
    items: templateAt(value, "items", place, once) ?? literal([]),
    as: typeof value.as === "string" ? value.as : "item",
    where: expressionAt(value, "where", place),
    key: templateAt(value, "key", place),
    maxParallel: numberAt(value, "max_parallel", place, early),
    onFailure: (value.on_failure ?? "stop") as ForeachSpec["onFailure"],
    minSuccess: numberAt(value, "min_success", place, early),
  };
}

function checkAs(value: Json | undefined, place: Place): void {
  if (typeof value !== "string" || value === "item") return;
  const { findings, places } = place.level.root;
  if (RESERVED_WORDS.has(value)) {
    findings.add(
      "E_RESERVED_NAME",
      { path: place.path },
      { message: `"${value}" is a word of the language and cannot name an item`, hint: "take another name" },
    );
  } else if (places.get(value.toLowerCase())?.id === value) {
    findings.add(
      "E_DUPLICATE_ID",
      { path: place.path },
      { message: `"${value}" is a task and the name of an item`, hint: "rename one of the two" },
    );
  }
}

function matrixOf(value: Json, place: Place, { once, early }: Rules): MatrixSpec {
  if (!isMap(value)) return { ...MATRIX, axes: template(value, ruled(place, once)) };
  const axes = Object.entries(value).filter(([key]) => !MATRIX_KEYS.has(key));
  for (const [key, items] of axes) checkAxis(key, items, below(place, key));
  if (axes.length === 0 && value.include === undefined) {
    place.level.root.findings.add(
      "E_REQUIRED",
      { path: place.path },
      { message: "the matrix has no axis", hint: "name: [value, value]" },
    );
  }
  checkParallel(value.max_parallel, below(place, "max_parallel"));
  return {
    kind: "matrix",
    axes: axes.map(([key, items]) => [key, template(items, ruled(below(place, key), once))] as const),
    include: templateAt(value, "include", place, once),
    exclude: templateAt(value, "exclude", place, once),
    maxParallel: numberAt(value, "max_parallel", place, early),
    onFailure: failureOf(value.on_failure, below(place, "on_failure")),
  };
}

const MATRIX: MatrixSpec = {
  kind: "matrix",
  axes: [],
  include: null,
  exclude: null,
  maxParallel: null,
  onFailure: "stop",
};

function checkAxis(key: string, items: Json, place: Place): void {
  const { findings } = place.level.root;
  if (!ID_PATTERN.test(key))
    findings.add(
      "E_TYPE",
      { path: place.path, part: "key" },
      { message: `"${key}" cannot name an axis`, hint: "letters, digits, _ and -" },
    );
  if (Array.isArray(items) || (typeof items === "string" && items.includes("${"))) return;
  findings.add("E_TYPE", { path: place.path }, { message: `the axis ${key} must be a list or one \${ }` });
}

function checkParallel(value: Json | undefined, place: Place): void {
  const isExpression = typeof value === "string" && value.includes("${");
  if (value === undefined || isExpression || isCount(value, place)) return;
  const range = `a whole number from 1 to ${thousands(most(LIMITS.parallel, place.level.root.findings.limits))}`;
  place.level.root.findings.add(
    "E_RANGE",
    { path: place.path },
    { message: `max_parallel must be ${range}, or one \${ }` },
  );
}

function isCount(value: Json, { level }: Place): boolean {
  const parallelMax = most(LIMITS.parallel, level.root.findings.limits);
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= parallelMax;
}

function failureOf(value: Json | undefined, place: Place): MatrixSpec["onFailure"] {
  if (value === undefined || value === "stop" || value === "continue" || value === "ignore")
    return value ?? "stop";
  place.level.root.findings.add(
    "E_CHOICE",
    { path: place.path },
    { message: "on_failure must be one of stop, continue, ignore" },
  );
  return "stop";
}

export function repeatOf({ repeat: value }: JsonMap, task: Place, rules: Rules): RepeatSpec | null {
  if (!isMap(value)) return null;
  const place = below(task, "repeat");
  checkMost(value.max, LIMITS.iterations, below(place, "max"));
  return {
    until: conditionAt(value, "until", place, rules.until) ?? false,
    max: typeof value.max === "number" ? value.max : 1,
    delaySeconds: secondsAt(value, "delay", place, rules.early) ?? 0,
    onFailure: (value.on_failure ?? "fail") as RepeatSpec["onFailure"],
    onExhausted: (value.on_exhausted ?? "fail") as RepeatSpec["onExhausted"],
  };
}

export function budgetOf(value: Json | undefined): Budget | null {
  if (!isMap(value)) return null;
  return {
    usd: typeof value.usd === "number" ? value.usd : null,
    tokens: typeof value.tokens === "number" ? value.tokens : null,
  };
}

/** `worktree` is short for a map with that mode. */
export function workspaceOf(value: Json | undefined): JsonMap | null {
  if (typeof value === "string") return { mode: value };
  return isMap(value) ? value : null;
}

/** Seconds that must be there; the schema already said what is wrong with others. */
export function plainSeconds(value: Json | undefined, otherwise: number): number {
  return value === undefined ? otherwise : (secondsOf(value) ?? otherwise);
}
