/** Bytes → a raw value and its source, by the reader that fits: JSON.parse for JSON, the YAML library for the rest. */

import { BUILT_IN, beyond, LIMITS, type Limits, most } from "../core/limits.ts";
import type { Problem, Result } from "../core/problem.ts";
import { bad, good } from "../core/problem.ts";
import { thousands } from "../core/thousands.ts";
import { loadNow } from "../port/load-now.ts";
import { readJson } from "./read-json.ts";
import { Lines, type Raw } from "./source.ts";

export function readText(file: string, bytes: Uint8Array | string, limits: Limits = BUILT_IN): Result<Raw> {
  const isJsonFile = file.toLowerCase().endsWith(".json");
  const limit = isJsonFile ? LIMITS.jsonBytes : LIMITS.yamlBytes;
  const size = typeof bytes === "string" ? Buffer.byteLength(bytes) : bytes.length;
  // JSON in a file of another name may have what JSON may have.
  if (size > most(looksLikeJson(bytes) ? LIMITS.jsonBytes : limit, limits))
    return bad(tooLarge(file, size, isJsonFile, limits));
  const text = decodeText(file, bytes);
  if (!text.ok) return text;
  if (isJsonFile) return readJson(file, text.value);
  if (!looksLikeJson(bytes)) return readYaml(file, text.value, limits);
  const json = readJson(file, text.value);
  // A YAML flow map also begins with a brace.
  const isSyntax = !json.ok && json.problems[0]?.code === "E_JSON";
  if (!isSyntax) return json;
  return size > most(limit, limits)
    ? bad(tooLarge(file, size, false, limits))
    : readYaml(file, text.value, limits);
}

/** The YAML library is a sixth of what a run loads, and JSON needs none of it. */
function readYaml(file: string, text: string, limits: Limits): Result<Raw> {
  return loadNow<typeof import("./read-yaml.ts")>(import.meta.url, "read-yaml").readYaml(file, text, limits);
}

function tooLarge(file: string, size: number, isJson: boolean, limits: Limits): Problem {
  const limit = isJson ? LIMITS.jsonBytes : LIMITS.yamlBytes;
  return {
    code: "E_TOO_LARGE",
    message: `the file has ${thousands(size)} bytes; ${beyond(limit, limits)}`,
    hint: isJson ? "use foreach instead of writing every task" : "write it as JSON, or use foreach",
    at: { file, line: 1, column: 1 },
  };
}

function looksLikeJson(bytes: Uint8Array | string): boolean {
  for (let index = 0; index < Math.min(bytes.length, 64); index += 1) {
    const byte = typeof bytes === "string" ? bytes.charCodeAt(index) : bytes[index];
    const isBlank = byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
    const isMark = byte === 0xfeff || byte === 0xef || byte === 0xbb || byte === 0xbf;
    if (!isBlank && !isMark) return byte === 0x7b;
  }
  return false;
}

/** UTF-8 with or without a byte order mark; nothing else, and no NUL. */
export function decodeText(file: string, bytes: Uint8Array | string): Result<string> {
  let text: string;
  if (typeof bytes === "string") text = bytes.startsWith("\ufeff") ? bytes.slice(1) : bytes;
  else {
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    } catch {
      return bad(encodingProblem(file, new TextDecoder().decode(bytes), "\ufffd", "the file is not UTF-8"));
    }
  }
  if (text.includes("\0")) return bad(encodingProblem(file, text, "\0", "the file holds a NUL character"));
  return good(text);
}

function encodingProblem(file: string, text: string, sign: string, message: string): Problem {
  const start = Math.max(0, text.indexOf(sign));
  return {
    code: "E_ENCODING",
    message,
    hint: "save it as UTF-8 text",
    at: new Lines(text).place(file, { start, end: start + 1 }),
  };
}
