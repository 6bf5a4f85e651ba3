/** What a decision can be answered with, as the inbox lists it: a command for each choice, and the fields it takes. */
import type { Decision } from "../core/effect.ts";
import { isMap, type Json } from "../core/json.ts";
import { clean } from "./print.ts";

const WORD_MAX = 60;
const TEXT_MAX = 200;

export function answerLines(calledAs: string, name: string, decision: Decision): readonly string[] {
  const { kind, choices, sendBackTo, fields, phraseRequired } = decision;
  if (kind === "question")
    return [`  ${calledAs} answer ${name} "YOUR ANSWER"`, `  ${calledAs} reject ${name}`];
  const phrase = phraseRequired ? "  the phrase is asked for" : "";
  const commands = choices.map((choice) => {
    if (choice === "approve") return `${calledAs} approve ${name}${phrase}`;
    if (choice === "reject") return `${calledAs} reject ${name}`;
    return `${calledAs} approve ${name} --choice ${clean(choice, WORD_MAX)}${raised(decision, choice)}`;
  });
  const back =
    sendBackTo === null ? [] : [`${calledAs} send-back ${name}  to ${clean(sendBackTo, WORD_MAX)}`];
  const asked = Object.entries(fields ?? {}).map(
    ([field, form]) => `--set ${clean(field, WORD_MAX)}=…${formText(form)}`,
  );
  return [...commands, ...back, ...asked].map((line) => `  ${line}`);
}

/** A budget asks for an amount, though it declares no fields. */
function raised({ kind }: Decision, choice: string): string {
  return kind === "budget" && choice === "raise" ? " --set usd=AMOUNT" : "";
}

/** `  number, 1 to 5, given 3 unless said: how many` */
function formText(form: Json): string {
  if (!isMap(form)) return "";
  const { type, enum: choices, min, max, default: otherwise, description } = form;
  const range = [min === undefined ? "" : `from ${text(min)}`, max === undefined ? "" : `to ${text(max)}`];
  const parts = [
    typeof type === "string" ? type : "",
    Array.isArray(choices) ? `one of ${choices.map(text).join(", ")}` : "",
    range.filter((part) => part !== "").join(" "),
    otherwise === undefined ? "" : `${text(otherwise)} unless said`,
  ].filter((part) => part !== "");
  const about = typeof description === "string" ? `: ${description}` : "";
  return parts.length === 0 && about === "" ? "" : `  ${clean(`${parts.join(", ")}${about}`, TEXT_MAX)}`;
}

function text(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
