/** The items of a foreach and the combinations of a matrix. */
import type { Draft } from "./draft.ts";
import type { Item } from "./event.ts";
import type { Template } from "./expression/template.ts";
import { present } from "./invariant.ts";
import { equal, isMap, type Json, type JsonMap, own } from "./json.ts";
import { beyond, LIMITS, most } from "./limits.ts";
import { type Failure, failure } from "./outcome.ts";
import { namesOfItem, type Read, readExpression, readTemplate, scopeOf } from "./scope.ts";
import type { ForeachSpec, MatrixSpec, Task } from "./workflow.ts";

export function itemsOf(draft: Draft, task: Task): Read<readonly Item[]> {
  const map = present(task.map, `${task.id} is mapped`);
  const items = map.kind === "foreach" ? foreachItems(draft, task, map) : matrixItems(draft, task, map);
  if (!items.ok) return items;
  return tooMany(draft, task, items.value.length) ?? uniqueKeys(draft, task, items.value);
}

function tooMany(draft: Draft, task: Task, count: number): Wrong | null {
  const { limits } = draft.state.start;
  if (count <= most(LIMITS.items, limits)) return null;
  return wrong(`${task.id} has ${count} items; ${beyond(LIMITS.items, limits)}`);
}

function foreachItems(draft: Draft, task: Task, spec: ForeachSpec): Read<readonly Item[]> {
  const read = readTemplate(spec.items, scopeOf(draft, { task, item: -1 }), "foreach.items");
  if (!read.ok) return read;
  const values = listOf(read.value);
  if (values === null)
    return wrong(`foreach.items of ${task.id} gave ${typeName(read.value)}, a list or a map is needed`);
  const over = tooMany(draft, task, values.length);
  if (over !== null) return over;
  const items: Item[] = [];
  for (const [index, value] of values.entries()) {
    const item = foreachItem(draft, task, spec, value, index);
    if (!item.ok) return item;
    if (item.value !== null) items.push(item.value);
  }
  return { ok: true, value: items };
}

/** null: filtered out by `where`. */
function foreachItem(
  draft: Draft,
  task: Task,
  spec: ForeachSpec,
  value: Json,
  index: number,
): Read<Item | null> {
  const scope = scopeOf(draft, { task, item: -1 }, namesOfItem(spec, String(index), value, index));
  if (spec.where !== null) {
    const kept = readExpression(spec.where, scope);
    if (!kept.ok) return kept;
    if (typeof kept.value !== "boolean") return wrong(`foreach.where of ${task.id} must give true or false`);
    if (!kept.value) return { ok: true, value: null };
  }
  if (spec.key === null) return { ok: true, value: { key: String(index), value } };
  const key = readTemplate(spec.key, scope, "foreach.key");
  if (!key.ok) return key;
  return { ok: true, value: { key: textOf(key.value), value } };
}

function listOf(value: Json): readonly Json[] | null {
  if (Array.isArray(value)) return value;
  if (!isMap(value)) return null;
  return Object.keys(value).map((key) => ({ key, value: value[key] as Json }));
}

function matrixItems(draft: Draft, task: Task, spec: MatrixSpec): Read<readonly Item[]> {
  const parts = partsOf(draft, task, spec);
  if (!parts.ok) return parts;
  const axes = listed(task, parts.value.axes);
  if (!axes.ok) return axes;
  const exclude = mapsOf(task, parts.value.exclude, "matrix.exclude");
  if (!exclude.ok) return exclude;
  const include = mapsOf(task, parts.value.include, "matrix.include");
  if (!include.ok) return include;
  let size = axes.value.length === 0 ? 0 : 1;
  for (const [, values] of axes.value) size *= values.length;
  const over = tooMany(draft, task, size);
  if (over !== null) return over;
  const kept = combinations(axes.value).filter(
    (one) => !exclude.value.some((pattern) => matches(pattern, one)),
  );
  const all = withIncluded(
    kept,
    include.value,
    axes.value.map(([name]) => name),
  );
  return { ok: true, value: all.map((value) => ({ key: matrixKey(value), value })) };
}

interface MatrixParts {
  readonly axes: readonly (readonly [string, Json])[];
  readonly include: Json;
  readonly exclude: Json;
}

function partsOf(draft: Draft, task: Task, spec: MatrixSpec): Read<MatrixParts> {
  const scope = scopeOf(draft, { task, item: -1 });
  if (!Array.isArray(spec.axes))
    return wholeMatrix(task, readTemplate(spec.axes as Template, scope, "matrix"));
  const axes: [string, Json][] = [];
  for (const [name, template] of spec.axes as readonly (readonly [string, Template])[]) {
    const read = readTemplate(template, scope, `matrix.${name}`);
    if (!read.ok) return read;
    axes.push([name, read.value]);
  }
  const include = readTemplate(spec.include ?? NO_MAPS, scope, "matrix.include");
  if (!include.ok) return include;
  const exclude = readTemplate(spec.exclude ?? NO_MAPS, scope, "matrix.exclude");
  if (!exclude.ok) return exclude;
  return { ok: true, value: { axes, include: include.value, exclude: exclude.value } };
}

