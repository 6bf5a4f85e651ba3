/** Runs that an earlier host left open and nobody has taken up: they start nothing and keep what they hold. */
import assert from "node:assert/strict";
import type { JsonMap } from "../../../src/core/json.ts";
import { turns } from "../../support/host-rig.ts";
import type { HostTests } from "../host.suite.ts";
import {
  begin,
  claim,
  claimOne,
  codeOf,
  endOf,
  fine,
  type HostRig,
  listOf,
  nextRunId,
  short,
  succeed,
  tryBegin,
  workAll,
} from "./bench.ts";

function asking(concurrency: JsonMap): string {
  return short({
    settings: { concurrency: { group: "deploy", ...concurrency } },
    tasks: { sure: { agent: "approval", parameters: { message: "?" } } },
  });
}

function working(concurrency: JsonMap): string {
  return short({ settings: { concurrency: { group: "deploy", ...concurrency } }, tasks: { a: {} } });
}

const WRITES = short({ tasks: { a: { touches: ["content/**"] } } });
const USES = short({ tasks: { a: { concurrency: { group: "db" } } } });
const WRITES_IN_PASS = short({
  tasks: {
    a: {
      agent: "group",
      touches: ["content/**"],
      parameters: { tasks: listOf({ sure: { agent: "approval", parameters: { message: "?" } } }) as never },
    },
  },
});

