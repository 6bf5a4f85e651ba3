/** What a task may say of its session, and what comes of that for an attempt. */
import type { Json } from "./json.ts";

export const SESSION_WORDS = ["fresh", "continue", "continue:TASK"] as const;

export type SessionWord = "fresh" | "continue" | { readonly task: string };

/** null: it is none of these words. */
export function sessionWord(text: Json): SessionWord | null {
  if (text === "fresh" || text === "continue") return text;
  const task = typeof text === "string" ? /^continue:(.*)$/.exec(text)?.[1]?.trim() : undefined;
  return task === undefined ? null : { task };
}

/** Whose session an attempt goes on with. */
export interface GoesOn {
  /** answer: it only hears what was said to that attempt; the others are told all that they shall do. */
  readonly why: "answer" | "own" | "task";
  readonly task: string;
  readonly item?: number;
  /** Its last; after an answer no earlier one is meant. Whatever lies there of a later one, nobody here made. */
  readonly attempt: number;
  /** Runs of earlier passes of the group around it, the latest first: for a task that is in its first attempt there. */
  readonly passes: readonly string[];
}
