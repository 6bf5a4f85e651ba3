/** What an attempt of codex came to. A failure is told in words alone, so they are read; the tests hold the real ones. */
import { type Failure, failure } from "../../core/outcome.ts";
import { denied } from "../agent/denied.ts";
import { type Ended, failedWith, howEnded, usedUp, type Verdict, withAnswer } from "../agent/verdict.ts";
import type { Work } from "../driver.ts";
import type { Facts } from "./facts.ts";

const USED_UP = /\bhit your usage limit\b|\busage limit reached\b/i;

/** The first that fits. */
const CLASSES: readonly (readonly [RegExp, Failure["class"]])[] = [
  [/\bQuota exceeded\b|\bout of credits\b|\bwith your ChatGPT plan\b|\bcredit limit\b/i, "config_error"],
  [/\bstatus:? 429\b|\brate limit exceeded\b/i, "rate_limited"],
  [/\bstatus:? 40[13]\b|\bnot logged in\b|\brefresh token\b|\baccess token\b/i, "config_error"],
  [/\bstatus:? 5\d\d\b|\bhigh demand\b|\bat capacity\b|\boverloaded\b/i, "transient"],
  [/\bstream disconnected\b|\berror sending request\b|\btimed? ?out\b|\bconnection\b/i, "transient"],
  // The same call would fail again.
  [
    /\bstatus:? 4\d\d\b|\bcontext window\b|\bdoes not exist\b|\bis not supported\b|^\{"error":/i,
    "config_error",
  ],
];

export function judge(facts: Facts, ended: Ended, work: Work): Verdict {
  const { failed, isCompleted, message, declined } = facts;
  if (failed !== null)
    return USED_UP.test(failed)
      ? usedUp(null)
      : failedWith(failure(classOf(failed), `codex failed: ${failed}`));
  if (!isCompleted)
    return failedWith(failure("unknown", `codex ended without a result (${howEnded(ended)})`));
  if (!ended.isDone && ended.code !== 0)
    return failedWith(failure("unknown", `codex gave a result and then failed (${howEnded(ended)})`));
  if (declined.length > 0) return failedWith(denied("codex", declined));
  return withAnswer(message ?? "", work);
}

function classOf(words: string): Failure["class"] {
  return CLASSES.find(([pattern]) => pattern.test(words))?.[1] ?? "unknown";
}