export const openRunTests: HostTests = {
  "a run keeps its place in its group while nobody runs it (1.8)": async (rig) => {
    const holder = await begin(rig, asking({}));
    const after = await rig.crash();
    const skipped = nextRunId();
    assert.equal(codeOf(await tryBegin(after, skipped, working({ on_conflict: "skip" }))), "E_SKIPPED");
    assert.equal(after.row(skipped), null);
    assert.equal(codeOf(await tryBegin(after, nextRunId(), working({ limit: 2 }))), "E_GROUP_LIMIT");
    const next = await begin(after, working({}));
    assert.equal(after.row(next)?.status, "queued");
    assert.deepEqual(after.heldUpBy(next), [holder]);
    assert.equal(await endOf(after, next, true), null, "only people can move it on");
    assert.deepEqual(await claim(after), []);
    await approve(after, holder);
    assert.equal(await endOf(after, holder), "success");
    assert.deepEqual(await workAll(after), ["a"]);
    assert.equal(await endOf(after, next), "success");
    return after;
  },

  "a run in a line keeps its place there while nobody runs it": async (rig) => {
    const first = await begin(rig, asking({}));
    const second = await begin(rig, working({}));
    const after = await rig.crash();
    const third = await begin(after, working({}));
    assert.deepEqual(after.heldUpBy(third), [first, second]);
    await approve(after, first);
    assert.equal(await endOf(after, first), "success");
    assert.deepEqual(await claim(after), []);
    assert.deepEqual(after.heldUpBy(third), [second]);
    fine(after.resume(second));
    const lease = await claimOne(after, "a");
    assert.equal(lease.assignment.run, second);
    await succeed(after, [lease]);
    await workAll(after);
    assert.equal(await endOf(after, third), "success");
    return after;
  },

  "a run that may queue behind one that waits for a person waits for the same person": async (rig) => {
    const holder = await begin(rig, asking({}));
    const next = await begin(rig, working({}));
    assert.deepEqual(rig.heldUpBy(next), []);
    assert.equal(await endOf(rig, next, true), null);
    await approve(rig, holder);
    await workAll(rig);
    assert.equal(await endOf(rig, next, true), "success");
  },

  "as many places as the group has are kept, however often the host dies": async (rig) => {
    let current = rig;
    for (let place = 1; place <= 3; place++) {
      const run = await begin(current, asking({ limit: 3 }));
      assert.equal(current.row(run)?.status, "running");
      current = await current.crash();
    }
    const late = asking({ limit: 3, on_conflict: "skip" });
    assert.equal(codeOf(await tryBegin(current, nextRunId(), late)), "E_SKIPPED");
    return current;
  },

  "cancel_running cancels an older run that nobody has taken up, and waits for its end": async (rig) => {
    const asks = await begin(rig, asking({}));
    const after = await rig.crash();
    const newer = await begin(after, working({ on_conflict: "cancel_running" }));
    assert.equal(await endOf(after, asks), "cancelled");
    const lease = await claimOne(after, "a");
    assert.equal(lease.assignment.run, newer);
    const again = await after.crash();
    const newest = await begin(again, working({ on_conflict: "cancel_running" }));
    const [stopped, ...others] = await claim(again);
    assert.deepEqual(others, []);
    assert.equal(stopped?.assignment.run, newer);
    assert.equal(stopped?.reattach, true);
    assert.equal(stopped?.signal.reason, "cancelled");
    fine(await again.host.result(stopped ?? assert.fail(), { lost: "gone" }));
    assert.equal(await endOf(again, newer), "cancelled");
    await workAll(again);
    assert.equal(await endOf(again, newest), "success");
    return again;
  },

  "a rehearsal is in the way of rehearsals alone": async (rig) => {
    await begin(rig, asking({}), { rehearse: true });
    const after = await rig.crash();
    const run = await begin(after, working({ on_conflict: "skip" }));
    assert.equal(after.row(run)?.status, "running");
    return after;
  },

  "an attempt that may still run holds its paths and groups, until it is known to have ended": async (
    rig,
  ) => {
    for (const text of [WRITES, USES]) {
      const left = await begin(rig, text);
      const lease = await claimOne(rig, "a");
      const after = await rig.crash();
      const run = await begin(after, text);
      assert.deepEqual(await claim(after), []);
      assert.deepEqual(after.heldUpBy(run), [left]);
      after.clock.advance(5_000);
      assert.deepEqual(await claim(after), []);
      after.lose(lease);
      after.clock.advance(1_000);
      const next = await claimOne(after, "a");
      assert.equal(next.assignment.run, run);
      assert.deepEqual(after.heldUpBy(run), []);
      await succeed(after, [next]);
      rig = await settle(after, left);
    }
    return rig;
  },

  "an attempt that is gone when the host comes holds nothing": async (rig) => {
    const left = await begin(rig, WRITES);
    rig.lose(await claimOne(rig, "a"));
    const after = await rig.crash();
    await begin(after, WRITES);
    await succeed(after, [await claimOne(after, "a")]);
    return settle(after, left);
  },

  "a run that is taken up holds once what it held before": async (rig) => {
    const left = await begin(rig, USES);
    await claimOne(rig, "a");
    const after = await rig.crash();
    const run = await begin(after, USES);
    await settle(after, left);
    const next = await claimOne(after, "a");
    assert.equal(next.assignment.run, run);
    await succeed(after, [next]);
    assert.equal(await endOf(after, run), "success");
    return after;
  },

  "a pass that nobody runs holds its paths": async (rig) => {
    const left = await begin(rig, WRITES_IN_PASS);
    const after = await rig.crash();
    const run = await begin(after, WRITES);
    assert.deepEqual(await claim(after), []);
    assert.equal(await endOf(after, run, true), null, "only people can move it on");
    await approve(after, left);
    assert.equal(await endOf(after, left), "success");
    await succeed(after, [await claimOne(after, "a")]);
    assert.equal(await endOf(after, run), "success");
    return after;
  },

  "a group in use by a run that nobody runs has one limit": async (rig) => {
    await begin(rig, USES);
    const after = await rig.crash();
    const other = short({ tasks: { a: { concurrency: { group: "db", limit: 2 } } } });
    assert.equal(codeOf(await tryBegin(after, nextRunId(), other)), "E_GROUP_LIMIT");
    return after;
  },
};

async function approve(rig: HostRig, run: string): Promise<void> {
  fine(rig.resume(run));
  await turns();
  const open = rig.effects().find(({ kind }) => kind === "decision") ?? assert.fail("something is asked");
  const made = { type: "decision.made", decision: open.id, choice: "approve", comment: null } as const;
  fine(await rig.host.apply(open.run, null, { ...made, fields: {}, by: "kim", via: "test" }));
}

/** Takes up a run of one attempt, which has ended well meanwhile. */
async function settle(rig: HostRig, run: string): Promise<HostRig> {
  fine(rig.resume(run));
  const lease = await claimOne(rig, "a");
  assert.equal(lease.reattach, true);
  await succeed(rig, [lease]);
  assert.equal(await endOf(rig, run), "success");
  return rig;
}
