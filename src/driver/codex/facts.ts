/** What the stream of `codex exec --json` has said so far, event by event. */
import type { JsonMap } from "../../core/json.ts";
import type { Usage } from "../../core/outcome.ts";
import { mapAt, numberAt, textAt } from "../agent/event.ts";
import { since } from "../agent/transcript.ts";

export interface Facts {
  readonly thread: string | null;
  /** The model has answered: it said or did something. */
  readonly isAtWork: boolean;
  /** What it said last: its result, once the turn is completed. */
  readonly message: string | null;
  readonly isCompleted: boolean;
  /** Why the turn failed. */
  readonly failed: string | null;
  /** What it was not allowed to do. */
  readonly declined: readonly string[];
  readonly tokens: number | null;
}

export const NO_FACTS: Facts = {
  thread: null,
  isAtWork: false,
  message: null,
  isCompleted: false,
  failed: null,
  declined: [],
  tokens: null,
};

const DECLINED_KEPT = 10;

export function learn(facts: Facts, event: JsonMap): Facts {
  switch (textAt(event, "type")) {
    case "thread.started":
      return { ...facts, thread: textAt(event, "thread_id") };
    case "turn.started":
      return { ...facts, isCompleted: false, failed: null };
    case "item.started":
    case "item.completed":
      return learnItem(facts, event);
    case "turn.completed":
      return { ...facts, isCompleted: true, tokens: tokensOf(mapAt(event, "usage")) };
    case "turn.failed":
      return {
        ...facts,
        isCompleted: false,
        failed: textAt(mapAt(event, "error"), "message") ?? "no reason was given",
      };
    default:
      return facts;
  }
}

/** Of type error: a warning of its own, before it asks the model. */
function learnItem(facts: Facts, event: JsonMap): Facts {
  const item = mapAt(event, "item");
  return textAt(item, "type") === "error" ? facts : learnWork({ ...facts, isAtWork: true }, event, item);
}

function learnWork(facts: Facts, event: JsonMap, item: JsonMap): Facts {
  if (textAt(event, "type") !== "item.completed") return facts;
  if (textAt(item, "type") === "agent_message")
    return { ...facts, message: textAt(item, "text") ?? facts.message };
  if (textAt(item, "status") !== "declined") return facts;
  const what = textAt(item, "command") ?? textAt(item, "type") ?? "a tool";
  return { ...facts, declined: [...facts.declined, what].slice(0, DECLINED_KEPT) };
}

/** Those that were new: what was read again from the model's cache is not counted. */
export function tokensOf(usage: JsonMap): number {
  const count = (key: string) => Math.max(0, numberAt(usage, key) ?? 0);
  return Math.max(0, count("input_tokens") - count("cached_input_tokens")) + count("output_tokens");
}

/** Codex does not tell what it costs. `before`: what the session that it goes on with had used. */
export function usageOf({ tokens }: Facts, before?: Usage): Usage | null {
  return tokens === null ? null : { costUsd: null, tokens: since(tokens, before?.tokens ?? null) };
}
