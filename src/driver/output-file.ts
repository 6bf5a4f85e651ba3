/** Reads what an attempt wrote to $DECAPOD_OUTPUT: one JSON value, or `key=value` lines. */
import { type Json, type JsonMap, RESERVED_KEYS } from "../core/json.ts";
import { BUILT_IN, beyond, LIMITS, type Limits, most } from "../core/limits.ts";
import type { Files } from "../port/files.ts";
import { redactText, type SecretForms, starMarker } from "../work/redact.ts";
import { safeLine } from "../work/terminal.ts";

/** null: nothing was written. */
export type OutputRead =
  | { readonly ok: true; readonly value: Json | null; readonly isEmpty: boolean }
  | { readonly ok: false; readonly message: string };

const EMPTY: OutputRead = { ok: true, value: null, isEmpty: true };

/** The file then holds only what may be kept: secrets are replaced in it too. */
export function readOutputFile(
  path: string,
  forms: SecretForms,
  files: Files,
  limits: Limits = BUILT_IN,
): OutputRead {
  const stat = files.stat(path);
  if (stat === null) return EMPTY;
  // A link or a pipe put there instead of a file would have us read something else, or wait for ever.
  if (stat.kind !== "file") return wrong("is no longer a file");
  if (stat.size > most(LIMITS.outputBytes, limits))
    return wrong(`has ${stat.size} bytes; ${beyond(LIMITS.outputBytes, limits)}`);
  const written = readAll(path, files, most(LIMITS.outputBytes, limits));
  const text = redactText(written, forms, starMarker);
  if (text !== written) files.writeAtomic(path, text);
  return parseOutput(text, limits);
}

function readAll(path: string, files: Files, bytesMax: number): string {
  const file = files.open(path, "read");
  try {
    return Buffer.from(file.read(0, bytesMax)).toString("utf8");
  } finally {
    file.close();
  }
}

export function parseOutput(text: string, limits: Limits = BUILT_IN): OutputRead {
  if (text.trim() === "") return EMPTY;
  const value = parseJson(text);
  if (value === undefined) return parseLines(text);
  const trouble = troubleIn(value, 1, limits);
  return trouble === null ? { ok: true, value, isEmpty: false } : wrong(trouble);
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function troubleIn(value: Json, depth: number, limits: Limits): string | null {
  if (typeof value !== "object" || value === null) return null;
  if (depth > most(LIMITS.outputDepth, limits))
    return `is nested too deeply; ${beyond(LIMITS.outputDepth, limits)}`;
  for (const [key, item] of Object.entries(value)) {
    if (RESERVED_KEYS.has(key)) return `has the key ${key}, which no output may have`;
    const trouble = troubleIn(item as Json, depth + 1, limits);
    if (trouble !== null) return trouble;
  }
  return null;
}

const LINE = /^([A-Za-z_][A-Za-z0-9_.-]*)=(.*)$/s;

function parseLines(text: string): OutputRead {
  const map: Record<string, Json> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const [, key = "", value = ""] = LINE.exec(line) ?? [];
    if (key === "" || RESERVED_KEYS.has(key)) {
      return wrong(
        `is neither one JSON value nor key=value lines; line ${index + 1} is: ${safeLine(line, 120)}`,
      );
    }
    map[key] = scalar(value);
  }
  return { ok: true, value: map satisfies JsonMap, isEmpty: false };
}

/** A word of JSON, or a number that JSON would spell in exactly the same way; everything else is text. */
export function scalar(text: string): Json {
  if (text === "true") return true;
  if (text === "false") return false;
  if (text === "null") return null;
  const number = /^-?[0-9]/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) && JSON.stringify(number) === text ? number : text;
}

function wrong(what: string): OutputRead {
  return { ok: false, message: `$DECAPOD_OUTPUT ${what}` };
}
