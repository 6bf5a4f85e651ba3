/** The warning before production, letter for letter (the operator's own words); its last line is put under it by whoever shows it. */
import { isMap, type Json, type JsonMap, own } from "./json.ts";
import type { Measured } from "./measured.ts";
import { changeText } from "./significance.ts";

/** What is said of the change must not push out of sight where it goes: all of it is shown without being cut. */
const LINES_MAX = 10;
const LINE_LENGTH_MAX = 400;
const NOT_SAID = "(not said)";

export interface Production {
  /** Of the deploy, as far as they can be read. */
  readonly parameters: JsonMap;
  /** What the file has to say of it; null: nothing. */
  readonly message: string | null;
  readonly measured: Measured | null;
}

export function productionMessage({ parameters, message, measured }: Production): string {
  const summary = linesOf(own(parameters, "summary") ?? null);
  const told = summary.length > 0 ? summary : linesOf(message);
  const change = measured?.change ?? null;
  const counted = change === null ? [NOT_SAID] : [changeText(change)];
  const staging = textOf(own(parameters, "staging_url") ?? measured?.urls?.staging);
  const written = own(parameters, "production_url") ?? own(parameters, "url");
  const site = textOf(written ?? measured?.urls?.site ?? own(parameters, "bucket"));
  return `⚠️ PRODUCTION DEPLOYMENT WARNING

Changes being deployed:
${(told.length > 0 ? told : counted).map((line) => `- ${line}`).join("\n")}

Staging preview: ${staging}

This will update the customer-facing site at ${site}`;
}

/** The line after which the phrase is typed. It is put under the message only where a person reads it: no journal holds it. */
export function promptFor(phrase: string): string {
  return `Type '${phrase}' to confirm:`;
}

/** Each line stands behind a dash, so none of them can pass for a part of the warning. */
function linesOf(value: Json): readonly string[] {
  if (value === null) return [];
  const all = (
    Array.isArray(value) ? value.map(plain) : plain(value).split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/)
  ).flatMap((line) => {
    const shown = oneLine(line).replace(/^[-*•] +/u, "");
    return shown === "" ? [] : [shown];
  });
  if (all.length <= LINES_MAX) return all;
  return [...all.slice(0, LINES_MAX), `… and ${all.length - LINES_MAX} more lines`];
}

function textOf(value: Json | undefined): string {
  const text = value === undefined || value === null ? "" : oneLine(plain(value));
  return text === "" ? NOT_SAID : text;
}

function plain(value: Json): string {
  if (typeof value === "string") return value;
  return isMap(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
}

/** What could turn, hide or break a line is shown as what it is. */
function oneLine(text: string): string {
  const shown = text
    .slice(0, LINE_LENGTH_MAX * 2)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, escaped)
    .trim();
  return shown.length > LINE_LENGTH_MAX ? `${shown.slice(0, LINE_LENGTH_MAX - 1)}…` : shown;
}

function escaped(sign: string): string {
  if (sign === "\n" || sign === "\t" || sign === "\r") return " ";
  const code = sign.codePointAt(0) as number;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
