/** What the stream of one attempt has said so far, event by event. The last result counts: there can be more than one. */
import { isMap, type JsonMap, own } from "../../core/json.ts";
import type { Usage } from "../../core/outcome.ts";
import { mapAt, mapsAt, numberAt, textAt } from "../agent/event.ts";
import { since } from "../agent/transcript.ts";

export interface Facts {
  readonly session: string | null;
  readonly version: string | null;
  readonly model: string | null;
  /** MCP servers that did not come up, each with what claude says of it; also some that nobody here asked for. */
  readonly serversDown: readonly { readonly name: string; readonly status: string }[];
  readonly result: JsonMap | null;
  /** The model was woken for another turn after the last result. */
  readonly isBusy: boolean;
  /** ms since the epoch; null when a used-up limit did not say when it is reset. */
  readonly limit: { readonly resetAt: number | null; readonly kind: string } | null;
  /** How often in a row the credentials were refused. */
  readonly refusals: number;
  /** The class of the last trouble that the agent told of by itself. */
  readonly trouble: string | null;
  /** Counted along until a result says more: what messages before the latest one used, and that one, told in parts. */
  readonly tokensBefore: number;
  readonly latest: { readonly id: string; readonly tokens: number } | null;
  /** What it had been told before it said anything: instructions, tools, brief. */
  readonly startTokens: number | null;
}

const TOLD = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];

export const NO_FACTS: Facts = {
  session: null,
  version: null,
  model: null,
  serversDown: [],
  result: null,
  isBusy: false,
  limit: null,
  refusals: 0,
  trouble: null,
  tokensBefore: 0,
  latest: null,
  startTokens: null,
};

const SYNTHETIC = "<synthetic>";

export function learn(facts: Facts, event: JsonMap): Facts {
  switch (textAt(event, "type")) {
    case "system":
      return learnSystem(facts, event);
    case "assistant":
      return learnMessage({ ...facts, isBusy: facts.result !== null }, event);
    case "rate_limit_event":
      return learnLimit(facts, mapAt(event, "rate_limit_info"));
    case "result":
      return {
        ...facts,
        result: event,
        isBusy: false,
        session: textAt(event, "session_id") ?? facts.session,
      };
    default:
      return facts;
  }
}

function learnSystem(facts: Facts, event: JsonMap): Facts {
  switch (textAt(event, "subtype")) {
    case "init":
      return {
        ...facts,
        isBusy: facts.result !== null,
        session: textAt(event, "session_id"),
        version: textAt(event, "claude_code_version"),
        model: textAt(event, "model"),
        serversDown: serversDown(event),
      };
    case "api_retry":
      return {
        ...facts,
        refusals: textAt(event, "error") === "authentication_failed" ? facts.refusals + 1 : 0,
        trouble: textAt(event, "error"),
      };
    default:
      return facts;
  }
}

function serversDown(init: JsonMap): Facts["serversDown"] {
  return mapsAt(init, "mcp_servers")
    .map((server) => ({ name: textAt(server, "name") ?? "", status: textAt(server, "status") ?? "unknown" }))
    .filter(({ status }) => status !== "connected");
}

function learnMessage(facts: Facts, event: JsonMap): Facts {
  const message = mapAt(event, "message");
  if (textAt(message, "model") === SYNTHETIC)
    return { ...facts, trouble: textAt(event, "error") ?? facts.trouble };
  const id = textAt(message, "id") ?? "";
  const usage = mapAt(message, "usage");
  const tokens = tokensOf(usage, ["input_tokens", "cache_creation_input_tokens", "output_tokens"]);
  const { latest, tokensBefore } = facts;
  const isSame = latest?.id === id;
  return {
    ...facts,
    // It answers again: whatever stood in the way does no more.
    refusals: 0,
    trouble: null,
    limit: null,
    tokensBefore: isSame ? tokensBefore : tokensBefore + (latest?.tokens ?? 0),
    latest: { id, tokens },
    startTokens: facts.startTokens ?? (tokensOf(usage, TOLD) || null),
  };
}

/** A limit that still allows is told on good runs as well. */
function learnLimit(facts: Facts, info: JsonMap): Facts {
  if (textAt(info, "status") !== "rejected") return facts;
  const seconds = numberAt(info, "resetsAt");
  return {
    ...facts,
    limit: {
      resetAt: seconds === null ? null : seconds * 1000,
      kind: textAt(info, "rateLimitType") ?? "usage",
    },
  };
}

/** Tokens that were new: what was read again from the model's cache is not counted. Without a result nobody knows the cost. */
export function usageOf({ result, tokensBefore, latest }: Facts, before: Usage = NOTHING): Usage | null {
  const seen = tokensBefore + (latest?.tokens ?? 0);
  if (result === null) return latest === null ? null : { costUsd: null, tokens: seen };
  const models = own(result, "modelUsage");
  return {
    costUsd: since(numberAt(result, "total_cost_usd"), before.costUsd),
    tokens: isMap(models) ? since(tokensOfModels(models), before.tokens) : seen,
  };
}

const NOTHING: Usage = { costUsd: null, tokens: null };

export function tokensOfModels(models: JsonMap): number {
  return Object.values(models)
    .filter(isMap)
    .map((model) => tokensOf(model, ["inputTokens", "cacheCreationInputTokens", "outputTokens"]))
    .reduce((sum, tokens) => sum + tokens, 0);
}

function tokensOf(usage: JsonMap, keys: readonly string[]): number {
  return keys.reduce((sum, key) => sum + Math.max(0, numberAt(usage, key) ?? 0), 0);
}
