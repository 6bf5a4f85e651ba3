/** Values for params: from the command line as text by declared type, from files and the API as JSON. */

import type { Scope } from "../core/expression/expression.ts";
import { literal, render } from "../core/expression/template.ts";
import { present } from "../core/invariant.ts";
import { holdsUnwritable, isMap, type Json, type JsonMap, own, RESERVED_KEYS } from "../core/json.ts";
import { beyond, LIMITS, type Limits, most } from "../core/limits.ts";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { Param, Workflow } from "../core/workflow.ts";
import { nearest } from "./nearest.ts";
import { badValue } from "./param-value.ts";
import { inOrder, namedValues } from "./value-order.ts";
import { looksSecret } from "./words.ts";

export interface GivenParams {
  /** `key=value` texts of --var and -i, in order; `key=@file` reads a file. */
  readonly pairs: readonly string[];
  /** What --inputs or the API gave. */
  readonly values: JsonMap;
  /** Reads the file behind `@`. */
  readonly readFile: (path: string) => Result<string>;
  /** Limits that the project made smaller; absent: none. */
  readonly limits?: Limits;
}

/** Who fills in what nobody gave: a trigger's own values, and the names defaults may use. */
export interface Filling {
  readonly trigger: JsonMap;
  readonly scope: Scope;
}

/** Reads what was given, in the types of the workflow; every problem at once. */
export function readParams(workflow: Workflow, given: GivenParams): Result<JsonMap> {
  const values: Record<string, Json> = Object.create(null);
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(given.values)) values[name] = value;
  const seen = new Set<string>();
  for (const pair of given.pairs) {
    const typeOf = (name: string) => workflow.params.find((one) => one.name === name)?.type;
    const read = readPair(pair, seen, { typeOf, readFile: given.readFile, flag: "-i" });
    if (read.ok) values[read.value.name] = read.value.value;
    else problems.push(...read.problems);
  }
  for (const [name, value] of Object.entries(values))
    problems.push(...nameProblems(workflow, name), ...valueProblems(name, value, given.limits));
  for (const param of workflow.params) {
    const value = values[param.name];
    const problem = value === undefined || isAbsent(param, value) ? null : badValue(param, value);
    if (problem !== null)
      problems.push({
        code: problem.code,
        message: problem.message,
        ...(problem.hint !== undefined && { hint: problem.hint }),
      });
  }
  return problems.length > 0 ? bad(...problems) : good({ ...values });
}

/** What nobody has to give is null when nobody did; so it may also be said. */
function isAbsent({ required, default: otherwise }: Param, value: Json): boolean {
  return value === null && !required && otherwise === null;
}

/** Adds the trigger's values and the defaults; what is then missing is listed all at once. */
export function completeParams(
  workflow: Workflow,
  given: JsonMap,
  { trigger, scope }: Filling,
): Result<JsonMap> {
  const values: Record<string, Json> = { ...trigger, ...given };
  const problems: Problem[] = [];
  const missing: Param[] = [];
  for (const { name, required, default: otherwise } of workflow.params)
    if (!required && otherwise === null) values[name] ??= null;
  for (const problem of fillDefaults(workflow, values, scope)) problems.push(problem);
  for (const param of workflow.params)
    if (param.required && param.default === null && !Object.hasOwn(values, param.name)) missing.push(param);
  if (missing.length > 0) problems.push(missingProblem(missing));
  return problems.length > 0 ? bad(...problems) : good(values);
}

/** Defaults may read params and variables, and variables params: each is read after what it reads. */
function fillDefaults(workflow: Workflow, values: Record<string, Json>, scope: Scope): readonly Problem[] {
  const problems: Problem[] = [];
  const variables: Record<string, Json> = {};
  const names: Scope = {
    ...scope,
    get: (name) => {
      if (name === "params") return values;
      if (name === "context") return { variables };
      return own(values, name) ?? own(variables, name) ?? scope.get(name);
    },
  };
  for (const { kind, name, template } of inOrder(namedValues(workflow.params, workflow.variables)).order) {
    if (kind === "variable") {
      const read = render(template, names);
      // One that cannot be read is told of where it is used, or when the run starts.
      if (read.ok) variables[name] = read.value;
    } else if (!Object.hasOwn(values, name)) {
      const param = present(
        workflow.params.find((one) => one.name === name),
        "a default belongs to a param",
      );
      const read = fill(param, names);
      if (read.ok) values[name] = read.value;
      else problems.push(...read.problems);
    }
  }
  return problems;
}

function fill(param: Param, scope: Scope): Result<Json> {
  const read = render(param.default ?? literal(null), scope);
  if (!read.ok)
    return bad({ code: read.problem.code, message: `default of ${param.name}: ${read.problem.message}` });
  const problem = read.value === null ? null : badValue(param, read.value);
  return problem === null
    ? good(read.value)
    : bad({ code: problem.code, message: `default of ${problem.message}` });
}

