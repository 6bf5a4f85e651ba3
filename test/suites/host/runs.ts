/** Runs as a whole: started once, listed, followed, paused, cancelled, ended. */
import assert from "node:assert/strict";
import type { Entry } from "../../../src/core/event.ts";
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
  names,
  nextRunId,
  STOPPED,
  short,
  statusOf,
  succeed,
  succeeded,
  tryBegin,
  workAll,
} from "./bench.ts";

const CHAIN = short({ tasks: { a: {}, b: { dependencies: ["a"] } } });

export const runTests: HostTests = {
  "takes a run to its end": async (rig) => {
    const run = await begin(rig, CHAIN);
    assert.deepEqual(await workAll(rig, "done"), ["a", "b"]);
    assert.equal(await endOf(rig, run), "success");
    assert.equal(rig.host.tasks(run).length, 2);
  },

  "starts a run once": async (rig) => {
    const run = await begin(rig, CHAIN);
    assert.equal(codeOf(await tryBegin(rig, run, CHAIN)), "E_CONFLICT");
    await workAll(rig);
    assert.equal(codeOf(await tryBegin(rig, run, CHAIN)), "E_CONFLICT");
    const after = await rig.crash();
    assert.equal(codeOf(await tryBegin(after, run, CHAIN)), "E_CONFLICT");
    return after;
  },

  "gives a repeated key the recorded answer": async (rig) => {
    const run = await begin(rig, CHAIN);
    const pause = { type: "run.paused", by: "kim" } as const;
    const [first, again] = await Promise.all([
      rig.host.apply(run, "k1", pause),
      rig.host.apply(run, "k1", pause),
    ]);
    assert.deepEqual([codeOf(first), codeOf(again)], ["ok", "ok"]);
    assert.equal(codeOf(await rig.host.apply(run, "k1", pause)), "ok");
    assert.equal(codeOf(await rig.host.apply(run, "k2", pause)), "E_CONFLICT");
    assert.equal(rig.entries(run).filter(({ event }) => event.type === "run.paused").length, 1);
    const after = await rig.crash();
    fine(after.resume(run));
    assert.equal(codeOf(await after.host.apply(run, "k1", pause)), "ok");
    assert.equal(after.entries(run).filter(({ event }) => event.type === "run.paused").length, 1);
    return after;
  },

  "says why an event is of no use": async (rig) => {
    const run = await begin(rig, CHAIN);
    const cancel = { type: "run.cancelled", by: "kim", reason: "" } as const;
    assert.equal(codeOf(await rig.host.apply(nextRunId(), null, cancel)), "E_NOT_FOUND");
    assert.equal(codeOf(await rig.host.apply(run, null, { type: "run.resumed", by: "kim" })), "E_CONFLICT");
    await workAll(rig);
    assert.equal(codeOf(await rig.host.apply(run, null, cancel)), "E_CLOSED");
  },

  "holds back what a paused run asks for": async (rig) => {
    const run = await begin(rig, short({ tasks: { a: {}, b: { dependencies: ["a"] } } }));
    const lease = await claimOne(rig, "a");
    fine(await rig.host.apply(run, null, { type: "run.paused", by: "kim" }));
    fine(await rig.host.result(lease, succeeded()));
    assert.deepEqual(await claim(rig), []);
    assert.equal(rig.row(run)?.status, "paused");
    fine(await rig.host.apply(run, null, { type: "run.resumed", by: "kim" }));
    assert.deepEqual(await workAll(rig), ["b"]);
    assert.equal(await endOf(rig, run), "success");
  },

  "cancels once: what runs is stopped, hooks follow": async (rig) => {
    const run = await begin(
      rig,
      short({ tasks: { a: {}, b: { dependencies: ["a"] } }, hooks: { on_complete: listed("last") } }),
    );
    const lease = await claimOne(rig, "a");
    fine(await rig.host.apply(run, null, { type: "run.cancelled", by: "kim", reason: "" }));
    assert.equal(lease.signal.aborted, true);
    assert.equal(lease.signal.reason, "cancelled");
    fine(await rig.host.result(lease, STOPPED));
    assert.deepEqual(await workAll(rig), ["last"]);
    assert.equal(await endOf(rig, run), "cancelled");
    assert.equal(statusOf(rig, run, "b"), "cancelled");
  },

  "cancels twice: no hook runs any more": async (rig) => {
    const run = await begin(rig, short({ tasks: { a: {} }, hooks: { on_complete: listed("last") } }));
    const lease = await claimOne(rig, "a");
    for (const reason of ["once", "twice"])
      fine(await rig.host.apply(run, null, { type: "run.cancelled", by: "kim", reason }));
    fine(await rig.host.result(lease, STOPPED));
    assert.deepEqual(await claim(rig), []);
    assert.equal(await endOf(rig, run), "cancelled");
  },

  "tells every entry of a run in order, and ends with it": async (rig) => {
    const run = await begin(rig, CHAIN);
    const told: Entry[] = [];
    const following = follow(rig, run, 0, told);
    await workAll(rig);
    await following;
    assert.deepEqual(
      told.map(({ sequence }) => sequence),
      rig.entries(run).map(({ sequence }) => sequence),
    );
    const rest: Entry[] = [];
    await follow(rig, run, 2, rest);
    assert.deepEqual(rest, rig.entries(run).slice(2));
  },

  "stops telling when nobody listens any more, and when it closes": async (rig) => {
    const run = await begin(rig, CHAIN);
    const controller = new AbortController();
    const first = follow(rig, run, 0, [], controller.signal);
    const second = follow(rig, run, 0, []);
    const ended = rig.host.ended(run, { untilWaiting: false }, new AbortController().signal);
    await turns();
    controller.abort();
    await first;
    const after = await rig.crash();
    await rig.close();
    await second;
    assert.equal(await ended, null);
    return after;
  },

  "lists runs by status, workflow, label and parent": async (rig) => {
    const one = await begin(rig, CHAIN, { label: "x" });
    await workAll(rig);
    const two = await begin(rig, short({ tasks: { a: {} } }));
    const of = (query: Parameters<HostRig["host"]["list"]>[0]) => rig.host.list(query).map(({ run }) => run);
    assert.deepEqual(of({}).toSorted(), [one, two].toSorted());
    assert.deepEqual(of({ status: ["success"] }), [one]);
    assert.deepEqual(of({ status: ["running"] }), [two]);
    assert.deepEqual(of({ label: "x" }), [one]);
    assert.deepEqual(of({ workflow: "other" }), []);
    assert.equal(of({ limit: 1 }).length, 1);
    assert.deepEqual(rig.row(one)?.done, 2);
  },

  "resolves at once for a run that has ended, and never starts one that was not resumed": async (rig) => {
    const run = await begin(rig, CHAIN);
    const other = await begin(rig, CHAIN);
    await succeed(rig, await claim(rig));
    const after = await rig.crash();
    assert.deepEqual(await claim(after), []);
    assert.equal(await endOf(after, run), null);
    assert.equal(codeOf(await after.host.apply(run, null, { type: "run.paused", by: "kim" })), "E_CONFLICT");
    fine(after.resume(run));
    assert.deepEqual(await workAll(after), ["b"]);
    assert.equal(await endOf(after, run), "success");
    fine(after.resume(other));
    assert.deepEqual(names(await claim(after)), ["b"]);
    return after;
  },

  "opens a run again that has ended": async (rig) => {
    const run = await begin(rig, short({ tasks: { a: {}, b: { dependencies: ["a"] } } }));
    await succeed(rig, [await claimOne(rig, "a")]);
    const lease = await claimOne(rig, "b");
    fine(
      await rig.host.result(lease, {
        ...STOPPED,
        status: "failed",
        failure: { class: "config_error", message: "no", action: "escalate" },
      }),
    );
    assert.equal(await endOf(rig, run), "failed");
    const again = { type: "run.reopened", by: "kim", tasks: ["b"] } as const;
    fine(await rig.host.apply(run, "again", again));
    assert.equal(rig.row(run)?.endedAt, null);
    assert.deepEqual(await workAll(rig), ["b"]);
    assert.equal(await endOf(rig, run), "success");
    assert.equal(codeOf(await rig.host.apply(run, null, { ...again, tasks: ["nothing"] })), "E_UNKNOWN_TASK");
    const after = await rig.crash();
    fine(await after.host.apply(run, "third", again));
    assert.deepEqual(await workAll(after), ["b"]);
    assert.equal(await endOf(after, run), "success");
    return after;
  },
};

function listed(id: string) {
  return [{ id, agent: "shell", parameters: { run: "true" } }];
}

async function follow(
  rig: HostRig,
  run: string,
  after: number,
  told: Entry[],
  signal = new AbortController().signal,
) {
  for await (const entry of rig.host.tail(run, after, signal)) told.push(entry);
}
