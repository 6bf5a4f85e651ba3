/** Words that are for ever: journals, files and scripts of every version read them. A change here is a break. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CODES } from "../src/core/codes.ts";
import { ERROR_ACTIONS } from "../src/core/error-rule.ts";
import { escalationText, GIVE_UP } from "../src/core/escalation.ts";
import { INTERRUPTED, journalled } from "../src/core/event.ts";
import { EVENT_TYPES } from "../src/core/event-types.ts";
import { repairedText } from "../src/core/mending.ts";
import { FAILURE_CLASSES, failure } from "../src/core/outcome.ts";
import { EXIT } from "../src/core/problem.ts";
import { RUN_STATUSES, SKIP_REASONS, TASK_STATUSES, WAIT_REASONS } from "../src/core/run.ts";

const words = (text: string) => text.trim().split(/\s+/);

describe("words that are for ever", () => {
  test("states of tasks and runs", () => {
    assert.deepEqual(TASK_STATUSES, words("pending queued running waiting success failed skipped cancelled"));
    assert.deepEqual(RUN_STATUSES, words("queued running paused success failed cancelled"));
  });

  test("reasons to wait and to be skipped", () => {
    assert.deepEqual(
      WAIT_REASONS,
      words("approval retry quota event time blocked review budget concurrency"),
    );
    const skips = words("condition failure upstream_skipped upstream_failed stopped finished not_selected");
    assert.deepEqual(SKIP_REASONS, skips);
  });

  test("events", () => {
    const events = `run.started run.paused run.resumed run.cancelled run.reopened attempt.started attempt.ended
      attempt.lost task.expanded timer.fired decision.made event.received child.ended group.granted cache.hit
      child.waits child.moves task.measured`;
    assert.deepEqual(EVENT_TYPES, words(events));
    assert.equal(INTERRUPTED, "interrupted");
  });

  test("failure classes and what they lead to", () => {
    const classes = `template_not_found missing_frontmatter broken_internal_link syntax_error aws_credentials
      cloudfront_config unknown git_merge_conflict transient rate_limited quota_exhausted timeout lost output_missing
      criteria_failed items_failed child_failed rejected config_error program_missing budget finished
      nothing_changed claims_without_evidence`;
    assert.deepEqual([...FAILURE_CLASSES].sort(), words(classes).sort());
    const actions = {
      auto_fix: "template_not_found missing_frontmatter broken_internal_link syntax_error",
      escalate: `aws_credentials cloudfront_config git_merge_conflict unknown config_error rejected program_missing
        budget finished`,
      wait: "quota_exhausted",
      retry: `transient rate_limited timeout lost output_missing criteria_failed items_failed child_failed
        nothing_changed claims_without_evidence`,
    };
    for (const [action, named] of Object.entries(actions)) {
      for (const one of words(named)) assert.equal(failure(one, "").action, action, one);
    }
    assert.equal(failure("one_of_a_project", "").action, "retry");
  });

  test("exit codes", () => {
    assert.deepEqual(EXIT, {
      done: 0,
      runFailed: 1,
      usage: 2,
      invalid: 3,
      refused: 4,
      busy: 5,
      environment: 6,
      integrity: 7,
      waiting: 8,
      cancelled: 9,
      notFound: 10,
      timedOut: 11,
    });
  });

  test("T1-32 what a person is told of a repair", () => {
    const failed = failure("template_not_found", "exit 255: no shortcode");
    const told = "failed due to no shortcode, I fixed it and retrying";
    assert.equal(repairedText({ id: "build", agent: "hugo-build" }, failed), `Build ${told}`);
    assert.equal(repairedText({ id: "lint", agent: "shell" }, failed), `lint ${told}`);
    assert.deepEqual(ERROR_ACTIONS, words("auto_fix retry escalate"));
  });

  test("T1-33 T1-34 T1-35 T1-36 what a person is told of what only they can mend", () => {
    const told = (failureClass: string) =>
      escalationText({ id: "build", agent: "hugo-build", repair: null }, failure(failureClass, "x"), {
        attempt: 1,
        repairs: 0,
        fallbackUsed: false,
        key: null,
      });
    assert.equal(told("aws_credentials"), "Please check AWS credentials on laptop");
    assert.equal(told("cloudfront_config"), "Manual intervention needed: x");
    assert.equal(told("git_merge_conflict"), "Merge conflict detected, please resolve: x");
    assert.equal(told("unknown"), "Build failed with unexpected error: x. How would you like to proceed?");
    assert.equal(GIVE_UP, "give_up");
  });

  test("codes the decider refuses with", () => {
    const codes = `E_CONFLICT E_NOT_FOUND E_CLOSED E_STALE E_FENCED E_DECIDED E_STALE_PLAN E_FIELD E_CHOICE E_PHRASE
      E_ROUNDS E_ONCE E_BUSY E_UNKNOWN_TASK E_NOTHING_TO_DO`;
    for (const code of words(codes)) assert.ok(Object.hasOwn(CODES, code), code);
  });

  test("a typed phrase is never journalled, only that it matched", () => {
    const made = {
      type: "decision.made",
      decision: "a#0",
      choice: "approve",
      comment: null,
      fields: {},
    } as const;
    const kept = journalled({ ...made, by: "kim", via: "cli", phrase: "DEPLOY TO PRODUCTION" });
    assert.deepEqual(kept, { ...made, by: "kim", via: "cli", confirmed: true });
    assert.deepEqual(journalled({ ...made, by: "kim", via: "cli", confirmed: true }), {
      ...made,
      by: "kim",
      via: "cli",
    });
    const event = { type: "run.paused", by: "kim" } as const;
    assert.equal(journalled(event), event);
  });
});
