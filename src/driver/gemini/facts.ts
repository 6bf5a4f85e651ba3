/** What the stream of `gemini -o stream-json` has said so far, event by event. */
import { type JsonMap, own } from "../../core/json.ts";
import type { Usage } from "../../core/outcome.ts";
import { mapAt, numberAt, textAt } from "../agent/event.ts";

export interface Facts {
  readonly session: string | null;
  readonly model: string | null;
  /** What it said after its last tool call: its result, once there is one. */
  readonly message: string;
  readonly isMessageOver: boolean;
  readonly result: { readonly isSuccess: boolean; readonly why: string } | null;
  /** The last trouble it told of. */
  readonly trouble: string | null;
  /** What it was not allowed to do. */
  readonly refused: readonly string[];
  readonly tokens: number | null;
}

export const NO_FACTS: Facts = {
  session: null,
  model: null,
  message: "",
  isMessageOver: false,
  result: null,
  trouble: null,
  refused: [],
  tokens: null,
};

/** Far more than an output may have. */
const MESSAGE_LENGTH_MAX = 1024 * 1024;
const REFUSED_KEPT = 10;
/** What its policy says of a call, in the error of the tool. */
const REFUSAL = /polic|permission|denied|not_allowed/i;

export function learn(facts: Facts, event: JsonMap): Facts {
  switch (textAt(event, "type")) {
    case "init":
      return { ...facts, session: textAt(event, "session_id"), model: textAt(event, "model") };
    case "message":
      return textAt(event, "role") === "assistant" ? learnMessage(facts, event) : facts;
    case "tool_use":
      return { ...facts, isMessageOver: true };
    case "tool_result":
      return learnTool({ ...facts, isMessageOver: true }, event);
    case "error":
      return { ...facts, trouble: textAt(event, "message") ?? facts.trouble };
    case "result":
      return learnResult(facts, event);
    default:
      return facts;
  }
}

function learnMessage(facts: Facts, event: JsonMap): Facts {
  const text = textAt(event, "content") ?? "";
  const isNew = facts.isMessageOver || own(event, "delta") !== true;
  const message = ((isNew ? "" : facts.message) + text).slice(0, MESSAGE_LENGTH_MAX);
  return { ...facts, message, isMessageOver: false };
}

function learnTool(facts: Facts, event: JsonMap): Facts {
  const error = mapAt(event, "error");
  if (!REFUSAL.test(textAt(error, "type") ?? "")) return facts;
  const what = textAt(error, "message") ?? textAt(event, "tool_id") ?? "a tool";
  return { ...facts, refused: [...facts.refused, what].slice(0, REFUSED_KEPT) };
}

function learnResult(facts: Facts, event: JsonMap): Facts {
  const stats = mapAt(event, "stats");
  const count = (key: string) => Math.max(0, numberAt(stats, key) ?? 0);
  const counted = numberAt(stats, "output_tokens") === null ? null : count("input") + count("output_tokens");
  return {
    ...facts,
    result: {
      isSuccess: textAt(event, "status") === "success",
      why: textAt(mapAt(event, "error"), "message") ?? facts.trouble ?? "no reason was given",
    },
    tokens: counted ?? facts.tokens,
  };
}

/** Gemini does not tell what it costs. `input` are the tokens that did not come from the cache. */
export function usageOf({ tokens }: Facts): Usage | null {
  return tokens === null ? null : { costUsd: null, tokens };
}
