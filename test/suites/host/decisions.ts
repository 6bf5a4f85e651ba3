/** People and events: questions that wait, answers that count once, events that come early or late. */
import assert from "node:assert/strict";
import type { Decision } from "../../../src/core/effect.ts";
import type { DecisionMade } from "../../../src/core/event.ts";
import { turns } from "../../support/host-rig.ts";
import type { HostTests } from "../host.suite.ts";
import { begin, claim, codeOf, endOf, fine, type HostRig, short, statusOf, workAll } from "./bench.ts";

const ASKS = short({
  tasks: {
    sure: { agent: "approval", parameters: { message: "Sure?", expires: "1h" } },
    go: { dependencies: ["sure"] },
  },
});

const APPROVAL = { id: "sure", agent: "approval", parameters: { message: "Sure?", expires: "1h" } };

export const decisionTests: HostTests = {
  "waits for a person and goes on with the answer": async (rig) => {
    const run = await begin(rig, ASKS);
    assert.equal(await endOf(rig, run, true), null);
    assert.equal(rig.row(run)?.waitingFor, 1);
    const decision = openOf(rig, run);
    assert.equal(decision.message, "Sure?");
    fine(await rig.host.apply(run, "click", answer(decision, "approve")));
    assert.equal(codeOf(await rig.host.apply(run, "other", answer(decision, "reject"))), "E_DECIDED");
    assert.equal(codeOf(await rig.host.apply(run, "click", answer(decision, "approve"))), "ok");
    assert.deepEqual(await workAll(rig), ["go"]);
    assert.equal(await endOf(rig, run), "success");
  },

  "asks again after a crash, with the same question": async (rig) => {
    const run = await begin(rig, ASKS);
    const before = openOf(rig, run);
    const after = await rig.crash();
    fine(after.resume(run));
    assert.deepEqual(openOf(after, run), before);
    assert.equal(await endOf(after, run, true), null);
    fine(await after.host.apply(run, null, answer(before, "reject")));
    assert.equal(await endOf(after, run), "failed");
    return after;
  },

  "a question ends with its time": async (rig) => {
    const run = await begin(rig, ASKS);
    rig.clock.advance(3_600_001);
    await turns();
    assert.equal(await endOf(rig, run), "failed");
    assert.deepEqual(rig.effects(run), []);
  },

  "a question whose time was over while nobody ran is not asked again": async (rig) => {
    const run = await begin(rig, ASKS);
    const inGroup = { agent: "group", parameters: { tasks: [APPROVAL] } };
    const inside = await begin(rig, short({ tasks: { g: inGroup } }));
    const kept = await begin(rig, short({ tasks: { sure: { ...APPROVAL, id: "sure" } } }));
    const after = await rig.crash();
    after.clock.jumpWall(3_600_001);
    for (const one of [run, inside]) {
      fine(after.resume(one));
      const ended = after.host.ended(one, { untilWaiting: true }, new AbortController().signal);
      assert.equal(await ended, "failed");
      assert.deepEqual(after.effects(one), []);
    }
    const again = await after.crash();
    again.clock.jumpWall(-3_600_001);
    fine(again.resume(kept));
    assert.equal(await endOf(again, kept, true), null);
    assert.ok(openOf(again, kept));
    return again;
  },

  "an escalated question stays open without an end": async (rig) => {
    const parameters = { message: "Sure?", expires: "1h", on_expiry: "escalate" };
    const run = await begin(rig, short({ tasks: { sure: { agent: "approval", parameters } } }));
    rig.clock.advance(3_600_001);
    await turns();
    const decision = openOf(rig, run);
    assert.equal(decision.expiresAt, null);
    fine(await rig.host.apply(run, null, answer(decision, "approve")));
    assert.equal(await endOf(rig, run), "success");
  },

  "never ends for waiting while something else goes on": async (rig) => {
    const run = await begin(
      rig,
      short({ tasks: { sure: { agent: "approval", parameters: { message: "?" } }, other: {} } }),
    );
    const controller = new AbortController();
    let told = false;
    const waiting = rig.host.ended(run, { untilWaiting: true }, controller.signal).then(() => (told = true));
    await turns();
    assert.equal(told, false);
    await workAll(rig);
    await waiting;
    assert.equal(statusOf(rig, run, "other"), "success");
  },

  "keeps an event that came before its wait": async (rig) => {
    const run = await begin(rig, waiting({ a: {} }));
    fine(await rig.announce("paid", "7", { sum: 3 }));
    await workAll(rig);
    assert.equal(await endOf(rig, run), "success");
    assert.equal(rig.host.tasks(run).find(({ task }) => task === "w")?.output, '{"sum":3}');
  },

  "gives an event to every waiter with its name and key": async (rig) => {
    const runs = [await begin(rig, waiting({})), await begin(rig, waiting({}))];
    fine(await rig.announce("paid", "8", 1));
    fine(await rig.announce("other", "7", 1));
    for (const run of runs) assert.equal(statusOf(rig, run, "w"), "waiting/event");
    fine(await rig.announce("paid", "7", 1));
    for (const run of runs) assert.equal(await endOf(rig, run), "success");
  },

  "an event wait ends with its timeout": async (rig) => {
    const run = await begin(rig, waiting({}));
    rig.clock.advance(600_001);
    await turns();
    assert.equal(await endOf(rig, run), "failed");
    assert.deepEqual(await claim(rig), []);
  },

  "an answered question sent back fences what it undid": async (rig) => {
    const sure = { agent: "approval", dependencies: ["a"], parameters: { message: "?", send_back_to: "a" } };
    const run = await begin(rig, short({ tasks: { a: {}, sure, b: { dependencies: ["sure"] } } }));
    await workAll(rig);
    fine(await rig.host.apply(run, null, { ...answer(openOf(rig, run), "send_back"), comment: "shorter" }));
    const [lease] = await claim(rig);
    assert.equal(lease?.assignment.feedback, "shorter");
    fine(
      await rig.host.result(lease ?? assert.fail(), {
        status: "success",
        exitCode: 0,
        output: { value: 1 },
        failure: null,
        durationMs: 1,
        usage: null,
      }),
    );
    fine(await rig.host.apply(run, null, answer(openOf(rig, run), "approve")));
    assert.deepEqual(await workAll(rig), ["b"]);
    assert.equal(await endOf(rig, run), "success");
  },
};

function waiting(before: Record<string, object>): string {
  const w = {
    agent: "wait",
    dependencies: Object.keys(before),
    parameters: { event: "paid", key: "7", timeout: "10m" },
  };
  return short({ tasks: { ...(before as Record<string, never>), w } });
}

function openOf(rig: HostRig, run: string): Decision {
  const rows = rig.effects(run).filter(({ kind }) => kind === "decision");
  assert.equal(rows.length, 1, "one question is open");
  return rows[0]?.detail as Decision;
}

function answer(decision: Decision, choice: string): DecisionMade {
  return {
    type: "decision.made",
    decision: decision.id,
    choice,
    comment: null,
    fields: {},
    by: "kim",
    via: "test",
  };
}
