/** Whether a value may be given to a param: type, choices, pattern, min and max. */
import type { Code } from "../core/codes.ts";
import { compileGlob } from "../core/glob.ts";
import { equal, isMap, type Json } from "../core/json.ts";
import type { Param } from "../core/workflow.ts";
import { nearest } from "./nearest.ts";

export interface BadValue {
  readonly code: Code;
  readonly message: string;
  readonly hint?: string | undefined;
}

type Limits = Pick<Param, "name" | "type" | "enum" | "pattern" | "min" | "max">;

/** Why the value does not fit, or null. */
export function badValue(param: Limits, value: Json): BadValue | null {
  const { name, type } = param;
  if (!isOfType(type, value)) {
    return { code: "E_PARAM_TYPE", message: `${name} must be ${withArticle(type)}, not ${shown(value)}` };
  }
  const { enum: choices, pattern } = param;
  if (choices !== null && !choices.some((choice) => equal(choice, value))) {
    const near =
      typeof value === "string"
        ? nearest(
            value,
            choices.filter((choice) => typeof choice === "string"),
          )
        : undefined;
    return {
      code: "E_PARAM_CHOICE",
      message: `${name} must be one of ${choices.map(shown).join(", ")}, not ${shown(value)}`,
      hint: near,
    };
  }
  if (pattern !== null && typeof value === "string" && !compileGlob(pattern)(value)) {
    return { code: "E_PARAM_PATTERN", message: `${name} must look like ${pattern}, not ${shown(value)}` };
  }
  return outOfRange(param, value);
}

function outOfRange({ name, min, max }: Limits, value: Json): BadValue | null {
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

function isOfType(type: Param["type"], value: Json): boolean {
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
