/** What zod found → our problems: code, message in our words, the nearest right name, the place. */
import type * as z from "zod/mini";
import { isMap, type Json } from "../core/json.ts";
import { Findings, isTask } from "./findings.ts";
import { nearest } from "./nearest.ts";
import { NO_AGENT } from "./schema-agents.ts";
import { KEYS, type Schema } from "./schema-words.ts";
import { type Path, valueAt } from "./source.ts";

/** Keys of the language that are kept for later, with what to do until then. */
const LATER: ReadonlyMap<string, string> = new Map([
  ["background", "start and stop it inside one script"],
  ["container", "command: [docker, run, …]"],
  ["services", "start and stop them inside one script"],
]);

/** Keys of neighbouring tools, and a slip or two too far from the right word to be found by letters. */
const ALSO: ReadonlyMap<string, string> = new Map([
  ["needs", "dependencies"],
  ["depends_on", "dependencies"],
  ["depends", "dependencies"],
  ["if", "condition"],
  ["when", "condition"],
  ["steps", "tasks"],
  ["jobs", "tasks"],
  ["retries", "retry"],
  ["with", "parameters"],
  ["environment", "env"],
  ["vars", "variables"],
  ["for_each", "foreach"],
  ["loop", "repeat"],
  ["uses", "agent"],
]);

type Steps = (string | number)[];

/** After so many rounds of mending a value is given up. */
const ROUNDS_MAX = 8;

/** Reports what does not fit and mends it in the value itself, round by round. False when nothing useful is left. */
export function reportAndMend(schema: Schema, value: Json, path: Path, findings: Findings): boolean {
  const silent = new Findings(null);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const checked = schema.safeParse(value);
    if (checked.success) return true;
    if (!isMap(value) && !Array.isArray(value)) {
      for (const issue of checked.error.issues) report(issue, value, path, findings);
      return false;
    }
    const { issues } = checked.error;
    const told = round === 0 ? findings : silent;
    const given = new Set<string>();
    for (const issue of issues.filter(isUnknown)) {
      const hints = report(issue, value, path, told);
      for (const meant of hints.values()) given.add(JSON.stringify([...issue.path, meant]));
      mend(issue, value, hints, { base: path, findings });
    }
    // A key that is missing because it is misspelled has been told, and is there under its own name now.
    const others = issues.filter((one) => !isUnknown(one) && !given.has(JSON.stringify(one.path)));
    // All are told before the first is mended: of a list that is left out its other items could not be read.
    for (const issue of others) report(issue, value, path, told);
    for (const issue of others) mend(issue, value, new Map(), { base: path, findings });
  }
  return false;
}

function isUnknown({ code }: z.core.$ZodIssue): boolean {
  return code === "unrecognized_keys";
}

interface Mending {
  readonly base: Path;
  readonly findings: Findings;
}

function mend(
  issue: z.core.$ZodIssue,
  top: Json,
  hints: ReadonlyMap<string, string>,
  { base, findings }: Mending,
): void {
  const path = [...(issue.path as Steps)];
  if (issue.code === "unrecognized_keys") {
    const map = valueAt(top, path);
    for (const key of issue.keys) {
      const meant = hints.get(key);
      if (!isMap(map)) return;
      if (meant !== undefined && !Object.hasOwn(map, meant)) {
        (map as Record<string, Json>)[meant] = map[key] as Json;
        findings.renamed([...base, ...path], { to: meant, from: key });
      } else findings.takenOut([...base, ...path, key]);
      delete (map as Record<string, Json>)[key];
    }
    return;
  }
  const isMissing = valueAt(top, path) === undefined;
  const name = path.at(-1);
  const owner = valueAt(top, path.slice(0, -1)) as Record<string, Json> | undefined;
  const filler = fillerFor(name, [...base, ...path]);
  if (isTask([...base, ...path])) findings.takenOut([...base, ...path, "id"]);
  else findings.takenOut([...base, ...(isMissing && filler === undefined ? path.slice(0, -1) : path)]);
  if (filler !== undefined && owner !== undefined) owner[name as string] = filler;
  else leaveOut(top, isMissing ? path.slice(0, -1) : path);
}

/** What nothing can be linked without gets a stand-in that no rule will ask about again. */
function fillerFor(name: string | number | undefined, path: Path): Json | undefined {
  if (isTask(path)) return { id: `?${path.join(".")}`, agent: NO_AGENT };
  if (name === "id") return `?${path.join(".")}`;
  if (name === "agent") return NO_AGENT;
  if (name === "name" && path.length === 1) return "?";
  return name === "tasks" ? [] : undefined;
}

