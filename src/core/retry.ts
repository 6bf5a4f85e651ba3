import type { Draft, Spot } from "./draft.ts";
import { numberOf, numberOrNull } from "./late.ts";
import type { Failure } from "./outcome.ts";
import { RANGES } from "./range.ts";
import type { Read } from "./scope.ts";
import type { RetrySpec } from "./workflow.ts";

/** A retry block with its numbers read. */
export type RetryPolicy = Omit<RetrySpec, "maxAttempts" | "delaySeconds" | "maxDelaySeconds"> & {
  readonly maxAttempts: number;
  readonly delaySeconds: number;
  readonly maxDelaySeconds: number | null;
};

/** Thirty days: a delay that doubles without a `max_delay` stops growing here. */
const DELAY_SECONDS_MAX = 30 * 86_400;

const ONCE: RetryPolicy = {
  maxAttempts: 1,
  delaySeconds: 0,
  backoff: "fixed",
  maxDelaySeconds: null,
  jitter: false,
  on: null,
};

/** `on_failure: retry` without a block is one more try at once. */
export function retryPolicy(draft: Draft, spot: Spot): Read<RetryPolicy> {
  const { retry, onFailure } = spot.task;
  if (retry === null) return { ok: true, value: onFailure === "retry" ? { ...ONCE, maxAttempts: 2 } : ONCE };
  const { attempts, delay } = RANGES;
  const maxAttempts = numberOf(draft, spot, retry.maxAttempts, {
    what: "retry.max_attempts",
    range: attempts,
  });
  if (!maxAttempts.ok) return maxAttempts;
  const delaySeconds = numberOf(draft, spot, retry.delaySeconds, { what: "retry.delay", range: delay });
  if (!delaySeconds.ok) return delaySeconds;
  const longest = numberOrNull(draft, spot, retry.maxDelaySeconds, { what: "retry.max_delay", range: delay });
  if (!longest.ok) return longest;
  const numbers = {
    maxAttempts: maxAttempts.value,
    delaySeconds: delaySeconds.value,
    maxDelaySeconds: longest.value,
  };
  return { ok: true, value: { ...retry, ...numbers } };
}

/** Whether a failure of this class is tried again (formats.md 1.3, 6). `unknown` is: its cause may be a passing one. */
export function isRetried(policy: RetryPolicy, failure: Failure, exitCode: number | null): boolean {
  if (policy.on !== null) return policy.on.includes(failure.class) || policy.on.includes(`exit:${exitCode}`);
  if (failure.class === "unknown") return true;
  return failure.class !== "config_error" && failure.class !== "rejected" && failure.action !== "escalate";
}

/** Milliseconds before the try after `tries` counted ones; `chance` in 0…1 spreads jitter over half to whole. */
export function retryDelayMs(policy: RetryPolicy, tries: number, chance: number): number {
  const { backoff, delaySeconds, maxDelaySeconds, jitter } = policy;
  const doubled = Math.min(delaySeconds * 2 ** (tries - 1), maxDelaySeconds ?? DELAY_SECONDS_MAX);
  const seconds = backoff === "fixed" ? delaySeconds : doubled;
  return Math.round(seconds * 1000 * (jitter ? 0.5 + chance / 2 : 1));
}

/** A number in 0…1 from the run's seed and where it is used: the same in every replay (mulberry32 over an FNV-1a hash). */
export function chanceOf(seed: number, place: string): number {
  let state = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < place.length; index++)
    state = Math.imul(state ^ place.charCodeAt(index), 0x01000193) >>> 0;
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}
