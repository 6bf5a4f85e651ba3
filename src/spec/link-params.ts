/** The `params` block, and the other names a file declares: variables and secrets. */

import type { Template } from "../core/expression/template.ts";
import { unclosed } from "../core/glob.ts";
import { present } from "../core/invariant.ts";
import { isMap, type Json, type JsonMap, RESERVED_KEYS } from "../core/json.ts";
import type { SecretSource } from "../core/secret-source.ts";
import type { Param } from "../core/workflow.ts";
import { checkEmpty } from "./field-values.ts";
import type { Root } from "./level.ts";
import { below, type Place, template } from "./link-text.ts";
import { badValue } from "./param-value.ts";
import { ID_PATTERN } from "./schema-words.ts";
import type { Path } from "./source.ts";
import { cycleText, inOrder, namedValues, pathOf } from "./value-order.ts";
import { looksSecret, RESERVED_WORDS } from "./words.ts";

export function declareParams(root: Root, written: Json | undefined): void {
  if (!isMap(written)) return;
  for (const [name, one] of Object.entries(written)) {
    const path = ["params", name];
    checkName(root, name, path, "param");
    if (looksSecret(name)) {
      root.findings.add(
        "E_SECRET_IN_PARAM",
        { path, part: "key" },
        {
          message: `the param "${name}" would hold a secret, and params are stored`,
          hint: "declare it under context.secrets and use it in env",
        },
      );
    }
    if (isMap(one)) root.params.set(name, paramOf(name, one));
  }
}

function paramOf(name: string, written: JsonMap): Param {
  const { enum: choices, required, pattern, min, max, description } = written;
  const hasDefault = written.default !== undefined;
  return {
    name,
    type: typeOf(written),
    description: typeof description === "string" ? description : "",
    required: typeof required === "boolean" ? required : !hasDefault,
    enum: Array.isArray(choices) ? (choices as readonly Json[]) : null,
    default: null,
    pattern: typeof pattern === "string" ? pattern : null,
    min: typeof min === "number" ? min : null,
    max: typeof max === "number" ? max : null,
  };
}

/** Without a type: that of the default or the choices, else text. */
function typeOf(written: JsonMap): Param["type"] {
  if (typeof written.type === "string") return written.type as Param["type"];
  const sample = written.default ?? (Array.isArray(written.enum) ? written.enum[0] : undefined);
  if (typeof sample === "number") return "number";
  if (typeof sample === "boolean") return "boolean";
  if (Array.isArray(sample)) return "array";
  return isMap(sample) ? "object" : "string";
}

/** Defaults may use other params, so they are read when all are declared. */
export function linkDefaults(root: Root, written: JsonMap, place: Place): void {
  for (const [name, one] of Object.entries(written)) {
    const param = root.params.get(name);
    if (param === undefined || !isMap(one)) continue;
    const at = below(place, name);
    const isChosen = checkChoices(root, param, one, at.path);
    if (one.default === undefined) continue;
    const given = template(one.default, below(at, "default"));
    root.params.set(name, { ...param, default: given });
    if (isChosen && given.kind === "literal") checkDefault(root, param, given, at.path);
    if (one.required === true) {
      root.findings.add(
        "E_FIELD_CONTEXT",
        { path: [...at.path, "required"], part: "key" },
        { message: `the param ${name} has a default, so it cannot be required`, hint: "keep one of the two" },
      );
    }
  }
}

function checkDefault(root: Root, param: Param, given: Template, path: Path): void {
  if (given.kind !== "literal" || (given.value === null && param.type === "string")) return;
  const problem = badValue(param, given.value);
  if (problem !== null)
    root.findings.add(
      problem.code,
      { path: [...path, "default"] },
      { message: `default: ${problem.message}`, hint: problem.hint },
    );
}