function leaveOut(top: Json, path: Steps): void {
  const at = path.findLastIndex((step) => typeof step === "string");
  const owner = valueAt(top, path.slice(0, at));
  if (at >= 0 && isMap(owner)) delete (owner as Record<string, Json>)[path[at] as string];
}

/** Adds the problem; returns, of unknown keys, which were meant. */
function report(
  issue: z.core.$ZodIssue,
  top: Json,
  base: Path,
  findings: Findings,
): ReadonlyMap<string, string> {
  const path = [...base, ...(issue.path as Steps)];
  const value = valueAt(top, issue.path as Path);
  if (issue.code === "unrecognized_keys") {
    const known = KEYS.get(issue.message) ?? [];
    const meant = issue.keys.map((key) => [key, unknownKey(key, known, path, findings)] as const);
    return new Map(meant.flatMap(([key, name]) => (name === undefined ? [] : [[key, name] as const])));
  }
  if (value === undefined) {
    const key = String(path.at(-1));
    findings.add(
      "E_REQUIRED",
      { path, part: "key" },
      { message: `"${key}" is missing`, hint: `add ${key}: ${example(issue.message)}` },
    );
  } else reportValue(issue, value, path, findings);
  return new Map();
}

function reportValue(issue: z.core.$ZodIssue, value: Json, path: Path, findings: Findings): void {
  const field = fieldName(path);
  const text = written(value, path, findings);
  if (isWhereTextBelongs(issue.message, value)) {
    findings.add(
      "E_TYPE",
      { path },
      { message: `${field} must be ${issue.message}, not ${text}`, hint: asText(issue.message, value, text) },
    );
  } else if (isNumberLike(value) && hasRange(issue.message)) {
    findings.add("E_RANGE", { path }, { message: `${field} must be ${issue.message}, not ${text}` });
  } else if (issue.code === "invalid_value" && typeof value === "string") {
    const words = issue.message.replace("one of ", "").split(", ");
    findings.add(
      "E_CHOICE",
      { path },
      { message: `${field} must be ${issue.message}, not "${value}"`, hint: nearest(value, words) },
    );
  } else {
    findings.add(
      "E_TYPE",
      { path },
      { message: `${field} must be ${issue.message}, not ${kindOf(value, path, findings)}` },
    );
  }
}

function unknownKey(
  key: string,
  known: readonly string[],
  path: Path,
  findings: Findings,
): string | undefined {
  const spot = { path: [...path, key], part: "key" } as const;
  const later = LATER.get(key);
  if (later !== undefined) {
    findings.add("E_RESERVED_WORD", spot, { message: `"${key}" is kept for a later version`, hint: later });
    return undefined;
  }
  if (findings.isFull) return undefined;
  const also = ALSO.get(key);
  const meant = also !== undefined && known.includes(also) ? also : nearest(key, known);
  const hint = meant === undefined && known.length <= 12 ? `one of ${known.join(", ")}` : meant;
  findings.add("E_UNKNOWN_KEY", spot, { message: `unknown key "${key}"`, hint });
  return meant;
}

/** A number, a boolean or null where only text may stand: mostly `1.10`, `yes` or nothing without its quotes. */
function isWhereTextBelongs(expected: string, value: Json): boolean {
  const isText = /^(text|a name|a list of texts)/.test(expected) && !/number|or a list/.test(expected);
  return isText && (typeof value === "number" || typeof value === "boolean");
}

/** A name does not begin with a digit, in quotes either. */
function asText(expected: string, value: Json, text: string): string {
  const isNoName = expected.startsWith("a name") && typeof value === "number";
  return isNoName ? "begin it with a letter" : `write it in quotes: "${text}"`;
}

function isNumberLike(value: Json): boolean {
  return typeof value === "number" || (typeof value === "string" && /^-\d/.test(value));
}

function hasRange(expected: string): boolean {
  return / from -?[\d,.]+/.test(expected);
}

function written(value: Json, path: Path, findings: Findings): string {
  return findings.source?.written(path) ?? String(value);
}

function kindOf(value: Json, path: Path, findings: Findings): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "string")
    return value === "" ? "an empty text" : `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`;
  return written(value, path, findings);
}

/** `delay` of `tasks[0].retry.delay`; of an item of a list the list's name. */
function fieldName(path: Path): string {
  const name = path.findLast((step) => typeof step === "string");
  if (name === undefined) return "the file";
  return typeof path.at(-1) === "number" ? `each of ${name}` : String(name);
}

function example(expected: string): string {
  if (expected.startsWith("one of ")) return expected.slice("one of ".length).split(", ").join(" | ");
  return expected.startsWith("a list") ? "[…]" : "…";
}
