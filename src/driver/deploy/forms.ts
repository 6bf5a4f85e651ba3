/** The form of each parameter by itself: nothing in it can become another word of a request (C2). */

import { unclosed } from "../../core/glob.ts";
import { isMap, type Json, type JsonMap, own } from "../../core/json.ts";
import type { Problem } from "../../core/problem.ts";
import { nearest } from "../../spec/nearest.ts";
import { FORMS } from "../../spec/target-forms.ts";
import { mapAt, textAt, textsAt } from "./fields.ts";

/** Whether a value is not known yet. */
export type IsOpen = (value: Json | undefined) => boolean;

/** The parameters and their types, as workers/deploy.yaml has them. */
export const PARAMETERS: Readonly<Record<string, string>> = {
  ...ofType("string", [
    "source",
    "site_path",
    "environment",
    "bucket",
    "prefix",
    "region",
    "distribution_id",
  ]),
  ...ofType("string", ["url", "commit", "plan_digest", "rollback_to"]),
  // Of these only the approval speaks.
  ...ofType("string", ["summary", "staging_url", "production_url"]),
  ...ofType("array", ["paths", "exclude"]),
  ...ofType("object", ["cache", "content_types"]),
  ...ofType("boolean", ["delete", "dry_run"]),
  ...ofType("integer", ["max_deletions", "min_files", "keep_releases"]),
};

function ofType(type: string, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, type]));
}

export function shapeProblems(parameters: JsonMap, open: IsOpen): readonly Problem[] {
  return Object.entries(parameters).flatMap(([key, value]): readonly Problem[] => {
    const asked = Object.hasOwn(PARAMETERS, key) ? PARAMETERS[key] : undefined;
    if (asked === undefined) {
      const message =
        key === "endpoint"
          ? "a task cannot say where requests go: endpoint stands in decapod.yaml, under targets"
          : `deploy has no parameter ${key}`;
      return [{ code: "E_ARG", message, ...hintOf(nearest(key, Object.keys(PARAMETERS))) }];
    }
    if (value === null || open(value) || isA(value, asked)) return [];
    return [
      { code: "E_TYPE", message: `${key} must be ${WORDS[asked] ?? asked}`, hint: `see parameters.${key}` },
    ];
  });
}

const WORDS: Readonly<Record<string, string>> = {
  string: "text that is not empty",
  array: "a list of texts",
  object: "a map of texts",
  boolean: "true or false",
  integer: "a whole number, at least 0",
};

function isA(value: Json, type: string): boolean {
  if (type === "string") return isText(value);
  if (type === "array") return Array.isArray(value) && value.every(isText);
  if (type === "object") return isMap(value) && Object.values(value).every((one) => isText(one as Json));
  if (type === "boolean") return typeof value === "boolean";
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: Json): value is string {
  return typeof value === "string" && value !== "";
}

const COMMIT = /^[0-9a-f]{7,64}$/;
const DIGEST = /^[0-9a-f]{64}$/;
/** Those of before have no milliseconds. */
const RELEASE = /^(?:previous|\d{8}T\d{6}(?:\d{3})?Z-[0-9a-f]{8})$/;
/** What a header may hold. */
const HEADER = /^[\x20-\x7e]{1,500}$/;

export function formProblems(known: JsonMap): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [key, rule] of Object.entries(FORMS)) {
    const value = own(known, key);
    const wrong = typeof value === "string" ? rule(value) : null;
    if (wrong !== null) problems.push(about(key, wrong.message));
  }
  const ask = (key: string, pattern: RegExp, what: string) => {
    const value = textAt(known, key);
    if (value !== null && !pattern.test(value)) problems.push(about(key, `${quoted(value)} is not ${what}`));
  };
  ask("commit", COMMIT, "a commit");
  ask("plan_digest", DIGEST, "the digest of a plan");
  ask("rollback_to", RELEASE, "a release: previous, or an id such as 20260119T143000000Z-0a1b2c3d");
  for (const path of textsAt(known, "paths") ?? [])
    if (!/^\/[\x21-\x29\x2b-\x7e]{0,1999}\*?$/.test(path) || path.includes(".."))
      problems.push(
        about("paths", `${quoted(path)} is not a path that CloudFront refreshes, such as /news/*`),
      );
  for (const key of ["cache", "content_types"] as const)
    for (const [glob, value] of Object.entries(mapAt(known, key))) {
      if (!HEADER.test(value)) problems.push(about(key, `${quoted(value)} is not a value of a header`));
      if (unclosed(glob) !== null) problems.push(about(key, `the glob ${quoted(glob)} is not closed`));
    }
  return problems;
}

function about(key: string, message: string): Problem {
  return { code: "E_ARG", message, hint: `see parameters.${key}` };
}

export function quoted(value: string): string {
  return JSON.stringify(value.slice(0, 100));
}

function hintOf(hint: string | undefined): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}
