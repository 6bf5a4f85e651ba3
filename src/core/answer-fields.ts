/** The fields that an answer may carry: declared as params are, with default values of their own. */
import { isMap, type Json, type JsonMap, own } from "./json.ts";
import { isOfType, misfit } from "./param-value.ts";
import type { Param } from "./workflow.ts";

const TYPES: readonly Param["type"][] = ["string", "number", "boolean", "array", "object"];

/** Without a type that of the default, or of the first choice; undefined: any value will do. */
export function fieldType(form: Json | undefined): Param["type"] | undefined {
  const { type, enum: choices, default: otherwise } = isMap(form) ? form : {};
  const told = TYPES.find((one) => one === type);
  return told ?? typeOf(otherwise ?? (Array.isArray(choices) ? choices[0] : undefined));
}

/** Why an answer may not carry these fields; null when it may. `isYes`: then nothing that is required may be missing. */
export function fieldsProblem(declared: JsonMap | null, given: JsonMap, isYes: boolean): string | null {
  const forms = declared ?? {};
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(forms, name));
  if (unknown.length > 0) return `the decision has no field ${unknown.join(", ")}`;
  for (const [name, form] of Object.entries(forms)) {
    const problem = fieldProblem(name, isMap(form) ? form : {}, own(given, name), isYes);
    if (problem !== null) return problem;
  }
  return null;
}

function fieldProblem(name: string, form: JsonMap, value: Json | undefined, isYes: boolean): string | null {
  const isMissing = isYes && form.required === true && form.default === undefined;
  if (value === undefined) return isMissing ? `the field ${name} is missing` : null;
  const { enum: choices, pattern, min, max } = form;
  const limits = {
    name,
    type: fieldType(form) ?? typeOf(value) ?? "string",
    enum: Array.isArray(choices) ? choices : null,
    pattern: typeof pattern === "string" ? pattern : null,
    min: typeof min === "number" ? min : null,
    max: typeof max === "number" ? max : null,
  };
  return misfit(limits, value)?.message ?? null;
}

/** With the default of each field that was not said. */
export function withDefaults(declared: JsonMap | null, given: JsonMap): JsonMap {
  const defaults = Object.entries(declared ?? {}).filter(
    ([, form]) => isMap(form) && form.default !== undefined,
  );
  return {
    ...Object.fromEntries(defaults.map(([name, form]) => [name, (form as JsonMap).default])),
    ...given,
  } as JsonMap;
}

function typeOf(value: Json | undefined): Param["type"] | undefined {
  return value === undefined ? undefined : TYPES.find((type) => isOfType(type, value));
}
