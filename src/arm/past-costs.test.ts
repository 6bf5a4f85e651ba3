import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SURROUNDINGS } from "../../test/support/decider.ts";
import { plainRole } from "../../test/support/plain-role.ts";
import type { Entry } from "../core/event.ts";
import { good } from "../core/problem.ts";
import { readWorkflow } from "../spec/workflow-file.ts";
import { pastCosts } from "./past-costs.ts";

const TEXT =
  "name: w\ntasks:\n  - { id: t, agent: checker, parameters: { task: look }, foreach: { items: [1, 2, 3, 4] } }\n";

type Usage = { readonly costUsd: number | null; readonly tokens: number | null } | null;

function taken(attempts: readonly (readonly [item: number, usage: Usage])[], sequence = 10) {
  const read = readWorkflow("w.yaml", TEXT, { ...SURROUNDINGS, role: () => good(plainRole("Look.")) });
  assert.ok(read.ok);
  const entries = attempts.map(([item, usage]) => ({
    event: { type: "attempt.ended", task: "t", item, outcome: { usage } },
  })) as unknown as readonly Entry[];
  const store = {
    runs: () => [{ run: "r", sequence, rehearse: false }],
    entries: () => entries,
  } as unknown as Parameters<typeof pastCosts>[0];
  return pastCosts(store, read.value.workflow, 1);
}

const dollars = (costUsd: number | null, tokens = 100): Usage => ({ costUsd, tokens });

describe("what an item took in past runs", () => {
  it("is the median of those that tell it, with how many do not", () => {
    assert.deepEqual(taken([[0, dollars(1)]]), { itemCosts: { t: { unit: "usd", likely: 1, high: 1 } } });
    const some = taken([
      [0, dollars(1)],
      [1, dollars(null)],
      [2, dollars(null)],
      [3, null],
    ]);
    const cost = { unit: "usd", likely: 1, high: 1, told: 1, items: 4 };
    assert.deepEqual(some, { itemCosts: { t: cost } });
  });

  it("is not known of an item of which one attempt does not tell it", () => {
    const unknown = taken([
      [0, dollars(1)],
      [0, null],
    ]);
    assert.deepEqual(unknown, { itemCosts: {} });
    const tokens = taken([
      [0, dollars(1)],
      [0, dollars(null)],
    ]);
    assert.deepEqual(tokens, { itemCosts: { t: { unit: "tokens", likely: 200, high: 200 } } });
  });

  it("is not read of a run that is too long, which is said", () => {
    assert.deepEqual(taken([[0, dollars(1)]], 5_001), { itemCosts: {}, isPastTooLong: true });
  });
});
