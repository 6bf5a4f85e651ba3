/** Values that may be written out or be a template: numbers, durations, texts. */
import type { Scope } from "./expression.ts";
import type { Json } from "./json.ts";
import { failure } from "./outcome.ts";
import { type Read, readTemplate } from "./scope.ts";
import type { Template } from "./template.ts";
import type { Late } from "./workflow.ts";

export function lateText(late: Late<string>, scope: Scope, what: string): Read<string> {
  if (typeof late === "string") return { ok: true, value: late };
  const read = readTemplate(late, scope, what);
  if (!read.ok) return read;
  return { ok: true, value: typeof read.value === "string" ? read.value : JSON.stringify(read.value) };
}

export function lateNumber(late: Late<number>, scope: Scope, what: string, least = 0): Read<number> {
  if (typeof late === "number") return { ok: true, value: late };
  const read = readTemplate(late, scope, what);
  if (!read.ok) return read;
  const value = typeof read.value === "string" ? seconds(read.value) : read.value;
  if (typeof value === "number" && value >= least) return { ok: true, value };
  return {
    ok: false,
    failure: failure(
      "config_error",
      `${what} gave ${JSON.stringify(read.value)}, a number or a duration is needed`,
    ),
  };
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
