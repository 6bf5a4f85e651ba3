/** Values that may be written out or be a template: numbers, durations, texts. */
import type { Draft, Spot } from "./draft.ts";
import type { Scope } from "./expression/expression.ts";
import type { Template } from "./expression/template.ts";
import type { Json } from "./json.ts";
import type { Limits } from "./limits.ts";
import { failure } from "./outcome.ts";
import { isWithin, type Range, rangeText } from "./range.ts";
import { type Read, readTemplate, scopeOf } from "./scope.ts";
import type { Late } from "./workflow.ts";

export function lateText(late: Late<string>, scope: Scope, what: string): Read<string> {
  if (typeof late === "string") return { ok: true, value: late };
  const read = readTemplate(late, scope, what);
  if (!read.ok) return read;
  return { ok: true, value: typeof read.value === "string" ? read.value : JSON.stringify(read.value) };
}

/** Which number it is, and what it may be. */
export interface NumberAsked {
  readonly what: string;
  readonly range: Range;
  readonly limits: Limits | undefined;
}

/** One that is written out was judged when the file was read. */
export function lateNumber(
  late: Late<number>,
  scope: Scope,
  { what, range, limits }: NumberAsked,
): Read<number> {
  if (typeof late === "number") return { ok: true, value: late };
  const read = readTemplate(late, scope, what);
  if (!read.ok) return read;
  const value = typeof read.value === "string" ? numberIn(read.value, range) : read.value;
  if (typeof value === "number" && isWithin(value, range, limits)) return { ok: true, value };
  const given = JSON.stringify(read.value).slice(0, GIVEN_MAX);
  return {
    ok: false,
    failure: failure("config_error", `${what} gave ${given}, ${rangeText(range, limits)} is needed`),
  };
}

export function lateOrNull(late: Late<number> | null, scope: Scope, asked: NumberAsked): Read<number | null> {
  return late === null ? { ok: true, value: null } : lateNumber(late, scope, asked);
}

/** A number of a unit, or of the run (null), under the limits that the run began with. */
export function numberOf(
  draft: Draft,
  spot: Spot | null,
  late: Late<number>,
  asked: Omit<NumberAsked, "limits">,
): Read<number> {
  if (typeof late === "number") return { ok: true, value: late };
  return lateNumber(late, scopeOf(draft, spot), { ...asked, limits: draft.state.start.limits });
}

export function numberOrNull(
  draft: Draft,
  spot: Spot | null,
  late: Late<number> | null,
  asked: Omit<NumberAsked, "limits">,
): Read<number | null> {
  return late === null ? { ok: true, value: null } : numberOf(draft, spot, late, asked);
}

/** How much of a value that is no number is shown. */
const GIVEN_MAX = 100;

/** Params without a type are texts, so a text that is a number counts as one. */
function numberIn(text: string, { kind }: Range): number | null {
  if (kind === "seconds") return seconds(text);
  return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : null;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of `90s 15m 2h 7d` or a plain number; null for anything else. */
export function seconds(text: string): number | null {
  const unit = UNIT_SECONDS[text.slice(-1)];
  const digits = unit === undefined ? text : text.slice(0, -1);
  if (digits.trim() === "" || !Number.isFinite(Number(digits))) return null;
  return Number(digits) * (unit ?? 1);
}

export function lateTexts(late: Template | null, scope: Scope, what: string): Read<readonly string[]> {
  if (late === null) return { ok: true, value: [] };
  const read = readTemplate(late, scope, what);
  if (!read.ok) return read;
  const list: readonly Json[] = Array.isArray(read.value) ? read.value : [read.value];
  if (list.every((one) => typeof one === "string" || typeof one === "number"))
    return { ok: true, value: list.map(String) };
  return { ok: false, failure: failure("config_error", `${what} must be texts`) };
}
