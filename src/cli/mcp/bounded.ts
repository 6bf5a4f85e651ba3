/** A document made small enough for a conversation: long texts first, then long lists. */
import { isMap, type Json, type JsonMap } from "../../core/json.ts";

/** As JSON, in characters: a fraction of what clients take before they cut by themselves. */
export const ANSWER_MAX = 60_000;
const TEXT_MAX = 8_000;
const LIST_MAX = 400;

export interface Bounded {
  readonly value: JsonMap;
  readonly isCut: boolean;
}

export function bounded(value: JsonMap, most = ANSWER_MAX): Bounded {
  for (let text = TEXT_MAX, list = LIST_MAX; ; text = Math.ceil(text / 2), list = Math.ceil(list / 2)) {
    const cutting = { text, list, isCut: false };
    const cut = cutValue(value, cutting) as JsonMap;
    if (JSON.stringify(cut).length <= most || list === 1) return { value: cut, isCut: cutting.isCut };
  }
}

interface Cutting {
  readonly text: number;
  readonly list: number;
  isCut: boolean;
}

function cutValue(value: Json, cutting: Cutting): Json {
  if (typeof value === "string") {
    const left = value.length - cutting.text;
    if (left <= 0) return value;
    cutting.isCut = true;
    return `${value.slice(0, cutting.text)}… (${left} characters left out)`;
  }
  if (Array.isArray(value)) {
    const left = value.length - cutting.list;
    const kept = value.slice(0, cutting.list).map((one: Json) => cutValue(one, cutting));
    if (left <= 0) return kept;
    cutting.isCut = true;
    return [...kept, `… (${left} more left out)`];
  }
  if (!isMap(value)) return value;
  const entries = Object.entries(value);
  if (entries.length > cutting.list) cutting.isCut = true;
  return Object.fromEntries(
    entries.slice(0, cutting.list).map(([key, one]) => [key, cutValue(one, cutting)]),
  );
}
