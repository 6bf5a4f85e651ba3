import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { classOfWords, isUsedUp } from "./words.ts";

/** As the real programs print them. */
const SAID: readonly (readonly [words: string, expected: string])[] = [
  ["You’ve hit your usage limit. Upgrade to Pro (…) or try again at 6:36 PM.", "quota_exhausted"],
  ["You've hit your 5-hour limit · resets 11:45am (UTC)", "quota_exhausted"],
  ["exceeded retry limit, last status: 429 Too Many Requests", "rate_limited"],
  ["rate limit exceeded: slow down", "rate_limited"],
  ["API Error: 429 too many requests", "rate_limited"],
  ["unexpected status 401 Unauthorized: nope, url: http://x/v1/responses", "config_error"],
  ["unexpected status 403 Forbidden: nope, url: http://x/v1/responses", "config_error"],
  ["API Error: 401 invalid x-api-key", "config_error"],
  ["Quota exceeded. Check your plan and billing details.", "config_error"],
  ["To use Codex with your ChatGPT plan, upgrade to Plus: https://x.", "config_error"],
  ["We’re currently experiencing high demand, which may cause temporary errors.", "transient"],
  ["Selected model is at capacity. Please try a different model.", "transient"],
  ["unexpected status 502 Bad Gateway: bad, url: http://x", "transient"],
  ["API Error: 529 overloaded", "transient"],
  ["stream disconnected before completion: stream closed", "transient"],
  ["connect ECONNREFUSED 127.0.0.1:9", "transient"],
  ["Codex ran out of room in the model's context window. Start a new thread.", "config_error"],
  ["The model x does not exist", "config_error"],
  ['{"error":{"code":400,"message":"nope"}}', "config_error"],
  ["something nobody has seen", "unknown"],
  ["port 54290 of 15290 ms", "unknown"],
];

describe("what agents say of their API", () => {
  it("is told apart: the plan's limit, too many, broken, refused, never possible", () => {
    for (const [words, expected] of SAID)
      assert.equal(isUsedUp(words) ? "quota_exhausted" : classOfWords(words), expected, words);
  });
});
