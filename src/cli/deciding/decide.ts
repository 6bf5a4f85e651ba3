/** A decision in front of a person: what is asked for, and what their answer means. */

import type { Decision } from "../../core/effect.ts";
import type { DecisionMade } from "../../core/event.ts";
import { phraseFor } from "../../core/gate.ts";
import type { Workflow } from "../../core/workflow.ts";
import type { Reader } from "../application.ts";
import { clean } from "../print.ts";
import type { AskOptions } from "./ask.ts";
import type { OpenDecision } from "./open-decisions.ts";

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

/** Of one that is open, for who reads it. */
export function asQuestion(
  reader: Pick<Reader, "workflow"> | null,
  one: OpenDecision,
  runName: string,
): Question {
  const { decision, run } = one;
  const phrase = decision.phraseRequired ? phraseOf(reader?.workflow(run) ?? null, decision) : null;
  return { ...one, runName, phrase };
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
export function phraseOf(
  workflow: Workflow | null,
  { phraseRequired, production, task }: Decision,
): string | null {
  if (!phraseRequired) return null;
  const index = workflow?.indexOf.get(task);
  const asking = index === undefined ? undefined : workflow?.tasks[index];
  return phraseFor(asking, production === true) ?? "the phrase of the workflow";
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
