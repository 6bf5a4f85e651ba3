/** What an attempt of codex came to. A failure is told in words alone, so they are read; the tests hold the real ones. */
import { failure } from "../../core/outcome.ts";
import { denied } from "../agent/denied.ts";
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
import { classOfWords, isUsedUp } from "../agent/words.ts";
import type { Work } from "../driver.ts";
import type { Facts } from "./facts.ts";

/** How it says, before its thread, that it does not find the session or cannot read it. */
const REFUSED = /^Error: thread\/resume\b/;

export function judge(facts: Facts, ended: Ended, work: Work): Verdict {
  const { thread, isAtWork, failed, isCompleted, message, declined } = facts;
  if (failed !== null && isUsedUp(failed)) return usedUpBy(failed);
  const isRefused = thread === null && ended.code !== null && REFUSED.test(ended.lastError);
  if (!isCompleted && isNotResumed(work, { isRefused, isAtWork, why: failed }))
    return neverBegan("codex could not go on with the session of an earlier attempt");
  if (failed !== null) return failedWith(failure(classOfWords(failed), `codex failed: ${failed}`));
  if (!isCompleted)
    return failedWith(failure("unknown", `codex ended without a result (${howEnded(ended)})`));
  if (!ended.isDone && ended.code !== 0)
    return failedWith(failure("unknown", `codex gave a result and then failed (${howEnded(ended)})`));
  if (declined.length > 0) return failedWith(denied("codex", declined));
  return withAnswer(message ?? "", work);
}
