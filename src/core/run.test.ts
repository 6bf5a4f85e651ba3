import assert from "node:assert/strict";
import { it } from "node:test";
import { runIdFrom } from "./id.ts";
import { RUN_STATUSES, SKIP_REASONS, TASK_STATUSES, WAIT_REASONS } from "./run.ts";

it("every state and reason is listed once", () => {
  for (const words of [TASK_STATUSES, RUN_STATUSES, WAIT_REASONS, SKIP_REASONS]) {
    assert.equal(new Set(words).size, words.length);
  }
});

it("the same parent and attempt always give the same child, another attempt another", () => {
  const one = runIdFrom(1_750_000_000_000, "0123456789abcdef0123");
  assert.match(one, /^[0-9a-hjkmnp-tv-z]{26}$/);
  assert.equal(one, runIdFrom(1_750_000_000_000, "0123456789abcdef0123"));
  assert.notEqual(one, runIdFrom(1_750_000_000_000, "1123456789abcdef0123"));
});
