/** Concurrency groups of runs (formats.md 1.8). */
import assert from "node:assert/strict";
import type { JsonMap } from "../../../src/core/json.ts";
import type { HostTests } from "../host.suite.ts";
import {
  begin,
  claim,
  claimOne,
  codeOf,
  endOf,
  fine,
  nextRunId,
  STOPPED,
  short,
  succeed,
  tryBegin,
  workAll,
} from "./bench.ts";

function grouped(concurrency: JsonMap): string {
  return short({ settings: { concurrency: { group: "deploy", ...concurrency } }, tasks: { a: {} } });
}

export const groupTests: HostTests = {
  "queues runs of a group, first in, first out": async (rig) => {
    const text = grouped({});
    const runs = [await begin(rig, text), await begin(rig, text), await begin(rig, text)];
    assert.deepEqual(
      runs.map((run) => rig.row(run)?.status),
      ["running", "queued", "queued"],
    );
    for (const run of runs) {
      const [lease] = await claim(rig);
      assert.equal(lease?.assignment.run, run);
      await succeed(rig, lease === undefined ? [] : [lease]);
      assert.equal(await endOf(rig, run), "success");
    }
  },

  "makes no run when the group is taken and it says skip": async (rig) => {
    await begin(rig, grouped({}));
    const run = nextRunId();
    assert.equal(codeOf(await tryBegin(rig, run, grouped({ on_conflict: "skip" }))), "E_SKIPPED");
    assert.equal(rig.row(run), null);
  },

  "refuses another limit for a group in use": async (rig) => {
    await begin(rig, grouped({ limit: 2 }));
    await begin(rig, grouped({ limit: 2 }));
    assert.equal(codeOf(await tryBegin(rig, nextRunId(), grouped({ limit: 3 }))), "E_GROUP_LIMIT");
    assert.equal((await claim(rig)).length, 2);
  },

  "refuses a run whose tasks use a group of an open run under another limit": async (rig) => {
    const using = (limit: number) =>
      short({ tasks: { a: {}, b: { dependencies: ["a"], concurrency: { group: "db", limit } } } });
    const run = await begin(rig, using(2));
    const refused = nextRunId();
    assert.equal(codeOf(await tryBegin(rig, refused, using(1))), "E_GROUP_LIMIT");
    assert.equal(rig.row(refused), null);
    const other = await begin(rig, using(2));
    const after = await rig.crash();
    fine(after.resume(run));
    assert.equal(codeOf(await tryBegin(after, nextRunId(), using(1))), "E_GROUP_LIMIT");
    fine(after.resume(other));
    await workAll(after);
    assert.deepEqual(await workAll(after), []);
    const next = await begin(after, using(1));
    await workAll(after);
    assert.equal(await endOf(after, next), "success");
    return after;
  },

  "fails a task that asks for a group in use under another limit, once that can be read": async (rig) => {
    const late = (limit: string, more = {}) =>
      short({
        params: { n: { type: "number", default: 1 } },
        tasks: { a: { concurrency: { group: "${'db'}", limit }, retry: { max_attempts: 3 }, ...more } },
      });
    const one = await begin(rig, late("${params.n + 1}"), { params: { n: 1 } });
    const lease = await claimOne(rig, "a");
    const two = await begin(rig, late("${params.n}"), { params: { n: 1 } });
    assert.equal(await endOf(rig, two), "failed");
    assert.match(
      rig.row(two)?.failureMessage ?? "",
      /E_GROUP_LIMIT group db is in use with limit 2, and 1 is asked for/,
    );
    const same = await begin(rig, late("${2}"));
    const inside = {
      agent: "group",
      parameters: { tasks: [{ id: "x", agent: "shell", parameters: { run: "true" } }] },
    };
    const three = await begin(rig, late("${3}", inside));
    assert.equal(await endOf(rig, three), "failed");
    await succeed(rig, [lease]);
    await workAll(rig);
    for (const run of [one, same]) assert.equal(await endOf(rig, run), "success");
    const later = await begin(rig, late("${params.n}"), { params: { n: 1 } });
    await workAll(rig);
    assert.equal(await endOf(rig, later), "success");
  },

  "cancels older runs and waits for their end": async (rig) => {
    const old = await begin(rig, grouped({}));
    const waiting = await begin(rig, grouped({}));
    const lease = await claimOne(rig, "a");
    const newer = await begin(rig, grouped({ on_conflict: "cancel_running" }));
    assert.equal(lease.signal.reason, "cancelled");
    assert.equal(await endOf(rig, waiting), "cancelled");
    assert.deepEqual(await claim(rig), []);
    fine(await rig.host.result(lease, STOPPED));
    assert.equal(await endOf(rig, old), "cancelled");
    assert.deepEqual(await workAll(rig), ["a"]);
    assert.equal(await endOf(rig, newer), "success");
  },

  "keeps place and order over a crash": async (rig) => {
    const runs = [
      await begin(rig, grouped({})),
      await begin(rig, grouped({})),
      await begin(rig, grouped({})),
    ];
    const after = await rig.crash();
    for (const run of runs) fine(after.resume(run));
    assert.deepEqual(
      runs.map((run) => after.row(run)?.status),
      ["running", "queued", "queued"],
    );
    assert.deepEqual(await workAll(after), ["a", "a", "a"]);
    for (const run of runs) assert.equal(await endOf(after, run), "success");
    return after;
  },
};
