import type { Json } from "../core/json.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of a number, or of a text such as 90s, 15m, 2h, 7d; null for anything else. */
export function secondsOf(value: Json): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return null;
  const found = /^(\d+(?:\.\d+)?)([smhd])$/.exec(value);
  return found === null ? null : Number(found[1]) * (UNITS[found[2] ?? "s"] ?? 1);
}
