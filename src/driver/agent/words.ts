/** Failures that programs tell in words alone, told apart; the tests hold the real ones. */
import type { Failure } from "../../core/outcome.ts";

const USED_UP =
  /\bhit your (?:[\w-]+ )?(?:usage )?limit\b|\busage limit (?:has been )?reached\b|\bexhausted your (?:daily )?(?:quota|capacity)\b|\bquota will reset\b/i;

/** The same call would fail again. */
const NEVER =
  /\b4[0-2]\d\b|\bcontext window\b|\btoo long\b|\bdoes not exist\b|\bis not supported\b|^\{"error":/i;

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
  [NEVER, "config_error"],
];

/** Too long by now, sealed for somebody else, or of another kind. */
const NOT_TAKEN = /(?:status|error|code)\W{1,3}400\b|\b400 Bad Request\b|too long|context (?:window|length)/i;

export function isUsedUp(words: string): boolean {
  return USED_UP.test(words);
}

/** Of login, limits or connection: it says nothing of what was asked for. */
export function isOfAccess(words: string): boolean {
  const [pattern = NEVER] = firstOf(words) ?? [];
  return pattern !== NEVER || isUsedUp(words);
}

/** The API does not take what the session holds. */
export function isNotTaken(words: string): boolean {
  return !isOfAccess(words) && NOT_TAKEN.test(words);
}

export function classOfWords(words: string): Failure["class"] {
  return firstOf(words)?.[1] ?? "unknown";
}

function firstOf(words: string): (typeof CLASSES)[number] | undefined {
  return CLASSES.find(([pattern]) => pattern.test(words));
}
