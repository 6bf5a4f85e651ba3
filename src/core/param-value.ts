/** Whether a value may be given to a param, or to a field of an answer: type, choices, pattern, min and max. */
import type { Code } from "./codes.ts";
import { compileGlob } from "./glob.ts";
import { equal, isMap, type Json } from "./json.ts";
import type { Param } from "./workflow.ts";

export interface Misfit {
  readonly code: Code;
  readonly message: string;
}

export type ValueLimits = Pick<Param, "name" | "type" | "enum" | "pattern" | "min" | "max">;

/** Why the value does not fit, or null. */
export function misfit(param: ValueLimits, value: Json): Misfit | null {
  const { name, type } = param;
  if (!isOfType(type, value)) {
    return { code: "E_PARAM_TYPE", message: `${name} must be ${withArticle(type)}, not ${shown(value)}` };
  }
  const { enum: choices, pattern } = param;
  if (choices !== null && !choices.some((choice) => equal(choice, value))) {
    const message = `${name} must be one of ${choices.map(shown).join(", ")}, not ${shown(value)}`;
    return { code: "E_PARAM_CHOICE", message };
  }
  if (pattern !== null && typeof value === "string" && !compileGlob(pattern)(value)) {
    return { code: "E_PARAM_PATTERN", message: `${name} must look like ${pattern}, not ${shown(value)}` };
  }
  return outOfRange(param, value);
}

function outOfRange({ name, min, max }: ValueLimits, value: Json): Misfit | null {
  const { size, what } = measured(value);
  if (size === null) return null;
  const isBelow = min !== null && size < min;
  const isAbove = max !== null && size > max;
  if (!isBelow && !isAbove) return null;
  const bound = isBelow ? `at least ${min}` : `at most ${max}`;
  return {
    code: "E_PARAM_RANGE",
    message: `${name} must be ${bound}${what}, not ${typeof value === "number" ? value : size}`,
  };
}

/** Of a number its value, of a text its length, of an array or object its size. */
function measured(value: Json): { readonly size: number | null; readonly what: string } {
  if (typeof value === "number") return { size: value, what: "" };
  if (typeof value === "string") return { size: [...value].length, what: " characters long" };
  if (Array.isArray(value)) return { size: value.length, what: " values long" };
  return { size: isMap(value) ? Object.keys(value).length : null, what: " keys large" };
}

export function isOfType(type: Param["type"], value: Json): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isMap(value);
  return typeof value === type && (type !== "number" || Number.isFinite(value));
}

function withArticle(type: Param["type"]): string {
  return type === "string" ? "text" : `${type === "array" || type === "object" ? "an" : "a"} ${type}`;
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
