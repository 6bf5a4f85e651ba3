/** Plans that are data (formats.md 1.5): no more for them than is left of what their parents have. */
import assert from "node:assert/strict";
import type { RunStarted } from "../../../src/core/event.ts";
import type { Json, JsonMap } from "../../../src/core/json.ts";
import type { HostTests } from "../host.suite.ts";
import { begin, claimOne, endOf, fine, type HostRig, listOf, short, succeed, succeeded } from "./bench.ts";

const WORK = { agent: "coder", parameters: { task: "x" } };

function plan(more: JsonMap = {}, tasks: Readonly<Record<string, JsonMap>> = { p: WORK }): JsonMap {
  return { tasks: listOf(tasks), ...more } as JsonMap;
}

/** First `think` gives the plan, then `sub` runs it. */
function planned(settings: JsonMap, parameters: JsonMap = {}, more: JsonMap = {}): string {
  const inline = { inline: "${think.output}", ...parameters };
  const sub = { agent: "workflow", dependencies: ["think"], parameters: inline, ...more };
  return short({ settings, tasks: { think: {}, sub } });
}

/** Lets `think` take its time, and hands in its plan. */
async function thought(rig: HostRig, definition: JsonMap, ms = 0, usage: Json = null): Promise<void> {
  const lease = await claimOne(rig, "think");
  rig.clock.advance(ms);
  fine(await rig.host.result(lease, { ...succeeded(definition), usage: usage as never }));
}

function failureOf(rig: HostRig, run: string): string {
  const { failureClass, failureMessage } = rig.row(run) ?? {};
  return `${failureClass}: ${failureMessage}`;
}

function startOfChild(rig: HostRig, run: string): RunStarted {
  const [child] = rig.host.list({ parent: run });
  const event = rig.entries(child?.run ?? "")[0]?.event;
  return event?.type === "run.started" ? event : assert.fail("the plan has begun");
}

export const planTests: HostTests = {
  "a plan may take as long as its parent has left, and no longer": async (rig) => {
    const settings = { timeout: 100 };
    const over = await begin(rig, planned(settings));
    await thought(rig, plan({ settings: { timeout: 61 } }), 40_000);
    assert.equal(await endOf(rig, over), "failed");
    assert.match(failureOf(rig, over), /^config_error: E_RANGE timeout 61 is more than the 60 that are left/);
    const fits = await begin(rig, planned(settings));
    await thought(rig, plan({ settings: { timeout: 60 } }), 40_000);
    await succeed(rig, [await claimOne(rig, "p")]);
    assert.equal(await endOf(rig, fits), "success");
  },

  "nor longer than the pass it is": async (rig) => {
    const run = await begin(rig, planned({ timeout: 100 }, {}, { timeout: 20 }));
    await thought(rig, plan({ settings: { timeout: "21s" } }));
    assert.equal(await endOf(rig, run), "failed");
    assert.match(failureOf(rig, run), /timeout 21 is more than the 20 that are left/);
  },

  "nor longer than what is around its group": async (rig) => {
    const inside = {
      think: {},
      sub: { agent: "workflow", dependencies: ["think"], parameters: { inline: "${think.output}" } },
    };
    const group = { agent: "group", dependencies: ["first"], parameters: { tasks: listOf(inside) } };
    const run = await begin(
      rig,
      short({ settings: { timeout: 100 }, tasks: { first: {}, group: group as JsonMap } }),
    );
    const first = await claimOne(rig, "first");
    rig.clock.advance(70_000);
    await succeed(rig, [first]);
    await thought(rig, plan({ settings: { timeout: 21 } }), 10_000);
    assert.equal(await endOf(rig, run), "failed");
    assert.match(failureOf(rig, run), /timeout 21 is more than the 20 that are left/);
  },

  "a plan gets no more money, tokens and slots than are left": async (rig) => {
    const settings = { budget: { usd: 5, tokens: 1000 }, max_parallel: 2 };
    for (const [asked, told] of [
      [{ budget: { usd: 3.5 } }, "usd 3.5 is more than the 3 that"],
      [{ budget: { tokens: 901 } }, "tokens 901 is more than the 900 that"],
      [{ max_parallel: 3 }, "max_parallel 3 is more than the 2 that"],
    ] as const) {
      const run = await begin(rig, planned(settings));
      await thought(rig, plan({ settings: asked }), 0, { costUsd: 2, tokens: 100 });
      assert.equal(await endOf(rig, run), "failed");
      assert.ok(failureOf(rig, run).includes(told), failureOf(rig, run));
    }
    const fits = await begin(rig, planned(settings));
    const all = { budget: { usd: 3, tokens: 900 }, max_parallel: 2 };
    await thought(rig, plan({ settings: all }), 0, { costUsd: 2, tokens: 100 });
    const lease = await claimOne(rig, "p");
    assert.deepEqual(lease.assignment.budget, { usd: 3, tokens: 900 });
    await succeed(rig, [lease]);
    assert.equal(await endOf(rig, fits), "success");
  },

  "a plan gets the tasks and instances that are left, after a crash too": async (rig) => {
    const run = await begin(
      rig,
      planned({}, { max_tasks: 5, allow: ["coder", "shell"] }, { foreach: { items: [1, 2, 3] } }),
      { limits: { instances: 10, items: 9 } },
    );
    const many = (count: number) => ({
      ...WORK,
      foreach: { items: Array.from({ length: count }, (_, index) => index) },
    });
    await thought(rig, plan({}, { p: many(8), q: WORK }));
    const { limits, plan: bounds } = startOfChild(rig, run);
    assert.deepEqual(limits, { instances: 7, items: 9 });
    assert.deepEqual(bounds, { allow: ["coder", "shell"], maxTasks: 3 });
    const after = await rig.crash();
    fine(after.resume(run));
    assert.equal(await endOf(after, run), "failed");
    assert.match(failureOf(after, run), /items failed/);
    const [child] = after.host.list({ parent: run });
    assert.match(
      child?.failureMessage ?? "",
      /to 8 instances; a run may have 7 instances \(limits\.instances\)/,
    );
    return after;
  },
};
