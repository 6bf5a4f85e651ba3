/**
 * Values in a text of keys and values, changed in place: one splice after the other, each as small as it can be. Whether a
 * splice did what it should is not believed but read: the text after it must hold exactly the values that were wanted.
 */
import { equal, isMap, type Json, type JsonMap } from "../../core/json.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { type Path, valueAt } from "../../spec/source.ts";
import { type Splice, spliced } from "./text.ts";

/** A text as read. Every change gives the splice that makes it, or null where this form of writing does not allow it. */
export interface Tree {
  readonly value: Json;
  replace(path: Path, value: Json): Splice | null;
  addKey(path: Path, key: string, value: Json): Splice | null;
  removeKey(path: Path): Splice | null;
  appendItem(path: Path, value: Json): Splice | null;
  removeItem(path: Path, index: number): Splice | null;
}

export type ReadTree = (text: string) => Result<Tree>;

/** The text with the value at the path; the same text when it is there already. */
export function withValue(text: string, read: ReadTree, path: Path, value: Json): Result<string> {
  const before = read(text);
  if (!before.ok) return before;
  const wanted = placed(before.value.value, path, value);
  if (wanted === undefined) return bad(notAMap(path));
  if (equal(before.value.value, wanted)) return good(text);
  const small = change(text, read, path, value);
  if (small !== null && holds(small, read, wanted)) return good(small);
  const splice = valueAt(before.value.value, path) === undefined ? null : before.value.replace(path, value);
  const whole = splice === null ? null : spliced(text, splice);
  return whole !== null && holds(whole, read, wanted) ? good(whole) : bad(unwritable(path));
}

/** The text without the key at the path; the same text when it is not there. */
export function withoutKey(text: string, read: ReadTree, path: Path): Result<string> {
  const before = read(text);
  if (!before.ok) return before;
  if (valueAt(before.value.value, path) === undefined) return good(text);
  const wanted = removed(before.value.value, path);
  const splice = before.value.removeKey(path);
  const after = splice === null ? null : spliced(text, splice);
  return after !== null && holds(after, read, wanted) ? good(after) : bad(unwritable(path));
}

function holds(text: string, read: ReadTree, wanted: Json): boolean {
  const after = read(text);
  return after.ok && equal(after.value.value, wanted);
}

/** null: it cannot be done in small steps. */
function change(text: string, read: ReadTree, path: Path, value: Json): string | null {
  const tree = read(text);
  if (!tree.ok) return null;
  const current = valueAt(tree.value.value, path);
  if (current === undefined) return applied(text, added(tree.value, path, value));
  if (equal(current, value)) return text;
  if (isMap(current) && isMap(value) && isFilled(current) && isFilled(value))
    return changeMap(text, read, path, [current, value]);
  if (Array.isArray(current) && Array.isArray(value) && current.length > 0)
    return changeList(text, read, path, [current, value]);
  return applied(text, tree.value.replace(path, value));
}

function isFilled(map: JsonMap): boolean {
  return Object.keys(map).length > 0;
}

function applied(text: string, splice: Splice | null): string | null {
  return splice === null ? null : spliced(text, splice);
}

/** A new key at the innermost map that is there; what lies between comes into being with it. */
function added(tree: Tree, path: Path, value: Json): Splice | null {
  let depth = 0;
  while (depth < path.length && isMap(valueAt(tree.value, path.slice(0, depth + 1)))) depth += 1;
  const rest = path.slice(depth + 1).reduceRight<Json>((inner, key) => ({ [key]: inner }), value);
  const at = path.slice(0, depth);
  const key = String(path[depth]);
  const isNull = valueAt(tree.value, [...at, key]) === null;
  return isNull ? tree.replace([...at, key], rest) : tree.addKey(at, key, rest);
}

function changeMap(
  text: string,
  read: ReadTree,
  path: Path,
  [current, wanted]: readonly [JsonMap, JsonMap],
): string | null {
  let made: string | null = text;
  for (const [key, value] of Object.entries(wanted)) {
    if (made === null) return null;
    made = change(made, read, [...path, key], value);
  }
  for (const key of Object.keys(current)) {
    if (made === null || Object.hasOwn(wanted, key)) continue;
    const tree = read(made);
    made = tree.ok ? applied(made, tree.value.removeKey([...path, key])) : null;
  }
  return made;
}

/** Items that stay keep their place and their bytes; what is new comes behind them. */
function changeList(
  text: string,
  read: ReadTree,
  path: Path,
  [current, wanted]: readonly [readonly Json[], readonly Json[]],
): string | null {
  const gone: number[] = [];
  let kept = 0;
  current.forEach((item, index) => {
    if (kept < wanted.length && equal(item, wanted[kept] as Json)) kept += 1;
    else gone.push(index);
  });
  if (kept === 0) return null;
  let made: string | null = text;
  for (const index of gone.reverse()) {
    const tree: Result<Tree> | null = made === null ? null : read(made);
    made = made !== null && tree?.ok === true ? applied(made, tree.value.removeItem(path, index)) : null;
  }
  for (const item of wanted.slice(kept)) {
    const tree: Result<Tree> | null = made === null ? null : read(made);
    made = made !== null && tree?.ok === true ? applied(made, tree.value.appendItem(path, item)) : null;
  }
  return made;
}

/** undefined: something on the way is neither a map nor empty. */
function placed(top: Json, path: Path, value: Json): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(top) && typeof key === "number") {
    const inner = placed((top as readonly Json[])[key] ?? null, rest, value);
    return inner === undefined ? undefined : top.map((item, index) => (index === key ? inner : item));
  }
  if (top !== null && !isMap(top)) return undefined;
  const map = top ?? {};
  const inner = placed(Object.hasOwn(map, key) ? (map[key] as Json) : null, rest, value);
  return inner === undefined ? undefined : { ...map, [key]: inner };
}

function removed(top: Json, path: Path): Json {
  const [key, ...rest] = path;
  if (!isMap(top) || key === undefined) return top;
  if (rest.length > 0) return { ...top, [key]: removed(top[key] as Json, rest) };
  return Object.fromEntries(Object.entries(top).filter(([name]) => name !== key));
}

export function shownPath(path: Path): string {
  return path.join(".");
}

function notAMap(path: Path): Problem {
  const parent = shownPath(path.slice(0, -1));
  return {
    code: "E_TYPE",
    message: `${shownPath(path)} cannot be set: ${parent === "" ? "the file" : parent} is no map`,
    hint:
      parent === "" ? "only maps of keys are edited by key" : `remove ${parent} first, or set it as a whole`,
  };
}

function unwritable(path: Path): Problem {
  return {
    code: "E_FIELD_CONTEXT",
    message: `${shownPath(path)} is written in a way that cannot be edited in place`,
    hint: "replace_text changes it by its exact text",
  };
}
