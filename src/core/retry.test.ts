import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { failure } from "./outcome.ts";
import { chanceOf, isRetried, type RetryPolicy, retryDelayMs } from "./retry.ts";

const POLICY: RetryPolicy = {
  maxAttempts: 9,
  delaySeconds: 10,
  backoff: "exponential",
  maxDelaySeconds: null,
  jitter: false,
  on: null,
};

describe("retry delays (formats.md 1.3)", () => {
  const delays = (policy: Partial<RetryPolicy>, chance = 1) =>
    [1, 2, 3, 4].map((tries) => retryDelayMs({ ...POLICY, ...policy }, tries, chance) / 1000);

  test("fixed is the delay, whatever max_delay says", () => {
    assert.deepEqual(delays({ backoff: "fixed" }), [10, 10, 10, 10]);
    assert.deepEqual(delays({ backoff: "fixed", maxDelaySeconds: 3 }), [10, 10, 10, 10]);
  });

  test("exponential doubles up to max_delay, and to thirty days without one", () => {
    assert.deepEqual(delays({}), [10, 20, 40, 80]);
    assert.deepEqual(delays({ maxDelaySeconds: 30 }), [10, 20, 30, 30]);
    assert.equal(retryDelayMs(POLICY, 60, 1), 30 * 86_400_000);
  });

  test("jitter spreads over half to whole, from the run's seed", () => {
    assert.deepEqual(delays({ jitter: true }, 0), [5, 10, 20, 40]);
    assert.deepEqual(delays({ jitter: true }, 1), [10, 20, 40, 80]);
    assert.equal(chanceOf(7, "a/-1/1"), chanceOf(7, "a/-1/1"));
    assert.notEqual(chanceOf(7, "a/-1/1"), chanceOf(8, "a/-1/1"));
    const many = Array.from({ length: 1000 }, (_, index) => chanceOf(1, `a/${index}`));
    assert.ok(
      Math.min(...many) >= 0 && Math.max(...many) < 1 && Math.min(...many) < 0.05 && Math.max(...many) > 0.95,
    );
  });
});

describe("what is tried again", () => {
  const retried = (failureClass: string, on: readonly string[] | null = null, exitCode: number | null = 1) =>
    isRetried({ ...POLICY, on }, failure(failureClass, ""), exitCode);

  test("by default all but config_error, rejected and what is escalated; unknown is", () => {
    for (const one of [
      "transient",
      "timeout",
      "rate_limited",
      "unknown",
      "lost",
      "criteria_failed",
      "syntax_error",
      "own_class",
    ])
      assert.ok(retried(one), one);
    for (const one of [
      "config_error",
      "rejected",
      "aws_credentials",
      "program_missing",
      "git_merge_conflict",
    ])
      assert.ok(!retried(one), one);
  });

  test("with `on` exactly the classes and exit codes it names", () => {
    assert.ok(retried("timeout", ["timeout", "exit:75"]));
    assert.ok(retried("unknown", ["timeout", "exit:75"], 75));
    assert.ok(!retried("transient", ["timeout", "exit:75"], 1));
    assert.ok(retried("config_error", ["config_error"]));
  });

  test("max_attempts counts the first try; each wait is a timer that counts downtime", () => {
    const play = new Play(flow("a : retry: { max_attempts: 3, delay: 10, backoff: fixed }"));
    play.fail("a");
    assert.equal(play.status("a"), "waiting/retry");
    assert.deepEqual(play.unit("a").timer, { id: "unit:a", kind: "delay", from: play.at, delayMs: 10_000 });
    play.wait("unit:a").fail("a").wait("unit:a");
    assert.equal(play.unit("a").attempt, 3);
    play.fail("a");
    assert.equal(play.status("a"), "failed");
    assert.equal(play.error("a").class, "transient");
  });

  test("no delay is no timer; on_failure: retry without a block is one more try at once", () => {
    const play = new Play("a : on_failure: retry\nb : retry: { max_attempts: 2, delay: 0 }");
    play.fail("a").fail("b");
    assert.deepEqual(play.requested, ["a", "b"]);
    play.fail("a").fail("b");
    assert.deepEqual(play.states(), { a: "failed", b: "failed" });
  });
});
