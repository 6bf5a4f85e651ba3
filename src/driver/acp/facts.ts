/** What the bridge of an ACP agent has told so far, event by event. */
import { type JsonMap, own } from "../../core/json.ts";
import type { Usage } from "../../core/outcome.ts";
import type { Refusal } from "../agent/denied.ts";
import { mapAt, mapsAt, numberAt, textAt } from "../agent/event.ts";
import { since } from "../agent/transcript.ts";

export interface Facts {
  readonly agent: string | null;
  readonly version: string | null;
  readonly session: string | null;
  /** Others can go on with its session. */
  readonly keeps: boolean;
  /** What it said after its last tool call: its result, once the turn has ended. */
  readonly message: string;
  /** Pieces of one message have one of these; null: it does not say. */
  readonly messageId: string | null;
  readonly isMessageOver: boolean;
  readonly stopReason: string | null;
  readonly failed: Failed | null;
  readonly refused: readonly Refusal[];
  readonly tokens: number | null;
  readonly costUsd: number | null;
  /** What stood in the model's context before it said or did anything; null: it did not tell by then. */
  readonly startTokens: number | null;
  readonly hasBegun: boolean;
}

export interface Failed {
  readonly message: string;
  readonly code: number | null;
  readonly methods: readonly string[];
  /** It was said of the session that it was to go on with. */
  readonly isOfSession: boolean;
}

export const NO_FACTS: Facts = {
  agent: null,
  version: null,
  session: null,
  keeps: false,
  message: "",
  messageId: null,
  isMessageOver: false,
  stopReason: null,
  failed: null,
  refused: [],
  tokens: null,
  costUsd: null,
  startTokens: null,
  hasBegun: false,
};

/** Far more than an output may have. */
const MESSAGE_LENGTH_MAX = 1024 * 1024;
const REFUSED_KEPT = 10;

export function learn(facts: Facts, event: JsonMap): Facts {
  switch (textAt(event, "type")) {
    case "agent":
      return {
        ...facts,
        agent: textAt(event, "name"),
        version: textAt(event, "version"),
        keeps: own(event, "keeps") === true,
      };
    case "session":
      return { ...facts, session: textAt(event, "id") };
    case "update":
      return learnUpdate(facts, mapAt(event, "update"));
    case "refused":
      return { ...facts, refused: [...facts.refused, refusalOf(event)].slice(0, REFUSED_KEPT) };
    case "result": {
      const tokens = tokensOf(mapAt(event, "usage"));
      return { ...facts, stopReason: textAt(event, "stopReason") ?? "", tokens: tokens ?? facts.tokens };
    }
    case "failed":
      return { ...facts, failed: failedOf(event) };
    default:
      return facts;
  }
}

/** What a bridge of an earlier version told has no rule. */
function refusalOf(event: JsonMap): Refusal {
  const isEver = own(event, "isEver") === true;
  return { call: textAt(event, "what") ?? "", rule: textAt(event, "rule"), isEver };
}

function failedOf(event: JsonMap): Failed {
  const methods = event.methods;
  return {
    message: textAt(event, "message") ?? "",
    code: numberAt(event, "code"),
    methods: Array.isArray(methods) ? methods.map(String) : [],
    isOfSession: own(event, "isOfSession") === true,
  };
}

function learnUpdate(facts: Facts, update: JsonMap): Facts {
  switch (textAt(update, "sessionUpdate")) {
    case "agent_message_chunk":
      return learnMessage({ ...facts, hasBegun: true }, update);
    case "agent_thought_chunk":
      return { ...facts, hasBegun: true };
    case "tool_call":
    case "tool_call_update":
      return { ...facts, hasBegun: true, isMessageOver: true };
    case "usage_update":
      return learnUsage(facts, update);
    default:
      return facts;
  }
}

/** Once it has begun, what it told of its context holds what it said as well. */
function learnUsage(facts: Facts, update: JsonMap): Facts {
  const cost = mapAt(update, "cost");
  const isUsd = textAt(cost, "currency") === "USD";
  const used = facts.hasBegun ? null : numberAt(update, "used") || null;
  return {
    ...facts,
    costUsd: (isUsd ? numberAt(cost, "amount") : null) ?? facts.costUsd,
    startTokens: used ?? facts.startTokens,
  };
}

function learnMessage(facts: Facts, update: JsonMap): Facts {
  const text = textAt(mapAt(update, "content"), "text") ?? "";
  const messageId = textAt(update, "messageId");
  const isNew = facts.isMessageOver || messageId !== facts.messageId;
  const message = ((isNew ? "" : facts.message) + text).slice(0, MESSAGE_LENGTH_MAX);
  return { ...facts, message, messageId, isMessageOver: false };
}

/** Those that were new. The protocol's own count, or what an agent has beside it; null: it says nothing. */
function tokensOf(usage: JsonMap): number | null {
  const count = (map: JsonMap, key: string) => Math.max(0, numberAt(map, key) ?? 0);
  if (numberAt(usage, "inputTokens") !== null || numberAt(usage, "outputTokens") !== null)
    return ["inputTokens", "cachedWriteTokens", "outputTokens"].reduce(
      (sum, key) => sum + count(usage, key),
      0,
    );
  const quota = mapAt(usage, "token_count");
  const models = mapsAt(usage, "model_usage").map((model) => mapAt(model, "token_count"));
  const told = [quota, ...models].find((map) => numberAt(map, "input_tokens") !== null);
  return told === undefined ? null : count(told, "input_tokens") + count(told, "output_tokens");
}

/** Tokens are those of a turn, the cost is that of a session: `before` says what that had cost. */
export function usageOf({ tokens, costUsd }: Facts, before?: Usage): Usage | null {
  if (tokens === null && costUsd === null) return null;
  return { costUsd: since(costUsd, before?.costUsd ?? null), tokens };
}
