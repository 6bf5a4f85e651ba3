/** How an agent asks a person: it ends, and its last message begins with one line that means nothing else. */
import { type AgentQuestion, failure } from "../../core/outcome.ts";
import type { Outcome } from "../driver.ts";

export const QUESTION_LINE = "QUESTION FOR A PERSON";
const MESSAGE_MAX = 4_000;
const OFFERS_MAX = 10;
const OFFER_MAX = 200;

/** What the instructions of every agent say of it. */
export const HOW_TO_ASK = `If you cannot go on without what only a person can decide, change nothing more and end: begin your
last message with the line ${QUESTION_LINE}, below it the question with all that is needed to answer it, then answers to
choose from, each on a line of its own behind a dash. You are started again with the answer. Ask for nothing that you can
find out or decide yourself.`;

/** null: the text is an ordinary answer. */
export function questionIn(text: string): AgentQuestion | null {
  const [first = "", ...lines] = text.trim().split("\n");
  if (!new RegExp(`^[#*_ ]*${QUESTION_LINE}[:*_ ]*$`, "u").test(first)) return null;
  const body = lines.join("\n").trim();
  const offered = lines.flatMap((line) => /^\s*- +(.+)$/u.exec(line)?.[1]?.trim() ?? []);
  const isList = offered.length > 0 && offered.length <= OFFERS_MAX;
  return {
    kind: "question",
    message: cut(body === "" ? "The agent asks, and did not say what." : body, MESSAGE_MAX),
    offers: isList ? offered.map((one) => cut(one, OFFER_MAX)) : [],
    wants: [],
  };
}

/** The outcome of an attempt that ended with it: it has not failed for good, somebody is asked first. */
export function asking(
  asks: AgentQuestion,
): Pick<Outcome, "status" | "output" | "failure" | "notes" | "asks"> {
  const what = asks.kind === "question" ? "it asked a person" : "it was not allowed";
  const told = failure("config_error", `${what}: ${cut(asks.message, 300)}`);
  return { status: "failed", output: null, failure: told, notes: [], asks };
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
