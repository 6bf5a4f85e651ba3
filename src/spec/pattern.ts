/** Regular expressions of schemas: RE2 syntax, in time that grows with the text alone. */
import type { RE2JS } from "re2js";
import { loadNow } from "../port/load-now.ts";

const PATTERNS_MAX = 500;
const PATTERN_LENGTH_MAX = 1000;
const patterns = new Map<string, RE2JS | null>();

export function isPattern(pattern: string): boolean {
  return compiled(pattern) !== null;
}

/** True when the pattern is found anywhere in the text. A pattern that cannot be read is found nowhere. */
export function isFound(pattern: string, text: string): boolean {
  return compiled(pattern)?.matcher(text).find() ?? false;
}

/** What the first group of the pattern holds where it is last found, the whole match without a group; null: nowhere. */
export function lastFound(pattern: string, text: string): string | null {
  const matcher = compiled(pattern)?.matcher(text);
  let found: string | null = null;
  while (matcher?.find() === true) found = matcher.group(matcher.groupCount() > 0 ? 1 : 0) ?? "";
  return found;
}

function compiled(pattern: string): RE2JS | null {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  if (patterns.size >= PATTERNS_MAX) patterns.clear();
  const made = pattern.length > PATTERN_LENGTH_MAX ? null : compile(pattern);
  patterns.set(pattern, made);
  return made;
}

function compile(pattern: string): RE2JS | null {
  try {
    return library().RE2JS.compile(pattern);
  } catch {
    return null;
  }
}

let loaded: typeof import("./re2.ts") | null = null;

function library(): typeof import("./re2.ts") {
  loaded ??= loadNow<typeof import("./re2.ts")>(import.meta.url, "re2");
  return loaded;
}
