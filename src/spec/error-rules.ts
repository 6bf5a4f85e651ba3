/**
 * `errors` of decapod.yaml, and of whoever describes a program in the same words: how its failures are told apart. Rules
 * are written `{ class, match, action, message }`; `match` is a text that stands in a line, or `{ pattern: RE2 }`.
 */
import { ERROR_ACTIONS, type ErrorAction, type ErrorTable, type LineMatch } from "../core/error-rule.ts";
import { FAILURE_CLASSES, failure } from "../core/outcome.ts";
import type { Findings } from "./findings.ts";
import { nearest } from "./nearest.ts";
import { isFound, isPattern } from "./pattern.ts";
import { block, either, filled, listOf, maybe, oneOf } from "./schema-words.ts";
import type { Path } from "./source.ts";

/** For the schema of the file that holds them. */
export const errorRules = listOf(
  block("an error", {
    class: filled,
    match: either("a text, or { pattern: RE2 }", filled, block("match", { pattern: filled })),
    action: maybe(oneOf(...ERROR_ACTIONS)),
    message: maybe(filled),
  }),
  "errors",
);

/** What the schema says each of them holds. */
export interface WrittenErrorRule {
  readonly class: string;
  readonly match: string | { readonly pattern: string };
  readonly action?: ErrorAction;
  readonly message?: string;
}

const RULES_MAX = 100;
const TEXT_MAX = 1_000;
const CLASS = /^[a-z][a-z0-9_]{0,63}$/;

/** What the engine itself finds, and no output can say. */
const OF_THE_ENGINE: ReadonlySet<string> = new Set([
  "quota_exhausted",
  "lost",
  "items_failed",
  "child_failed",
  "rejected",
  "budget",
  "finished",
]);

/** Of a list that has the form of the schema; what is wrong with it is found at `path`. */
export function errorTableOf(
  written: readonly WrittenErrorRule[],
  path: Path,
  findings: Findings,
): ErrorTable {
  if (written.length > RULES_MAX)
    findings.add("E_RANGE", { path }, { message: `at most ${RULES_MAX} errors, not ${written.length}` });
  return written.map((one, index) => {
    checkClass(one.class, [...path, index, "class"], findings);
    checkMatch(one.match, [...path, index, "match"], findings);
    checkLine(one.message ?? "", [...path, index, "message"], findings);
    return {
      class: one.class,
      action: one.action ?? actionOf(one.class),
      lines: [matchOf(one.match)],
      ...(one.message !== undefined && { message: one.message }),
    };
  });
}

/** A class of the project's own is tried again unless it says otherwise. */
function actionOf(failureClass: string): ErrorAction {
  const { action } = failure(failureClass, "");
  return action === "wait" ? "retry" : action;
}

function matchOf(match: WrittenErrorRule["match"]): LineMatch {
  return typeof match === "string" ? { parts: [match.trim()] } : match;
}

function checkClass(name: string, path: Path, findings: Findings): void {
  const report = (message: string, hint?: string) => findings.add("E_CHOICE", { path }, { message, hint });
  if (OF_THE_ENGINE.has(name)) report(`the class ${name} is found by decapod itself`, "a class of your own");
  else if ((FAILURE_CLASSES as readonly string[]).includes(name)) return;
  else if (!CLASS.test(name))
    report(`"${name}" is no name for a class`, "lower case letters, digits and _, such as disk_full");
  else {
    const near = nearest(name, FAILURE_CLASSES);
    if (near !== undefined) report(`there is no failure class "${name}"`, near);
  }
}

function checkMatch(match: WrittenErrorRule["match"], path: Path, findings: Findings): void {
  if (typeof match === "string") return checkLine(match, path, findings);
  const { pattern } = match;
  const at = { path: [...path, "pattern"] };
  if (!isPattern(pattern))
    findings.add("E_TYPE", at, {
      message: `${JSON.stringify(pattern.slice(0, 100))} is no RE2 pattern`,
      hint: "RE2 has no look-around and no back-references; a fixed text needs no pattern",
    });
  else if (isFound(pattern, ""))
    findings.add("E_TYPE", at, {
      message: `${JSON.stringify(pattern)} is found in every line, so it tells nothing apart`,
      hint: "a pattern that needs at least one letter",
    });
}

function checkLine(text: string, path: Path, findings: Findings): void {
  const spot = { path };
  if (/\p{Cc}/u.test(text.trim()))
    findings.add("E_TYPE", spot, { message: "it is looked for in one line, and this has more" });
  else if (text.length > TEXT_MAX)
    findings.add("E_RANGE", spot, { message: `at most ${TEXT_MAX} characters, not ${text.length}` });
  else if (text !== "" && text.trim() === "")
    findings.add("E_TYPE", spot, { message: "nothing but spaces tells nothing apart" });
}
