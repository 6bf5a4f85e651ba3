/** Whether a value may be given to a param, with what may have been meant. */
import type { Json } from "../core/json.ts";
import { type Misfit, misfit, type ValueLimits } from "../core/param-value.ts";
import { nearest } from "./nearest.ts";

export interface BadValue extends Misfit {
  readonly hint?: string | undefined;
}

/** Why the value does not fit, or null. */
export function badValue(param: ValueLimits, value: Json): BadValue | null {
  const found = misfit(param, value);
  if (found?.code !== "E_PARAM_CHOICE" || typeof value !== "string") return found;
  const texts = (param.enum ?? []).filter((choice) => typeof choice === "string");
  return { ...found, hint: nearest(value, texts) };
}
