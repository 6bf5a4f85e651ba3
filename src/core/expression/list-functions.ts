import type { Call, FunctionDefinition } from "../call.ts";
import { canonical, equal, isMap, type Json, type JsonMap, own } from "../json.ts";
import { fail, kindOf } from "../meter.ts";

export const LIST_FUNCTIONS: Readonly<Record<string, FunctionDefinition>> = {
  length: { least: 1, most: 1, usage: "fn:length(text, list or map)", run: length },
  contains: { least: 2, most: 2, usage: "fn:contains(text, list or map, what)", run: contains },
  first: { least: 1, most: 1, usage: "fn:first(list)", run: (call) => call.list(0)[0] ?? null },
  last: { least: 1, most: 1, usage: "fn:last(list)", run: (call) => call.list(0).at(-1) ?? null },
  keys: { least: 1, most: 1, usage: "fn:keys(map)", run: (call) => entries(call, 0).map(([key]) => key) },
  values: {
    least: 1,
    most: 1,
    usage: "fn:values(map)",
    run: (call) => entries(call, 0).map(([, value]) => value),
  },
  slice: { least: 2, most: 3, usage: "fn:slice(text or list, from, to)", run: slice },
  sort: { least: 1, most: 2, usage: "fn:sort(list, key)", run: sort },
  unique: { least: 1, most: 1, usage: "fn:unique(list)", run: unique },
  flatten: { least: 1, most: 1, usage: "fn:flatten(list)", run: flatten },
  merge: { least: 1, most: 32, usage: "fn:merge(map, map, …)", run: merge },
  pluck: { least: 2, most: 2, usage: "fn:pluck(list, key)", run: (call) => plucked(call, call.list(0)) },
};

const SURROGATE = /[\ud800-\udfff]/;

function length(call: Call): number {
  const value = call.value(0);
  if (typeof value === "string") {
    const text = call.text(0);
    if (!SURROGATE.test(text)) return text.length;
    call.meter.lookAtItems(text.length, call.place);
    return Array.from(text).length;
  }
  if (Array.isArray(value)) return value.length;
  return isMap(value) ? entries(call, 0).length : call.wrong(0, "a text, a list or a map");
}

function contains(call: Call): boolean {
  const [where, what] = [call.value(0), call.value(1)];
  if (typeof where === "string") return call.text(0).includes(call.text(1));
  if (Array.isArray(where)) {
    call.meter.weigh(where, call.place);
    return where.some((item) => equal(item, what));
  }
  return isMap(where) ? own(where, call.text(1)) !== undefined : call.wrong(0, "a text, a list or a map");
}

function entries(call: Call, index: number): readonly (readonly [string, Json])[] {
  const all = Object.entries(call.map(index));
  call.meter.lookAtItems(all.length, call.place);
  return all;
}

function slice(call: Call): Json {
  const from = call.whole(1);
  const to = call.has(2) ? call.whole(2) : undefined;
  if (typeof call.value(0) !== "string") {
    return Array.isArray(call.value(0)) ? call.list(0).slice(from, to) : call.wrong(0, "a text or a list");
  }
  const text = call.text(0);
  if (!SURROGATE.test(text)) return text.slice(from, to);
  call.meter.lookAtItems(text.length, call.place);
  return Array.from(text).slice(from, to).join("");
}

/** Numbers by value, texts by their code units: the same order on every machine. */
function sort(call: Call): readonly Json[] {
  const items = call.list(0);
  const ranks = call.has(1) ? plucked(call, items) : items;
  const kind = typeof ranks[0];
  if (ranks.length > 0 && kind !== "number" && kind !== "string") {
    return call.fail(`orders numbers or texts, not ${kindOf(ranks[0] as Json)}`, 0);
  }
  const other = ranks.find((rank) => typeof rank !== kind);
  if (other !== undefined) {
    return call.fail(`cannot order ${kindOf(ranks[0] as Json)} and ${kindOf(other)}`, 0);
  }
  call.meter.lookAtItems(items.length * 2, call.place);
  const pairs = items.map((item, index) => ({ item, rank: ranks[index] as number | string }));
  pairs.sort((left, right) => (left.rank < right.rank ? -1 : left.rank > right.rank ? 1 : 0));
  return pairs.map(({ item }) => item);
}

function unique(call: Call): readonly Json[] {
  const items = call.list(0);
  call.meter.weigh(items, call.place);
  const seen = new Map<string, Json>();
  for (const item of items) {
    const text = canonical(item);
    if (!seen.has(text)) seen.set(text, item);
  }
  return [...seen.values()];
}

function flatten(call: Call): readonly Json[] {
  const items = call.list(0);
  let count = 0;
  for (const item of items) count += Array.isArray(item) ? item.length : 1;
  call.meter.lookAtItems(count, call.place);
  return items.flat(1) as Json[];
}

/** Later maps win, key by key; maps below are not merged. A list of maps counts as its maps. */
function merge(call: Call): JsonMap {
  const only = call.value(0);
  const maps = call.given.length === 1 && Array.isArray(only) ? call.list(0) : call.given;
  const all = maps.flatMap((map, index) => {
    if (!isMap(map))
      return maps === call.given ? call.wrong(index, "a map") : call.fail("takes a list of maps only", 0);
    return Object.entries(map);
  });
  call.meter.lookAtItems(all.length, call.place);
  return Object.fromEntries(all);
}

/** What each item has at a dotted path; null stays null, as below every null. */
function plucked(call: Call, items: readonly Json[]): readonly Json[] {
  const path = call.text(1).split(".");
  call.meter.lookAtItems(items.length * path.length, call.place);
  return items.map((item, index) => path.reduce((value, key) => below(call, { value, key, index }), item));
}

function below(call: Call, at: { readonly value: Json; readonly key: string; readonly index: number }): Json {
  if (at.value === null) return null;
  const found = isMap(at.value) ? own(at.value, at.key) : undefined;
  if (found !== undefined) return found;
  return fail("E_EXPR_NAME", `item ${at.index} of the list has no "${at.key}"`, call.placeOf(1));
}
