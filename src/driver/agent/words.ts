/** Failures that programs tell in words alone, told apart; the tests hold the real ones. */
import type { Failure } from "../../core/outcome.ts";

const USED_UP =
  /\bhit your (?:[\w-]+ )?(?:usage )?limit\b|\busage limit (?:has been )?reached\b|\bexhausted your (?:daily )?(?:quota|capacity)\b|\bquota will reset\b/i;

/** The first that fits. */
const CLASSES: readonly (readonly [RegExp, Failure["class"]])[] = [
  [/\bretry in \d/i, "rate_limited"],
  [/\bQuota exceeded\b|\bout of credits\b|\bcredit (?:limit|balance)\b|\bbilling\b/i, "config_error"],
  [/\bwith your ChatGPT plan\b/i, "config_error"],
  [/\b429\b|\brate.?limit|\bToo Many Requests\b|\bRESOURCE_EXHAUSTED\b/i, "rate_limited"],
  [
    /\b40[13]\b|\bUnauthorized\b|\bForbidden\b|\bnot logged in\b|\b(?:refresh|access) token\b/i,
    "config_error",
  ],
  [/\bauthentication|\bAPI key\b|\bPERMISSION_DENIED\b|\bUNAUTHENTICATED\b/i, "config_error"],
  [
    /\b5[0-2]\d\b|\bhigh demand\b|\bat capacity\b|\boverloaded\b|\bUNAVAILABLE\b|\binternal server error\b/i,
    "transient",
  ],
  [
    /\bstream disconnected\b|\berror sending request\b|\btimed? ?out\b|\bconnection\b|\bfetch failed\b/i,
    "transient",
  ],
  [/\bE(?:CONNREFUSED|CONNRESET|TIMEDOUT|AI_AGAIN|NOTFOUND)\b|\bsocket\b/i, "transient"],
  // The same call would fail again.
  [
    /\b4[0-2]\d\b|\bcontext window\b|\btoo long\b|\bdoes not exist\b|\bis not supported\b|^\{"error":/i,
    "config_error",
  ],
];

export function isUsedUp(words: string): boolean {
  return USED_UP.test(words);
}

export function classOfWords(words: string): Failure["class"] {
  return CLASSES.find(([pattern]) => pattern.test(words))?.[1] ?? "unknown";
}
