/** A decision in front of a person: how it is shown, and what their answer means. */

import type { Decision } from "../../core/effect.ts";
import type { DecisionMade } from "../../core/event.ts";
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import type { Workflow } from "../../core/workflow.ts";
import { clean, type Printer } from "../print.ts";
import type { LocalTime } from "../text.ts";
import type { AskOptions } from "./ask.ts";

const SHOWN_MAX = 400;
const LINES_MAX = 20;
const RULE_MAX = 4_000;

export interface Question {
  readonly run: string;
  /** As people see the decision. */
  readonly name: string;
  /** As people see the run. */
  readonly runName: string;
  readonly decision: Decision;
  /** What must be typed, when a phrase is asked for. */
  readonly phrase: string | null;
}

/** Facts that the engine knows come first; what agents wrote follows, escaped. */
export function questionLines(
  printer: Printer,
  { name, runName, decision }: Question,
  time: LocalTime,
): readonly string[] {
  const { kind, task, askedAt, expiresAt, onExpiry, message, show, offers, wants } = decision;
  const deadline =
    expiresAt === null
      ? ""
      : ` · expires ${time.date(expiresAt)} → ${onExpiry === "escalate" ? "escalated" : "rejected"}`;
  const head = `${kind} ${name}${task === "" ? "" : `  ${task}`}`;
  return [
    `${printer.paint("yellow", "◐ needs you")}  ${head}   run ${runName} · asked ${time.clock(askedAt)}${deadline}${deciders(decision)}`,
    ...message
      .split("\n")
      .slice(0, LINES_MAX)
      .map((line) => `  ${clean(line, SHOWN_MAX)}`),
    ...shownLines(show),
    // Whole: a yes allows exactly these.
    ...(wants ?? []).map((rule) => `    allows  ${clean(rule, RULE_MAX)}`),
    ...(offers ?? []).map((offer) => `    - ${clean(offer, SHOWN_MAX)}`),
  ];
}

function deciders({ approvers, notBy }: Decision): string {
  if (approvers === undefined) return "";
  const names = approvers.filter((name) => name !== notBy).map((name) => clean(name, 40));
  const others = names.length === 0 ? "nobody" : names.join(" or ");
  const isBarred = notBy !== undefined && approvers.includes(notBy);
  return ` · approves: ${others}${isBarred ? `, not ${clean(notBy, 40)} who started it` : ""}`;
}

function shownLines(show: JsonMap | null): readonly string[] {
  const value = show?.show ?? null;
  if (value === null) return [];
  if (isMap(value))
    return Object.entries(value).map(
      ([name, one]) => `    ${clean(name, 40)}  ${clean(text(one), SHOWN_MAX)}`,
    );
  return text(value)
    .split("\n")
    .slice(0, LINES_MAX)
    .map((line) => `    ${clean(line, SHOWN_MAX)}`);
}

function text(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The words after which a person types. */
export function promptOf({ decision, phrase }: Question): string {
  const { kind, choices, sendBackTo } = decision;
  const back = sendBackTo === null ? [] : ["send_back COMMENT"];
  if (phrase !== null)
    return `${[`Type ${clean(phrase)} to approve`, "reject", ...back].join(", ")}, or Enter to leave: `;
  if (kind === "budget") return "raise AMOUNT (in USD), stop, or Enter to leave: ";
  if (kind === "question") return "your answer in words, reject, or Enter to leave: ";
  const words = choices.map((choice) => ({ approve: "y approve", reject: "n reject" })[choice] ?? choice);
  return `${[...words, ...back].join(", ")}, or Enter to leave: `;
}

/** What must be typed for a decision of this workflow; null when no phrase is asked for. */
export function phraseOf(workflow: Workflow | null, { phraseRequired, task }: Decision): string | null {
  if (!phraseRequired) return null;
  const index = workflow?.indexOf.get(task);
  const phrase = index === undefined ? null : workflow?.tasks[index]?.approval?.phrase;
  return phrase ?? "the phrase of the workflow";
}

/** What a person types; "withdrawn": nothing, because it was interrupted, or nobody is there any more. */
export async function ask(
  question: Question,
  options: AskOptions,
): Promise<ReturnType<typeof readAnswer> | "withdrawn"> {
  const { askLine } = await import("./ask.ts");
  const typed = await askLine(promptOf(question), options);
  return typed === null ? "withdrawn" : readAnswer(question, typed);
}

/** The word of the workflow file, as the command has it, and the short one. */
const SEND_BACK: ReadonlySet<string> = new Set(["send_back", "send-back", "back"]);

export type Answer = Pick<DecisionMade, "choice" | "comment" | "fields" | "phrase" | "to">;

/** null: left for later. A text that is no answer gives its reason. */
export function readAnswer(
  { decision, phrase }: Question,
  typed: string,
): Answer | { readonly wrong: string } | null {
  const line = typed.trim();
  if (line === "") return null;
  const [word = "", ...others] = line.split(/\s+/);
  const rest = others.join(" ");
  const plain = { comment: rest === "" ? null : rest, fields: {} };
  const { kind, choices, sendBackTo } = decision;
  if (SEND_BACK.has(word) && sendBackTo !== null && typed !== phrase)
    return { ...plain, choice: "send_back", to: sendBackTo };
  // Saying no is never made hard; everything else typed here is meant as the phrase, byte for byte.
  if (phrase !== null)
    return word === "reject" || line === "n"
      ? { ...plain, choice: "reject" }
      : { ...plain, comment: null, choice: "approve", phrase: typed };
  if (kind === "budget" && word === "raise") {
    const usd = Number(rest);
    return rest !== "" && usd > 0
      ? { choice: "raise", comment: null, fields: { usd } }
      : { wrong: "raise needs an amount, as in: raise 2.50" };
  }
  if (kind === "question" && word !== "reject") return { choice: "answer", comment: line, fields: {} };
  const short: Readonly<Record<string, string>> = { y: "approve", yes: "approve", n: "reject", no: "reject" };
  const choice = choices.find((one) => one === word || one === short[word.toLowerCase()]);
  return choice === undefined ? { wrong: `"${clean(word, 40)}" is no choice here` } : { ...plain, choice };
}
