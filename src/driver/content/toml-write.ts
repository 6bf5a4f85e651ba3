/** Values as TOML text. */
import { isMap, type Json, type JsonMap } from "../../core/json.ts";

/** Null where TOML has no word for it: null, and numbers that are none. */
export function tomlInline(value: Json): string | null {
  if (typeof value === "string") return tomlText(value);
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : null;
  if (typeof value === "boolean") return String(value);
  if (value === null) return null;
  if (isMap(value)) {
    const pairs = Object.entries(value).map(([key, one]) => tomlPair(key, one));
    if (pairs.includes(null)) return null;
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  const items = value.map(tomlInline);
  return items.includes(null) ? null : `[${items.join(", ")}]`;
}

export function tomlPair(key: string, value: Json): string | null {
  const text = tomlInline(value);
  return text === null ? null : `${tomlKey(key)} = ${text}`;
}

export function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : tomlText(key);
}

export function tomlText(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}

/** A table with a head of its own; null when it holds what TOML has no word for. */
export function tomlTable(head: string, map: JsonMap): readonly string[] | null {
  const pairs = Object.entries(map).map(([key, value]) => tomlPair(key, value));
  return pairs.includes(null) ? null : [head, ...(pairs as string[])];
}

const DATE = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[-+]\d\d:\d\d)?)?$/;

/** As the value that stands there is written: a date stays a date, a fraction one, a text in single quotes too. */
export function tomlLike(value: Json, kind: string, isLiteral: boolean): string | null {
  if (typeof value === "string" && /date/.test(kind) && DATE.test(value)) return value;
  if (typeof value === "number" && kind === "float" && Number.isInteger(value) && Math.abs(value) < 1e21)
    return `${value}.0`;
  if (typeof value === "string" && isLiteral && /^[^'\p{Cc}]*$/u.test(value)) return `'${value}'`;
  return tomlInline(value);
}
