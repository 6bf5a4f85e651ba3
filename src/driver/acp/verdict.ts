/** What an attempt of an ACP agent came to. The protocol has no words for limits and credentials: they are read. */
import { type Failure, failure } from "../../core/outcome.ts";
import { judgeRefusals } from "../agent/denied.ts";
import { isNotResumed } from "../agent/transcript.ts";
import {
  type Ended,
  failedWith,
  howEnded,
  neverBegan,
  usedUpBy,
  type Verdict,
  withAnswer,
} from "../agent/verdict.ts";
import { classOfWords, isOfAccess, isUsedUp } from "../agent/words.ts";
import type { Work } from "../driver.ts";
import type { Facts, Failed } from "./facts.ts";

export function judge(facts: Facts, ended: Ended, work: Work): Verdict {
  const { failed, refused, stopReason, message, isMessageOver, agent } = facts;
  const name = agent === null || agent === "" ? "the agent" : agent;
  // Whatever it made of it: what it was not allowed to do is why.
  if (refused.length > 0) return judgeRefusals(name, refused);
  if (failed !== null) {
    if (isUsedUp(failed.message)) return usedUpBy(failed.message);
    const isAtWork = isMessageOver || message !== "";
    if (isNotResumed(work, { isRefused: isOfSession(failed), isAtWork, why: wordsOf(failed) }))
      return neverBegan(`${name} could not go on with the session of an earlier attempt`);
    return failedWith(failureOf(failed, name));
  }
  if (stopReason === null)
    return failedWith(failure("unknown", `${name} ended without a result (${howEnded(ended)})`));
  switch (stopReason) {
    case "end_turn":
      return withAnswer(message, work);
    case "max_turn_requests":
      return failedWith(failure("max_turns", `${name} used up its turns`));
    case "max_tokens":
      return failedWith(failure("unknown", `${name} stopped: its answer grew too long for the model`));
    default:
      return failedWith(failure("unknown", `${name} stopped: ${stopReason}`));
  }
}

/** In answer to being asked to go on with it, and not that nobody pays or its API cannot be reached. */
function isOfSession({ isOfSession, message }: Failed): boolean {
  return isOfSession && !isOfAccess(message);
}

/** What its API may have said; null: nothing. */
function wordsOf({ code, message }: Failed): string | null {
  return code === null ? null : message;
}

function failureOf({ message, code, methods }: Failed, name: string): Failure {
  if (methods.length > 0 || code === -32_000) {
    const how = methods.length === 0 ? "" : `, by one of ${methods.join(", ")}`;
    return failure(
      "config_error",
      `${name} asks who pays${how}: log in with it once, give it a variable by agents.acp.pass, or name the way with agents.acp.authenticate in your configuration`,
    );
  }
  if (message.startsWith("it has no model")) return failure("config_error", `${name}: ${message}`);
  // That it ended says nothing of its API, whatever the connection to it says then.
  const kind = message.startsWith("it ended (") ? "unknown" : classOfWords(message);
  return failure(kind, `${name} failed: ${message}`);
}