function missingProblem(missing: readonly Param[]): Problem {
  const names = missing.map(({ name }) => name);
  const first = names.map((name) => `-i ${name}=…`).join(" ");
  return { code: "E_PARAM_MISSING", message: `no value for ${names.join(", ")}`, hint: first };
}

interface Pair {
  readonly name: string;
  readonly value: Json;
}

export interface PairRules {
  /** Of a value that is declared; any other is text. */
  readonly typeOf: (name: string) => Param["type"] | undefined;
  readonly readFile: (path: string) => Result<string>;
  /** The option that is named in hints. */
  readonly flag: string;
}

/** `name=value`, each name once; `name=@file` reads a file. */
export function readPair(
  pair: string,
  seen: Set<string>,
  { typeOf, readFile, flag }: PairRules,
): Result<Pair> {
  const equals = pair.indexOf("=");
  if (equals < 1)
    return bad({
      code: "E_USAGE",
      message: `"${pair}" is not of the form key=value`,
      hint: `${flag} ${pair.replace("=", "") || "key"}=…`,
    });
  const name = pair.slice(0, equals).trim();
  if (seen.has(name))
    return bad({ code: "E_USAGE", message: `${name} is given twice`, hint: "give it once" });
  seen.add(name);
  const text = pair.slice(equals + 1);
  const read = text.startsWith("@") ? readFile(text.slice(1)) : good(text);
  if (!read.ok) return read;
  const type = typeOf(name) ?? "string";
  const value = typed(type, read.value);
  return value === undefined ? bad(wrongForm({ name, type, flag }, text)) : good({ name, value });
}

/** A text in the declared type; undefined when it is none of that type. */
function typed(type: Param["type"], text: string): Json | undefined {
  switch (type) {
    case "string":
      return text;
    case "number":
      return /^\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*$/.test(text) && Number.isFinite(Number(text))
        ? Number(text)
        : undefined;
    case "boolean":
      return { true: true, false: false }[text.trim()];
    case "array":
    case "object":
      return parsed(type, text);
    default:
      return type satisfies never;
  }
}

function parsed(type: "array" | "object", text: string): Json | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  return (type === "array" ? Array.isArray(value) : isMap(value)) ? value : undefined;
}

function wrongForm(
  { name, type, flag }: { readonly name: string; readonly type: Param["type"]; readonly flag: string },
  text: string,
): Problem {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  const hints: Readonly<Partial<Record<Param["type"], string>>> = {
    boolean: `${flag} ${name}=true`,
    array: `${flag} ${name}='["one","two"]'`,
    object: `${flag} ${name}='{"key":"value"}'`,
  };
  const hint = hints[type];
  return {
    code: "E_PARAM_TYPE",
    message: `${name} must be ${type === "array" || type === "object" ? "an" : "a"} ${type}, not "${shown}"`,
    ...(hint !== undefined && { hint }),
  };
}

/** What no value from outside may be or hold, whoever it is for. */
export function valueProblems(name: string, value: Json, limits: Limits | undefined): readonly Problem[] {
  return [...keyProblems(name, value), ...numberProblems(name, value), ...sizeProblems(name, value, limits)];
}

function sizeProblems(name: string, value: Json, limits: Limits | undefined): readonly Problem[] {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (Buffer.byteLength(text) <= most(LIMITS.paramBytes, limits)) return [];
  return [{ code: "E_TOO_LARGE", message: `${name}: ${beyond(LIMITS.paramBytes, limits)}` }];
}

/** Keys that could reach a prototype are refused at every depth. */
function keyProblems(name: string, value: Json): readonly Problem[] {
  const open: Json[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== "object" || next === null) continue;
    const bad = isMap(next) ? Object.keys(next).find((key) => RESERVED_KEYS.has(key)) : undefined;
    if (bad !== undefined)
      return [{ code: "E_RESERVED_NAME", message: `${name} holds the key "${bad}", which cannot be a name` }];
    open.push(...(Object.values(next) as Json[]));
  }
  return [];
}

function numberProblems(name: string, value: Json): readonly Problem[] {
  if (!holdsUnwritable(value)) return [];
  return [
    {
      code: "E_PARAM_RANGE",
      message: `${name} holds a number that is too large to be kept`,
      hint: "write it in quotes",
    },
  ];
}

function nameProblems(workflow: Workflow, name: string): readonly Problem[] {
  if (RESERVED_KEYS.has(name)) return [{ code: "E_RESERVED_NAME", message: `"${name}" cannot be a param` }];
  if (looksSecret(name)) {
    return [
      {
        code: "E_SECRET_IN_PARAM",
        message: `"${name}" looks like a secret, and params are stored`,
        hint: "declare it under context.secrets",
      },
    ];
  }
  if (!workflow.paramsDeclared || workflow.params.some((param) => param.name === name)) return [];
  const known = workflow.params.map((param) => param.name);
  const hint =
    nearest(name, known) ?? (known.length > 0 ? `params: ${known.join(", ")}` : "it has no params");
  return [{ code: "E_PARAM_UNKNOWN", message: `${workflow.name} has no param "${name}"`, hint }];
}
