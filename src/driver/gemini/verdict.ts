/** What an attempt of gemini came to. */
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

/** Its own exit codes that say more than its words. */
const BY_CODE: Readonly<Record<number, string>> = { 41: "config_error", 52: "config_error", 53: "max_turns" };

/** It exits as soon as it is done, and what it has printed and nobody has read by then is gone with it. */
const CUT_SHORT =
  "ended without a result (exit 0); it does not wait for what it printed to be read, so the end of a flood is lost";

function isCutShort({ session, result }: Facts, { code }: Ended): boolean {
  return session !== null && result === null && code === 0;
}

/** Its exit code for what it was called with, and how it says that this is the session. */
const REFUSED = { code: 42, words: /^Error importing session from file\b/ };

export function judge(facts: Facts, ended: Ended, work: Work): Verdict {
  const { session, result, refused, message, isMessageOver } = facts;
  const code = ended.code ?? 0;
  if (result === null || !result.isSuccess) {
    const why =
      result?.why ?? (isCutShort(facts, ended) ? CUT_SHORT : `ended without a result (${howEnded(ended)})`);
    if (isUsedUp(why)) return usedUpBy(why);
    const begun = {
      isRefused: session === null && code === REFUSED.code && REFUSED.words.test(ended.lastError),
      isAtWork: isMessageOver || message !== "",
      why: ended.code === null || BY_CODE[code] !== undefined ? null : why,
    };
    if (isNotResumed(work, begun))
      return neverBegan("gemini could not go on with the session of an earlier attempt");
    const kind = BY_CODE[code] ?? (result === null && ended.lastError === "" ? "unknown" : classOfWords(why));
    return failedWith(failure(kind, result === null ? `gemini ${why}` : `gemini failed: ${why}`));
  }
  if (!ended.isDone && code !== 0)
    return failedWith(failure("unknown", `gemini gave a result and then failed (${howEnded(ended)})`));
  return refused.length > 0 ? failedWith(denied("gemini", refused)) : withAnswer(message, work);
}
