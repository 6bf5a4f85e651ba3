/** What is to be done to one file, read from what a workflow says. */
import type { Code } from "../../core/codes.ts";
import { isMap, type Json, type JsonMap, own, RESERVED_KEYS } from "../../core/json.ts";
import type { Problem } from "../../core/problem.ts";
import { nearest } from "../../spec/nearest.ts";

export interface SetKey {
  readonly op: "set" | "merge";
  readonly key: string;
  readonly value: Json;
}
export interface RemoveKey {
  readonly op: "remove";
  readonly key: string;
  /** Of a list the items to take out; null: the whole key. */
  readonly items: readonly Json[] | null;
}
export interface AddFrontMatter {
  readonly op: "front_matter";
  readonly form: "yaml" | "toml";
}
export interface ReplaceSection {
  readonly op: "replace_section";
  readonly heading: string;
  readonly level: number | null;
  readonly body: string;
}
export interface AppendSection {
  readonly op: "append_section";
  readonly heading: string;
  readonly level: number | null;
  readonly body: string;
}
export interface InsertAfter {
  readonly op: "insert_after";
  readonly heading: string;
  readonly level: number | null;
  readonly text: string;
}
export interface ReplaceText {
  readonly op: "replace_text";
  readonly find: string;
  readonly with: string;
  readonly times: number;
}

export type Edit =
  | SetKey
  | RemoveKey
  | AddFrontMatter
  | ReplaceSection
  | AppendSection
  | InsertAfter
  | ReplaceText;

/** In the order in which they are made when they stand beside each other. */
export const OPERATIONS = [
  "front_matter",
  "set",
  "merge",
  "remove",
  "replace_text",
  "replace_section",
  "append_section",
  "insert_after",
] as const;
type Operation = (typeof OPERATIONS)[number];

const LEVEL_MAX = 6;

/** Collects every problem of one order, each with the place where it stands. */
export class Complaints {
  readonly problems: Problem[] = [];
  /** While a workflow is only checked: what an expression gives is not known yet. */
  readonly isOpen: boolean;

  constructor(isOpen: boolean) {
    this.isOpen = isOpen;
  }

  add(code: Code, message: string, hint?: string): null {
    this.problems.push({ code, message, ...(hint !== undefined && { hint }) });
    return null;
  }

  /** An expression in place of a value: nothing can be said of it now. */
  isUnknown(value: Json | undefined): boolean {
    return this.isOpen && typeof value === "string" && value.includes("${");
  }

  text(map: JsonMap, key: string, where: string): string | null {
    const value = own(map, key);
    if (value === undefined) return this.add("E_REQUIRED", `${where}.${key} is missing`);
    if (typeof value !== "string") return this.add("E_TYPE", `${where}.${key} must be a text`);
    return this.wellFormed(value, `${where}.${key}`);
  }

  wellFormed(text: string, where: string): string | null {
    return text.isWellFormed() && !text.includes("\0")
      ? text
      : this.add("E_ENCODING", `${where} holds a character that no text file holds`);
  }

  keys(map: JsonMap, known: readonly string[], where: string): void {
    for (const key of Object.keys(map)) {
      if (known.includes(key)) continue;
      this.add(
        "E_UNKNOWN_KEY",
        `${where} has no key "${key}"`,
        nearest(key, known) ?? `keys: ${known.join(", ")}`,
      );
    }
  }
}

/** `edits: [...]`, each a map of one operation. */
export function readEdits(written: Json, where: string, complaints: Complaints): readonly Edit[] {
  if (complaints.isUnknown(written)) return [];
  if (!Array.isArray(written)) {
    complaints.add("E_TYPE", `${where} must be a list of edits`, `${where}: [{ set: { title: … } }]`);
    return [];
  }
  return written.flatMap((edit: Json, index) => {
    const at = `${where}[${index}]`;
    if (complaints.isUnknown(edit)) return [];
    if (!isMap(edit) || Object.keys(edit).length !== 1) {
      complaints.add(
        "E_TYPE",
        `${at} must be a map of one operation`,
        `operations: ${OPERATIONS.join(", ")}`,
      );
      return [];
    }
    complaints.keys(edit, OPERATIONS, at);
    return readShort(edit, at, complaints);
  });
}

/** Operations as keys beside each other. */
export function readShort(map: JsonMap, where: string, complaints: Complaints): readonly Edit[] {
  return OPERATIONS.flatMap((operation) => {
    const value = own(map, operation);
    if (value === undefined || complaints.isUnknown(value)) return [];
    return readOperation(operation, value, `${where}.${operation}`, complaints);
  });
}

function readOperation(
  operation: Operation,
  value: Json,
  where: string,
  complaints: Complaints,
): readonly Edit[] {
  switch (operation) {
    case "set":
    case "merge":
      return readKeys(value, where, complaints).map(([key, one]) => ({ op: operation, key, value: one }));
    case "remove":
      return readRemoved(value, where, complaints);
    case "front_matter":
      if (value === "yaml" || value === "toml") return [{ op: operation, form: value }];
      complaints.add("E_CHOICE", `${where} must be yaml or toml`);
      return [];
    case "replace_text":
      return each(value, where, complaints, readReplaced);
    default:
      return each(value, where, complaints, (map, at) => readSection(operation, map, at, complaints));
  }
}