/** False when a choice is wrong: then it cannot be said what a default should be. */
function checkChoices(root: Root, param: Param, written: JsonMap, path: Path): boolean {
  const before = root.findings.problems.length;
  checkEmpty(written.enum, [...path, "enum"], root.findings, "enum: [one, two]");
  param.enum?.forEach((choice, index) => {
    const problem = badValue({ ...param, enum: null }, choice);
    if (problem !== null)
      root.findings.add(
        problem.code,
        { path: [...path, "enum", index] },
        { message: `enum: ${problem.message}`, hint: problem.hint },
      );
  });
  if (param.min !== null && param.max !== null && param.min > param.max) {
    root.findings.add(
      "E_RANGE",
      { path: [...path, "min"] },
      { message: `min ${param.min} is above max ${param.max}` },
    );
  }
  for (const bound of ["min", "max"] as const) {
    if (param[bound] === null || param.type !== "boolean") continue;
    const message = `${bound} is that of a number or a size, and ${param.name} is a boolean`;
    root.findings.add("E_FIELD_CONTEXT", { path: [...path, bound], part: "key" }, { message });
  }
  if (param.pattern !== null && param.type !== "string") {
    root.findings.add(
      "E_FIELD_CONTEXT",
      { path: [...path, "pattern"], part: "key" },
      { message: `a pattern fits only text, and ${param.name} is a ${param.type}` },
    );
  }
  const open = param.pattern === null ? null : unclosed(param.pattern);
  if (open !== null)
    root.findings.add(
      "E_TYPE",
      { path: [...path, "pattern"] },
      {
        message: `the pattern opens ${open} and does not close it`,
        hint: `a sign itself is written \\${open}`,
      },
    );
  return root.findings.problems.length === before;
}

export function checkVariables(root: Root, written: Json | undefined): void {
  if (!isMap(written)) return;
  for (const name of Object.keys(written)) {
    const path = ["context", "variables", name];
    checkName(root, name, path, "variable");
    if (root.params.has(name)) {
      root.findings.add(
        "E_DUPLICATE_ID",
        { path, part: "key" },
        { message: `"${name}" is a param and a variable`, hint: "rename one of the two" },
      );
    }
  }
}

/** The variables in an order in which each comes after what it reads. */
export function orderValues(
  root: Root,
  variables: readonly (readonly [string, Template])[],
): readonly (readonly [string, Template])[] {
  const { findings } = root;
  const { order, cycles } = inOrder(namedValues(root.params.values(), variables));
  for (const cycle of cycles) {
    const message = cycleText(cycle, (path) => findings.line(path));
    const hint = "write one of them out";
    findings.add("E_CYCLE", { path: pathOf(present(cycle[0], "a cycle has a value")) }, { message, hint });
  }
  return order.flatMap(({ kind, name, template: value }) =>
    kind === "variable" ? [[name, value] as const] : [],
  );
}

function checkName(root: Root, name: string, path: Path, what: string): void {
  const spot = { path, part: "key" } as const;
  if (RESERVED_WORDS.has(name) || RESERVED_KEYS.has(name)) {
    root.findings.add("E_RESERVED_NAME", spot, {
      message: `"${name}" is a word of the language and cannot be a ${what}`,
      hint: "take another name",
    });
  } else if (!ID_PATTERN.test(name)) {
    root.findings.add("E_TYPE", spot, {
      message: `"${name}" cannot name a ${what}`,
      hint: "letters, digits, _ and -, not beginning with a digit",
    });
  }
}

export function secretsOf(root: Root, written: Json | undefined): Readonly<Record<string, SecretSource>> {
  const secrets: Record<string, SecretSource> = {};
  if (!isMap(written)) return secrets;
  for (const [name, one] of Object.entries(written)) {
    const path = ["context", "secrets", name];
    checkName(root, name, path, "secret");
    const source = isMap(one) ? sourceOf(root, one, path) : null;
    if (source !== null) secrets[name] = source;
  }
  return secrets;
}

function sourceOf(root: Root, written: JsonMap, path: Path): SecretSource | null {
  const given = ["env", "file", "command"].filter((key) => written[key] !== undefined);
  if (given.length !== 1) {
    root.findings.add(
      "E_REQUIRED",
      { path },
      { message: "a secret comes from exactly one of env, file, command", hint: "{ env: NAME }" },
    );
    return null;
  }
  if (typeof written.env === "string") return { env: written.env };
  if (typeof written.file === "string") return { file: written.file };
  const command = Array.isArray(written.command) ? written.command.map(String) : [];
  const { findings, surroundings, isTrusted } = root;
  if (command.length === 0)
    findings.add("E_REQUIRED", { path: [...path, "command"] }, { message: "the command is empty" });
  else if (!isTrusted && !surroundings.secretCommandsAllowed) {
    findings.add(
      "E_SECRET_COMMAND",
      { path: [...path, "command"] },
      {
        message: "a secret may come from a command only in files of the project's workflow folders",
        hint: "move the file into .claude/workflows, or use env",
      },
    );
  }
  return { command };
}
