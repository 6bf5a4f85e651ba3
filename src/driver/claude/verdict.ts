/**
 * What an attempt came to, by what its stream said. An exit code of 0 and "success" prove nothing: a tool that was
 * refused and a schema that was ignored end that way, and a failed call of the model says "success" with is_error.
 */
import { isMap, type Json, type JsonMap, own } from "../../core/json.ts";
import { type Failure, failure } from "../../core/outcome.ts";
import { refusing } from "../../spec/permission-rules.ts";
import { judgeRefusals, type Refusal } from "../agent/denied.ts";
import { mapAt, mapsAt, numberAt, textAt } from "../agent/event.ts";
import { ruleFor, wantedIn } from "../agent/settings.ts";
import {
  type Ended,
  failedWith,
  howEnded,
  neverBegan,
  succeeded,
  usedUp,
  type Verdict,
  withText,
} from "../agent/verdict.ts";
import type { Facts } from "./facts.ts";

/** So many refusals in a row, and no wrong password was ever accepted at the next. */
export const REFUSALS_MAX = 3;

export interface ClaudeEnded extends Ended {
  /** A final text as an output: what is above is in the stream file only. */
  readonly textBytesMax: number;
  /** It was to go on with a session. */
  readonly isResumed: boolean;
  /** MCP servers that it was given. */
  readonly servers: readonly string[];
  /** How a structured output was asked for. */
  readonly schema: "none" | "plain" | "wrapped";
  /** What role or task denies: the agent was told, and it counts for nothing. */
  readonly denied: readonly string[];
  /** What the person refuses ever: as if they had said no to it now. */
  readonly refuse: readonly string[];
}

export function judge(facts: Facts, ended: ClaudeEnded): Verdict {
  const { result, limit, serversDown } = facts;
  const down = serversDown.filter(({ name }) => ended.servers.includes(name));
  if (down.length > 0) return failedWith(notStarted(down));
  const stop = stopOf(facts, ended);
  const isLimited =
    limit !== null || (result !== null && textAt(result, "api_error") === "usage_limit_reached");
  if (stop !== null && isLimited) return usedUp(limit?.resetAt ?? null);
  if (result !== null && isNotResumed(facts, result, ended))
    return neverBegan("claude could not go on with the session of an earlier attempt");
  if (stop !== null || result === null) return failedWith(stop);
  const denials = mapsAt(result, "permission_denials").filter((one) => !isBy(ended.denied, one));
  if (denials.length > 0)
    return judgeRefusals(
      "claude",
      denials.map((one) => refusalOf(one, ended.refuse)),
    );
  const output = structured(result, ended.schema);
  if (output !== undefined) return succeeded(output);
  const said = withText(textAt(result, "result") ?? "", ended.textBytesMax);
  return ended.schema === "none" || said.asks !== undefined ? said : failedWith(WITHOUT_JSON);
}

/** It does not find the session, or the API does not take what it holds: too long by now, or of another kind. */
function isNotResumed({ latest }: Facts, result: JsonMap, { isResumed }: ClaudeEnded): boolean {
  if (!isResumed || latest !== null) return false;
  const [told] = Array.isArray(own(result, "errors")) ? (own(result, "errors") as Json[]) : [];
  if (typeof told === "string" && told.startsWith("No conversation found")) return true;
  return (
    numberAt(result, "api_error_status") === 400 || textAt(result, "terminal_reason") === "prompt_too_long"
  );
}

function notStarted(down: Facts["serversDown"]): Failure {
  const told = down.map(({ name, status }) => `${name} (${status})`);
  return failure(
    "config_error",
    `MCP servers of the agent did not start: ${told.join(", ")}; try what mcp_servers of your configuration says of them by hand, or name them no more in the role`,
  );
}

const WITHOUT_JSON = failure(
  "output_missing",
  "claude answered without the JSON that output_schema asks for",
);

/** Why it is no success; the order is that of how much each sign is worth. */
function stopOf({ result, isBusy, refusals, trouble }: Facts, ended: ClaudeEnded): Failure | null {
  if (result === null || isBusy) {
    if (refusals >= REFUSALS_MAX) return failure("config_error", "the API refused the credentials of claude");
    const woken = result === null ? "without a result" : "before the turn it was woken for had a result";
    return failure("unknown", `claude ended ${woken} (${howEnded(ended)})`);
  }
  if (own(result, "is_error") === true || textAt(result, "subtype") !== "success")
    return errorOf(result, trouble);
  const reason = textAt(result, "terminal_reason");
  if (reason !== null && reason !== "completed") return failure("unknown", `claude stopped: ${reason}`);
  if (!ended.isDone && ended.code !== 0)
    return failure("unknown", `claude gave a result and then failed (${howEnded(ended)})`);
  return null;
}

function errorOf(result: JsonMap, trouble: string | null): Failure {
  const errors = own(result, "errors");
  const words = Array.isArray(errors) ? errors.filter((one) => typeof one === "string").join("; ") : "";
  const told = words === "" ? (textAt(result, "result") ?? "no reason was given") : words;
  switch (textAt(result, "subtype")) {
    case "error_max_turns":
      return failure("max_turns", `claude used up its turns: ${told}`);
    case "error_max_budget_usd":
      return failure("budget", `claude used up its budget: ${told}`);
    case "error_max_structured_output_retries":
      return failure("output_missing", told);
    case "success":
      return apiError(result, trouble, told);
    default:
      return failure("unknown", `claude failed while it worked: ${told}`);
  }
}

/** Words that the agent uses for the class of a failed call, where its number says too little. */
const BY_TROUBLE: Readonly<Record<string, string>> = {
  authentication_failed: "config_error",
  billing_error: "config_error",
  rate_limit: "rate_limited",
  overloaded: "transient",
  server_error: "transient",
};

function apiError(result: JsonMap, trouble: string | null, told: string): Failure {
  const status = numberAt(result, "api_error_status");
  const reason = textAt(result, "terminal_reason");
  if (status === 401 || status === 403 || /^Not logged in/.test(told)) return failure("config_error", told);
  if (status === 429) return failure("rate_limited", told);
  if (status !== null && status >= 500) return failure("transient", told);
  if (trouble !== null && BY_TROUBLE[trouble] !== undefined) return failure(BY_TROUBLE[trouble], told);
  // Too long, too large, a model that does not exist: the same call would fail again.
  if (status !== null) return failure("config_error", told);
  // No answer at all: no connection, or none in time.
  return failure(reason === "api_error" ? "transient" : "unknown", told);
}

function isBy(refuse: readonly string[], denial: JsonMap): boolean {
  const wanted = wantedIn(denial);
  return wanted !== null && refusing({ allow: [], refuse }, wanted) !== null;
}

function refusalOf(denial: JsonMap, refuse: readonly string[]): Refusal {
  const input = mapAt(denial, "tool_input");
  const what = textAt(input, "command") ?? textAt(input, "file_path") ?? textAt(input, "url") ?? "";
  const call = `${textAt(denial, "tool_name") ?? "a tool"} ${what}`;
  return { call, rule: ruleFor(denial), isEver: isBy(refuse, denial) };
}

/** undefined: there is none, or none was asked for. */
function structured(result: JsonMap, schema: ClaudeEnded["schema"]): Json | undefined {
  const output = schema === "none" ? undefined : own(result, "structured_output");
  if (schema !== "wrapped") return output;
  return isMap(output) ? own(output, WRAPPED_KEY) : undefined;
}

/** A tool's input is a map: a schema of anything else is asked for under this key. */
export const WRAPPED_KEY = "value";
