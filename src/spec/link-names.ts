/** Names that a task itself brings with it. */
import { isMap, type JsonMap } from "../core/json.ts";
import { nearest } from "./nearest.ts";
import { PREVIOUS_FIELDS } from "./words.ts";

/** A bare name that became a param. */
export function undeclaredParam(name: string) {
  return {
    name,
    type: "string",
    description: "",
    required: true,
    enum: null,
    default: null,
    pattern: null,
    min: null,
    max: null,
  } as const;
}

/** What is wrong with a field of `previous`; null when nothing is. */
export function wrongOfPrevious(field: string | undefined) {
  if (field === undefined || PREVIOUS_FIELDS.includes(field)) return null;
  const hint = nearest(field, PREVIOUS_FIELDS) ?? `previous.output.${field}`;
  return { message: `an iteration has no "${field}"`, hint };
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** Names that stand only in this task. */
export function localNames(task: JsonMap): ReadonlySet<string> {
  const isForeach = isMap(task.foreach);
  const isMatrix = task.matrix !== undefined;
  const isRepeat = isMap(task.repeat);
  if (!isForeach && !isMatrix && !isRepeat) return NO_NAMES;
  const names: string[] = [];
  if (isForeach) names.push("item", String((task.foreach as JsonMap).as ?? "item"), "index", "key");
  if (isMatrix) names.push("matrix", "index", "key");
  if (isRepeat) names.push("iteration", "previous");
  return new Set(names);
}

export const MATRIX_KEYS: ReadonlySet<string> = new Set(["include", "exclude", "max_parallel", "on_failure"]);

/** All axes, also those that only `include` brings; null when they are known only at run time. */
export function axesOf(matrix: unknown): readonly string[] | null {
  if (!isMap(matrix)) return null;
  const axes = Object.keys(matrix).filter((key) => !MATRIX_KEYS.has(key));
  const { include } = matrix;
  if (include === undefined) return axes;
  if (!Array.isArray(include) || !include.every(isMap)) return null;
  return [...axes, ...include.flatMap((one) => Object.keys(one))];
}
