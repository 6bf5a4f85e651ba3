/** A value as JSON knows it. Everything the decider keeps, reads or writes is one of these. */
export type Json = null | boolean | number | string | readonly Json[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: Json;
}

/** Names that would reach a prototype. They are refused as keys wherever data comes in. */
export const RESERVED_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value under an own key; undefined when the map does not have it. Never looks at a prototype. */
export function own(map: JsonMap, key: string): Json | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** The same of the first map that has the key; a null there is a value too. */
export function ownOfFirst(key: string, ...maps: readonly JsonMap[]): Json | undefined {
  const map = maps.find((one) => Object.hasOwn(one, key));
  return map === undefined ? undefined : map[key];
}

/** Infinity comes out of `1e999`, and would be null when it is read back from the journal. */
export function holdsUnwritable(value: Json): boolean {
  const open: Json[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === "number" && !Number.isFinite(next)) return true;
    if (typeof next === "object" && next !== null) open.push(...(Object.values(next) as Json[]));
  }
  return false;
}

/** JSON text with sorted keys and no spaces: equal values have equal text, so it can be hashed. */
export function canonical(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const map = value as JsonMap;
  const parts = Object.keys(map)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(map[key] as Json)}`);
  return `{${parts.join(",")}}`;
}

/** Deep equality of two values; across types it is false, never an error. */
export function equal(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (left === null || right === null || typeof left !== "object" || typeof right !== "object") return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  if (Array.isArray(left)) return equalLists(left, right as readonly Json[]);
  return equalMaps(left as JsonMap, right as JsonMap);
}

function equalLists(left: readonly Json[], right: readonly Json[]): boolean {
  return left.length === right.length && left.every((item, index) => equal(item, right[index] as Json));
}

function equalMaps(left: JsonMap, right: JsonMap): boolean {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && equal(left[key] as Json, right[key] as Json));
}