/** One map or a list of them. */
function each<T extends Edit>(
  value: Json,
  where: string,
  complaints: Complaints,
  read: (map: JsonMap, at: string, complaints: Complaints) => T | null,
): readonly T[] {
  const list = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return list.flatMap((one, index) => {
    const at = Array.isArray(value) ? `${where}[${index}]` : where;
    if (complaints.isUnknown(one)) return [];
    const made = isMap(one) ? read(one, at, complaints) : complaints.add("E_TYPE", `${at} must be a map`);
    return made === null ? [] : [made];
  });
}

function readKeys(value: Json, where: string, complaints: Complaints): readonly (readonly [string, Json])[] {
  if (!isMap(value)) {
    complaints.add("E_TYPE", `${where} must be a map of keys and values`);
    return [];
  }
  return Object.entries(value).filter(([key, one]) => {
    isUsableKey(key, where, complaints);
    checkTexts(one, `${where}.${key}`, complaints);
    return true;
  });
}

function isUsableKey(key: string, where: string, complaints: Complaints): boolean {
  const steps = key.split(".");
  if (key !== "" && !steps.some((step) => step === "" || RESERVED_KEYS.has(step)))
    return complaints.wellFormed(key, where) !== null;
  complaints.add("E_ARG", `${where} has a key that cannot be used: ${JSON.stringify(key)}`);
  return false;
}

function checkTexts(value: Json, where: string, complaints: Complaints): void {
  if (typeof value === "string") complaints.wellFormed(value, where);
  else if (typeof value === "object" && value !== null)
    for (const [key, one] of Object.entries(value)) {
      if (RESERVED_KEYS.has(key)) complaints.add("E_ARG", `${where} has a key that cannot be used: "${key}"`);
      checkTexts(one as Json, `${where}.${key}`, complaints);
    }
}

/** `[key, key]`, or `{key: [item, item]}` for items of lists. */
function readRemoved(value: Json, where: string, complaints: Complaints): readonly RemoveKey[] {
  if (isMap(value))
    return readKeys(value, where, complaints).flatMap(([key, items]) => {
      if (Array.isArray(items)) return [{ op: "remove", key, items }];
      if (!complaints.isUnknown(items)) complaints.add("E_TYPE", `${where}.${key} must be a list of items`);
      return [];
    });
  const keys = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return keys.flatMap((key, index) => {
    if (complaints.isUnknown(key)) return [];
    if (typeof key === "string")
      return isUsableKey(key, where, complaints) ? [{ op: "remove", key, items: null }] : [];
    complaints.add("E_TYPE", `${where}[${index}] must be the name of a key`);
    return [];
  });
}

function readReplaced(map: JsonMap, where: string, complaints: Complaints): ReplaceText | null {
  complaints.keys(map, ["find", "with", "times"], where);
  const find = complaints.text(map, "find", where);
  const replacement = complaints.text(map, "with", where);
  const times = own(map, "times") ?? 1;
  if (find === "") complaints.add("E_REQUIRED", `${where}.find is empty`);
  if (typeof times !== "number" || !Number.isInteger(times) || times < 1) {
    if (!complaints.isUnknown(times))
      complaints.add("E_RANGE", `${where}.times must be a whole number from 1`);
    return null;
  }
  if (find === null || replacement === null || find === "") return null;
  return { op: "replace_text", find, with: replacement, times };
}

type SectionEdit = ReplaceSection | AppendSection | InsertAfter;

function readSection(
  op: SectionEdit["op"],
  map: JsonMap,
  where: string,
  complaints: Complaints,
): SectionEdit | null {
  const inside = op === "insert_after" ? "text" : "body";
  complaints.keys(map, ["heading", "level", inside], where);
  const written = complaints.text(map, "heading", where);
  const body = complaints.text(map, inside, where);
  const [, marks, bare] = /^(#{1,6})[ \t]+(.*)$/.exec(written ?? "") ?? [];
  const level = own(map, "level") ?? marks?.length ?? null;
  const heading = (bare ?? written ?? "").trim();
  if (written !== null && (heading === "" || /[\r\n]/.test(heading)))
    return complaints.add("E_ARG", `${where}.heading must be the text of one heading, in one line`);
  if (
    level !== null &&
    !(typeof level === "number" && Number.isInteger(level) && level >= 1 && level <= LEVEL_MAX)
  ) {
    return complaints.isUnknown(level)
      ? null
      : complaints.add("E_RANGE", `${where}.level must be a whole number from 1 to ${LEVEL_MAX}`);
  }
  if (written === null || body === null) return null;
  return op === "insert_after" ? { op, heading, level, text: body } : { op, heading, level, body };
}
