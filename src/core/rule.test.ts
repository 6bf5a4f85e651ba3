import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { judgeRule, type Standing } from "./rule.ts";
import type { TriggerRule } from "./workflow.ts";

/** formats.md 1.2: s satisfied, f failed, b blocked, k skipped. */
const LETTERS: Readonly<Record<string, Standing>> = {
  s: "satisfied",
  f: "failed",
  b: "blocked",
  k: "skipped",
};

const TABLE: readonly (readonly [TriggerRule, string, "starts" | "upstream_failed" | "upstream_skipped"])[] =
  [
    ["all_success", "", "starts"],
    ["all_success", "ss", "starts"],
    ["all_success", "sf", "upstream_failed"],
    ["all_success", "sb", "upstream_failed"],
    ["all_success", "sk", "upstream_skipped"],
    ["all_success", "kf", "upstream_failed"],
    ["all_done", "", "starts"],
    ["all_done", "fbk", "starts"],
    ["one_success", "fs", "starts"],
    ["one_success", "ff", "upstream_failed"],
    ["one_success", "kk", "upstream_skipped"],
    ["one_success", "kb", "upstream_failed"],
    ["none_failed", "sk", "starts"],
    ["none_failed", "kk", "starts"],
    ["none_failed", "sf", "upstream_failed"],
    ["none_failed", "kb", "upstream_failed"],
    ["none_failed_min_one_success", "sk", "starts"],
    ["none_failed_min_one_success", "kk", "upstream_skipped"],
    ["none_failed_min_one_success", "sb", "upstream_failed"],
    ["none_failed_min_one_success", "sf", "upstream_failed"],
    ["one_failed", "sf", "starts"],
    ["one_failed", "ss", "upstream_skipped"],
    ["one_failed", "sb", "upstream_failed"],
    ["all_failed", "ff", "starts"],
    ["all_failed", "fs", "upstream_failed"],
    ["all_failed", "kk", "upstream_skipped"],
    ["all_failed", "fb", "upstream_failed"],
  ];

describe("trigger rules (formats.md 1.2)", () => {
  for (const [rule, letters, expected] of TABLE) {
    test(`${rule} after "${letters}": ${expected}`, () => {
      const standings = [...letters].map((letter) => LETTERS[letter] as Standing);
      assert.equal(judgeRule(rule, standings) ?? "starts", expected);
    });
  }

  test("what is forgiven or left out counts as satisfied, what was stopped or blocked as blocked", () => {
    const play = new Play(
      flow(
        `forgiven : on_failure: skip
         dropped : condition: false
         left
         bad
         after <- bad
         a <- forgiven left : trigger_rule: all_success
         b <- dropped : trigger_rule: all_success
         c <- after : trigger_rule: one_failed`,
        "settings: { on_failure: continue }",
      ),
      { leftOut: { left: { status: "success", output: { value: 1 } } } },
    );
    play.fail("forgiven").fail("bad").ok("a");
    assert.deepEqual(play.states(), {
      forgiven: "skipped/failure",
      dropped: "skipped/condition",
      left: "skipped/not_selected",
      bad: "failed",
      after: "skipped/upstream_failed",
      a: "success",
      b: "skipped/upstream_skipped",
      c: "skipped/upstream_failed",
    });
  });

  test("a long chain of skips is worked off in a loop", () => {
    const lines = Array.from(
      { length: 2_000 },
      (_, index) => `t${index}${index === 0 ? "" : ` <- t${index - 1}`}`,
    );
    const play = new Play(flow(lines.join("\n")));
    play.fail("t0");
    assert.equal(play.status("t1999"), "skipped/upstream_failed");
    assert.equal(play.run.status, "failed");
  });
});