const NO_MAPS: Template = { kind: "literal", value: [] };
/** How a matrix runs is read before it is known. */
const WRITTEN_OUT = ["max_parallel", "on_failure"];

/** A matrix that is one expression: a map with axes, include and exclude, as it could have been written. */
function wholeMatrix(task: Task, read: Read<Json>): Read<MatrixParts> {
  if (!read.ok) return read;
  const whole = read.value;
  if (!isMap(whole))
    return wrong(`the matrix of ${task.id} gave ${typeName(whole)}, a map of axes is needed`);
  const unread = WRITTEN_OUT.find((name) => own(whole, name) !== undefined);
  if (unread !== undefined)
    return wrong(`the matrix of ${task.id} gave ${unread}, which only a matrix that is written out may have`);
  const { include = [], exclude = [], ...axes } = whole;
  return { ok: true, value: { axes: Object.entries(axes) as [string, Json][], include, exclude } };
}

type Axes = readonly (readonly [string, readonly Json[]])[];

function listed(task: Task, axes: readonly (readonly [string, Json])[]): Read<Axes> {
  const wrongAxis = axes.find(([, values]) => !Array.isArray(values));
  if (wrongAxis !== undefined) return wrong(`axis ${wrongAxis[0]} of the matrix of ${task.id} is no list`);
  return { ok: true, value: axes as Axes };
}

/** Written order, the last axis fastest. */
function combinations(axes: Axes): readonly JsonMap[] {
  let all: JsonMap[] = axes.length === 0 ? [] : [{}];
  for (const [name, values] of axes)
    all = all.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  return all;
}

function mapsOf(task: Task, value: Json, what: string): Read<readonly JsonMap[]> {
  if (Array.isArray(value) && value.every(isMap)) return { ok: true, value: value as readonly JsonMap[] };
  return wrong(`${what} of ${task.id} must be a list of maps`);
}

function matches(pattern: JsonMap, combination: JsonMap): boolean {
  return Object.keys(pattern).every((name) => equal(pattern[name] as Json, own(combination, name) ?? null));
}

/** As GitHub Actions: an include that contradicts no axis extends the combinations it fits, else it is one of its own. */
function withIncluded(
  kept: readonly JsonMap[],
  include: readonly JsonMap[],
  axes: readonly string[],
): readonly JsonMap[] {
  const all = [...kept];
  const originals = kept.length;
  for (const extra of include) {
    const named = axes.filter((axis) => own(extra, axis) !== undefined);
    let used = false;
    for (let index = 0; index < originals; index++) {
      const combination = all[index] as JsonMap;
      if (!named.every((axis) => equal(own(extra, axis) as Json, own(combination, axis) as Json))) continue;
      all[index] = { ...combination, ...extra };
      used = true;
    }
    if (!used) all.push(inOrder(extra, axes));
  }
  return all;
}

/** The axes first, as written, so that keys of all combinations read alike. */
function inOrder(extra: JsonMap, axes: readonly string[]): JsonMap {
  const named = axes.filter((axis) => own(extra, axis) !== undefined);
  return Object.fromEntries(
    [...named, ...Object.keys(extra).filter((name) => !named.includes(name))].map((name) => [
      name,
      extra[name] as Json,
    ]),
  );
}

function matrixKey(combination: JsonMap): string {
  return Object.keys(combination)
    .map((name) => `${name}=${textOf(combination[name] as Json)}`)
    .join(",");
}

function uniqueKeys(draft: Draft, task: Task, items: readonly Item[]): Read<readonly Item[]> {
  const seen = new Set<string>();
  const { limits } = draft.state.start;
  const lengthMax = most(LIMITS.itemKeyLength, limits);
  for (const { key } of items) {
    if (key === "") return wrong(`an item of ${task.id} has an empty key`);
    if (key.length > lengthMax)
      return wrong(
        `an item of ${task.id} has a key of ${key.length} characters; ${beyond(LIMITS.itemKeyLength, limits)}`,
      );
    if (seen.has(key))
      return wrong(`two items of ${task.id} have the key ${JSON.stringify(key)}; keys must be unique`);
    seen.add(key);
  }
  return { ok: true, value: items };
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function typeName(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

interface Wrong {
  readonly ok: false;
  readonly failure: Failure;
}

function wrong(message: string): Wrong {
  return { ok: false, failure: failure("config_error", message) };
}
