/** Attempts: handed out within every limit, their results taken once, tried again in time. */
import assert from "node:assert/strict";
import type { Lease } from "../../../src/host/host.ts";
import { turns } from "../../support/host-rig.ts";
import type { HostTests } from "../host.suite.ts";
import {
  begin,
  claim,
  claimOne,
  codeOf,
  endOf,
  failed,
  fine,
  names,
  short,
  statusOf,
  succeed,
  succeeded,
  workAll,
} from "./bench.ts";

const WIDE = Object.fromEntries(["a", "b", "c", "d", "e"].map((id) => [id, {}]));

export const attemptTests: HostTests = {
  "gives an arm no more than its free slots": async (rig) => {
    await begin(rig, short({ settings: { max_parallel: 10 }, tasks: WIDE }));
    assert.deepEqual(names(await claim(rig, { slots: 2 })), ["a", "b"]);
    assert.deepEqual(names(await claim(rig, { slots: 9 })), ["c", "d", "e"]);
    assert.deepEqual(await claim(rig), []);
  },

  "wakes a waiting arm when something is asked for": async (rig) => {
    const claimed = rig.host.claim(
      { name: "arm", freeSlots: 4, pool: "default", labels: [] },
      new AbortController().signal,
    );
    await begin(rig, short({ tasks: { a: {} } }));
    assert.deepEqual(names(await claimed), ["a"]);
  },

  "gives an arm that asked in vain nothing later": async (rig) => {
    const controller = new AbortController();
    const claimed = rig.host.claim(
      { name: "arm", freeSlots: 4, pool: "default", labels: [] },
      controller.signal,
    );
    controller.abort();
    assert.deepEqual(await claimed, []);
    await begin(rig, short({ tasks: { a: {} } }));
    await claimOne(rig, "a");
    assert.deepEqual(
      await rig.host.claim({ name: "arm", freeSlots: 1, pool: "default", labels: [] }, AbortSignal.abort()),
      [],
    );
  },

  "keeps max_parallel of a run": async (rig) => {
    await begin(rig, short({ settings: { max_parallel: 2 }, tasks: WIDE }));
    const leases = await claim(rig);
    assert.deepEqual(names(leases), ["a", "b"]);
    fine(await rig.host.result(leases[1] as Lease, succeeded()));
    assert.deepEqual(names(await claim(rig)), ["c"]);
  },

  "keeps a concurrency group over runs": async (rig) => {
    const text = short({ tasks: { a: { concurrency: { group: "db", limit: 1 } } } });
    const first = await begin(rig, text);
    const second = await begin(rig, text);
    const leases = await claim(rig);
    assert.deepEqual(
      leases.map(({ assignment }) => assignment.run),
      [first],
    );
    assert.equal(statusOf(rig, second, "a"), "waiting/concurrency");
    await succeed(rig, leases);
    const next = await claim(rig);
    assert.deepEqual(
      next.map(({ assignment }) => assignment.run),
      [second],
    );
  },

  "never runs overlapping paths at once": async (rig) => {
    const touching = (...globs: string[]) => ({ touches: globs });
    await begin(
      rig,
      short({
        settings: { max_parallel: 9 },
        tasks: { a: touching("content/**"), b: touching("content/x.md"), c: touching("src/**") },
      }),
    );
    const leases = await claim(rig);
    assert.deepEqual(names(leases), ["a", "c"]);
    await succeed(rig, leases);
    assert.deepEqual(names(await claim(rig)), ["b"]);
  },

  "gives an arm only what its pool and labels allow": async (rig) => {
    await begin(rig, short({ tasks: { a: { pool: "big" }, b: { labels: ["aws", "gpu"] } } }));
    assert.deepEqual(await claim(rig), []);
    assert.deepEqual(await claim(rig, { labels: ["aws"] }), []);
    assert.deepEqual(names(await claim(rig, { labels: ["gpu", "aws", "more"] })), ["b"]);
    assert.deepEqual(names(await claim(rig, { pool: "big" })), ["a"]);
  },

  "goes by priority, then age of the run, then order in the file": async (rig) => {
    const old = await begin(rig, short({ tasks: { z: {}, a: {} } }));
    await begin(rig, short({ tasks: { first: { priority: 5 }, last: {} } }));
    const leases = await claim(rig);
    assert.deepEqual(names(leases), ["first", "z", "a", "last"]);
    assert.equal(leases[1]?.assignment.run, old);
  },

  "takes a result once": async (rig) => {
    const run = await begin(rig, short({ tasks: { a: {}, b: { dependencies: ["a"] } } }));
    const lease = await claimOne(rig, "a");
    const [first, second] = await Promise.all([
      rig.host.result(lease, succeeded("one")),
      rig.host.result(lease, succeeded("two")),
    ]);
    assert.deepEqual([codeOf(first), codeOf(second)], ["ok", "E_FENCED"]);
    await workAll(rig);
    assert.equal(codeOf(await rig.host.result(lease, failed())), "E_FENCED");
    assert.equal(rig.host.tasks(run)[0]?.output, '"one"');
  },

  "refuses a lease that another engine gave": async (rig) => {
    const run = await begin(rig, short({ tasks: { a: {} } }));
    const lease = await claimOne(rig, "a");
    const after = await rig.crash();
    fine(after.resume(run));
    const again = await claimOne(after, "a");
    assert.equal(again.reattach, true);
    assert.equal(codeOf(await after.host.result(lease, succeeded("late"))), "E_FENCED");
    fine(await after.host.result(again, succeeded("right")));
    assert.equal(after.host.tasks(run)[0]?.output, '"right"');
    return after;
  },

  "tries again after its delay, not before": async (rig) => {
    const retry = { max_attempts: 3, delay: 10, backoff: "fixed" };
    const run = await begin(rig, short({ tasks: { a: { retry } } }));
    fine(await rig.host.result(await claimOne(rig, "a"), failed()));
    assert.equal(statusOf(rig, run, "a"), "waiting/retry");
    rig.clock.advance(9_999);
    assert.deepEqual(await claim(rig), []);
    rig.clock.advance(1);
    await turns();
    const lease = await claimOne(rig, "a");
    assert.equal(lease.assignment.attempt, 2);
    await succeed(rig, [lease]);
    assert.equal(await endOf(rig, run), "success");
  },

  "a retry delay counts the downtime": async (rig) => {
    const run = await begin(
      rig,
      short({ tasks: { a: { retry: { max_attempts: 2, delay: 60, backoff: "fixed" } } } }),
    );
    fine(await rig.host.result(await claimOne(rig, "a"), failed()));
    const after = await rig.crash();
    after.clock.advance(59_000);
    fine(after.resume(run));
    assert.deepEqual(await claim(after), []);
    after.clock.advance(1_000);
    await turns();
    assert.deepEqual(await workAll(after), ["a"]);
    return after;
  },

  "ends a run that takes longer than its timeout": async (rig) => {
    const run = await begin(
      rig,
      short({ settings: { timeout: 30 }, tasks: { a: {}, b: { dependencies: ["a"] } } }),
    );
    const lease = await claimOne(rig, "a");
    rig.clock.advance(30_001);
    await turns();
    assert.equal(lease.signal.reason, "timeout");
    fine(await rig.host.result(lease, { ...failed("timeout"), status: "cancelled" }));
    assert.equal(await endOf(rig, run), "failed");
    assert.equal(rig.row(run)?.failureClass, "timeout");
  },

  "waits for a time and for a length of time": async (rig) => {
    const until = new Date(rig.clock.wall() + 3_600_000).toISOString();
    const run = await begin(
      rig,
      short({
        tasks: {
          a: { agent: "wait", parameters: { for: "10s" } },
          b: { agent: "wait", parameters: { until } },
        },
      }),
    );
    rig.clock.advance(10_000);
    await turns();
    assert.deepEqual([statusOf(rig, run, "a"), statusOf(rig, run, "b")], ["success", "waiting/time"]);
    rig.clock.jumpWall(3_600_000);
    rig.clock.advance(60_000);
    await turns();
    assert.equal(await endOf(rig, run), "success");
  },

  "a lost attempt is made again and counts for nothing": async (rig) => {
    const run = await begin(rig, short({ tasks: { a: {} } }));
    fine(await rig.host.result(await claimOne(rig, "a"), { lost: "its process is gone" }));
    const lease = await claimOne(rig, "a");
    assert.equal(lease.assignment.attempt, 2);
    await succeed(rig, [lease]);
    assert.equal(await endOf(rig, run), "success");
  },

  "fails an attempt whose expressions cannot be read": async (rig) => {
    const run = await begin(
      rig,
      short({ tasks: { a: {}, b: { dependencies: ["a"], env: { X: "${a.output.missing}" } } } }),
    );
    await succeed(rig, [await claimOne(rig, "a")], { other: 1 });
    assert.deepEqual(await claim(rig), []);
    assert.equal(await endOf(rig, run), "failed");
    assert.equal(rig.row(run)?.failureClass, "config_error");
  },

  "tells large outputs by content": async (rig) => {
    const run = await begin(
      rig,
      short({ tasks: { a: {}, b: { dependencies: ["a"], env: { N: "${fn:length(a.output)}" } } } }),
    );
    const large = "x".repeat(20_000);
    const lease = await claimOne(rig, "a");
    fine(await rig.host.result(lease, { ...succeeded(), output: rig.put(large) }));
    const next = await claimOne(rig, "b");
    assert.equal(next.assignment.env.N, "20000");
    assert.equal(
      next.assignment.dependencies[0]?.output && "digest" in next.assignment.dependencies[0].output,
      true,
    );
    await succeed(rig, [next]);
    assert.equal(await endOf(rig, run), "success");
  },
};
