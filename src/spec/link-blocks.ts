/** The blocks of a task: retry, foreach, matrix, repeat, budget, workspace. */

import { literal } from "../core/expression/template.ts";
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { RANGES, rangeText } from "../core/range.ts";
import type {
  BudgetSpec,
  ForeachSpec,
  MapSpec,
  MatrixSpec,
  RepeatSpec,
  RetrySpec,
  WorkspaceSpec,
} from "../core/workflow.ts";
import type { Rule, Rules } from "./level.ts";
import { MATRIX_KEYS } from "./link-names.ts";
import {
  below,
  conditionAt,
  expressionAt,
  numberAt,
  type Place,
  ruled,
  template,
  templateAt,
  textAt,
} from "./link-text.ts";
import { ID_PATTERN } from "./schema-words.ts";
import { RESERVED_WORDS } from "./words.ts";

/** Tries in all when a retry block does not say: the first and one more. */
const ATTEMPTS_DEFAULT = 2;

export function retryOf({ retry: value }: JsonMap, task: Place, rule: Rule): RetrySpec | null {
  if (!isMap(value)) return null;
  const place = below(task, "retry");
  const backoff = value.backoff === "exponential" ? "exponential" : "fixed";
  return {
    maxAttempts: numberAt(value, "max_attempts", place, { range: RANGES.attempts, rule }) ?? ATTEMPTS_DEFAULT,
    delaySeconds: numberAt(value, "delay", place, { range: RANGES.delay, rule }) ?? 0,
    backoff,
    maxDelaySeconds: numberAt(value, "max_delay", place, { range: RANGES.delay, rule }),
    jitter: typeof value.jitter === "boolean" ? value.jitter : backoff === "exponential",
    on: Array.isArray(value.on) ? value.on.map(String) : null,
  };
}

export function mapOf(value: JsonMap, place: Place, rules: Rules): MapSpec | null {
  if (isMap(value.foreach)) return foreachOf(value.foreach, below(place, "foreach"), rules);
  if (value.matrix !== undefined) return matrixOf(value.matrix, below(place, "matrix"), rules);
  return null;
}

function foreachOf(value: JsonMap, place: Place, { once, early }: Rules): ForeachSpec {
  if (value.as !== undefined) checkAs(value.as, below(place, "as"));
  return {
    kind: "foreach",
    items: templateAt(value, "items", place, once) ?? literal([]),
    as: typeof value.as === "string" ? value.as : "item",
    where: expressionAt(value, "where", place),
    key: templateAt(value, "key", place),
    maxParallel: numberAt(value, "max_parallel", place, { range: RANGES.parallel, rule: early }),
    onFailure: (value.on_failure ?? "stop") as ForeachSpec["onFailure"],
    minSuccess: numberAt(value, "min_success", place, { range: RANGES.minSuccess, rule: early }),
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
    maxParallel: numberAt(value, "max_parallel", place, { range: RANGES.parallel, rule: early }),
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

/** Beside the axes, which may be anything, the schema does not judge it. A number is judged like every other. */
function checkParallel(value: Json | undefined, place: Place): void {
  const isExpression = typeof value === "string" && value.includes("${");
  if (value === undefined || isExpression || typeof value === "number") return;
  const { findings } = place.level.root;
  const range = rangeText(RANGES.parallel, findings.limits);
  findings.add("E_RANGE", { path: place.path }, { message: `max_parallel must be ${range}, or one \${ }` });
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
  return {
    until: conditionAt(value, "until", place, rules.until) ?? false,
    max: numberAt(value, "max", place, { range: RANGES.iterations, rule: rules.early }) ?? 1,
    delaySeconds: numberAt(value, "delay", place, { range: RANGES.delay, rule: rules.early }) ?? 0,
    onFailure: (value.on_failure ?? "fail") as RepeatSpec["onFailure"],
    onExhausted: (value.on_exhausted ?? "fail") as RepeatSpec["onExhausted"],
  };
}

export function budgetOf({ budget: value }: JsonMap, around: Place, rule: Rule): BudgetSpec | null {
  if (!isMap(value)) return null;
  const place = below(around, "budget");
  return {
    usd: numberAt(value, "usd", place, { range: RANGES.usd, rule }),
    tokens: numberAt(value, "tokens", place, { range: RANGES.tokens, rule }),
  };
}

/** `worktree` is short for a map with that mode. */
export function workspaceOf({ workspace: value }: JsonMap, around: Place, rule: Rule): WorkspaceSpec | null {
  if (value === undefined) return null;
  const place = below(around, "workspace");
  if (typeof value === "string") {
    const mode = value.includes("${") ? template(value, ruled(place, rule)) : value;
    return { mode, base: null, branch: null, merge: null, keep: null };
  }
  if (!isMap(value)) return null;
  const at = (key: string) => textAt(value, key, place, rule);
  return { mode: at("mode"), base: at("base"), branch: at("branch"), merge: at("merge"), keep: at("keep") };
}
