/** Child runs: groups and sub-workflows (formats.md 1.4, 1.5). */
import assert from "node:assert/strict";
import type { JsonMap } from "../../../src/core/json.ts";
import { turns } from "../../support/host-rig.ts";
import type { HostTests } from "../host.suite.ts";
import {
  begin,
  claim,
  claimOne,
  endOf,
  failed,
  fine,
  type HostRig,
  listOf,
  names,
  STOPPED,
  short,
  statusOf,
  succeed,
  succeeded,
  workAll,
} from "./bench.ts";

function group(tasks: Record<string, JsonMap>, more: JsonMap = {}): JsonMap {
  return { agent: "group", parameters: { tasks: listOf(tasks) as readonly JsonMap[] }, ...more } as JsonMap;
}

export const childTests: HostTests = {
  "makes a child run of every item, within the limits of its parent": async (rig) => {
    const each = group(
      { x: {}, y: { dependencies: ["x"] } },
      { foreach: { items: [1, 2, 3], max_parallel: 2 } },
    );
    const run = await begin(
      rig,
      short({ settings: { max_parallel: 2 }, tasks: { each, after: { dependencies: ["each"] } } }),
    );
    const leases = await claim(rig);
    assert.deepEqual(names(leases), ["x", "x"]);
    assert.equal(new Set(leases.map(({ assignment }) => assignment.run)).size, 2);
    assert.deepEqual(await claim(rig), []);
    await succeed(rig, leases);
    const done = await workAll(rig);
    assert.deepEqual(done.toSorted(), ["after", "x", "y", "y", "y"]);
    assert.equal(await endOf(rig, run), "success");
    assert.equal(rig.host.list({ parent: run }).length, 3);
    assert.equal(rig.host.list({}).length, 1);
  },

  "repeats a group until it is done": async (rig) => {
    const loop = group({ check: {} }, { repeat: { until: "${check.output == 'good'}", max: 5 } });
    const run = await begin(rig, short({ tasks: { loop } }));
    await succeed(rig, [await claimOne(rig, "check")], "bad");
    await succeed(rig, [await claimOne(rig, "check")], "bad");
    await succeed(rig, [await claimOne(rig, "check")], "good");
    assert.equal(await endOf(rig, run), "success");
    assert.equal(rig.host.list({ parent: run }).length, 3);
  },

  "hands a child's failure up": async (rig) => {
    const run = await begin(rig, short({ tasks: { g: group({ x: {} }, { retry: { max_attempts: 1 } }) } }));
    fine(await rig.host.result(await claimOne(rig, "x"), failed("config_error")));
    assert.equal(await endOf(rig, run), "failed");
    assert.equal(rig.row(run)?.failedTask, "g");
  },

  "starts a workflow by name and takes its outputs": async (rig) => {
    const sub = { agent: "workflow", parameters: { name: "inner" } };
    const run = await begin(
      rig,
      short({ tasks: { sub, b: { dependencies: ["sub"], env: { SAID: "${sub.output.said}" } } } }),
    );
    await succeed(rig, [await claimOne(rig, "x")], "hello");
    const lease = await claimOne(rig, "b");
    assert.equal(lease.assignment.env.SAID, "hello");
    await succeed(rig, [lease]);
    assert.equal(await endOf(rig, run), "success");
  },

  "fails a task whose workflow cannot begin": async (rig) => {
    const run = await begin(
      rig,
      short({ tasks: { sub: { agent: "workflow", parameters: { name: "nowhere" } } } }),
    );
    assert.equal(await endOf(rig, run), "failed");
    assert.equal(rig.row(run)?.failureClass, "config_error");
  },

  "lets a detached child go its own way": async (rig) => {
    const sub = { agent: "workflow", parameters: { name: "inner", detached: true } };
    const run = await begin(rig, short({ tasks: { sub } }));
    assert.equal(await endOf(rig, run), "success");
    assert.deepEqual(await workAll(rig), ["x"]);
    assert.equal(rig.host.list({}).length, 2);
  },

  "gives a sub-workflow the secrets that its call names, and remembers who began it all": async (rig) => {
    const context = { secrets: { KEY: { env: "KEY" }, OTHER: { env: "OTHER" } } };
    const call = { name: "keyed", secrets: ["KEY"] };
    const text = JSON.stringify({
      name: "test",
      context,
      tasks: listOf({ sub: { agent: "workflow", parameters: call } }),
    });
    const run = await begin(rig, text);
    const lease = await claimOne(rig, "x");
    assert.deepEqual(lease.secrets, { KEY: { env: "KEY" }, OWN: { env: "OWN" } });
    const [child] = rig.host.list({ parent: run });
    const [first] = rig.entries(child?.run ?? "");
    const started = first?.event;
    assert.ok(started?.type === "run.started");
    assert.deepEqual([started.onBehalfOf, started.secrets], ["kim", { KEY: { env: "KEY" } }]);
    const after = await rig.crash();
    fine(after.resume(run));
    const again = await claimOne(after, "x");
    assert.deepEqual(again.secrets, lease.secrets);
    await succeed(after, [again]);
    assert.equal(await endOf(after, run), "success");
    return after;
  },

  "cancels and pauses downwards": async (rig) => {
    const run = await begin(rig, short({ tasks: { g: group({ x: {}, y: { dependencies: ["x"] } }) } }));
    const lease = await claimOne(rig, "x");
    const [child] = rig.host.list({ parent: run });
    fine(await rig.host.apply(run, null, { type: "run.paused", by: "kim" }));
    assert.equal(rig.row(child?.run ?? "")?.status, "paused");
    fine(await rig.host.apply(run, null, { type: "run.resumed", by: "kim" }));
    assert.equal(rig.row(child?.run ?? "")?.status, "running");
    fine(await rig.host.apply(run, null, { type: "run.cancelled", by: "kim", reason: "" }));
    assert.equal(lease.signal.reason, "cancelled");
    fine(await rig.host.result(lease, STOPPED));
    assert.equal(await endOf(rig, run), "cancelled");
    assert.equal(await endOf(rig, child?.run ?? ""), "cancelled");
  },

  "takes children up again with their parents": async (rig) => {
    const each = group({ x: {}, y: { dependencies: ["x"] } }, { foreach: { items: ["p", "q"] } });
    const run = await begin(rig, short({ tasks: { each } }));
    const [first] = await claim(rig);
    fine(await rig.host.result(first ?? assert.fail(), succeeded()));
    const after = await rig.crash();
    fine(after.resume(run));
    const leases = await claim(after);
    assert.deepEqual(names(leases.filter(({ reattach }) => reattach)), ["x"]);
    await succeed(after, leases);
    await workAll(after);
    assert.equal(await endOf(after, run), "success");
    assert.equal(after.host.list({ parent: run }).length, 2);
    return after;
  },

  "waits for people also when only a child asks": async (rig) => {
    const run = await begin(
      rig,
      short({ tasks: { sub: { agent: "workflow", parameters: { name: "asks" } } } }),
    );
    assert.equal(await endOf(rig, run, true), null);
    const [child] = rig.host.list({ parent: run });
    await decide(rig, child?.run ?? "", "approve");
    assert.equal(await endOf(rig, run), "success");
  },

  "lets no run time out while a person is waited for, however deep inside": async (rig) => {
    const asking = group({
      sure: { agent: "approval", parameters: { message: "?", expires: "30d" } },
      go: { dependencies: ["sure"] },
    });
    const run = await begin(
      rig,
      short({ settings: { timeout: 60 }, tasks: { outer: group({ inner: asking }) } }),
    );
    rig.clock.advance(40_000);
    await turns();
    const after = await rig.crash();
    fine(after.resume(run));
    const [outer] = after.host.list({ parent: run });
    const [inner] = after.host.list({ parent: outer?.run ?? "" });
    rig.clock.advance(100 * 3_600_000);
    await turns();
    assert.deepEqual([statusOf(after, run, "outer"), await endOf(after, run, true)], ["running", null]);
    await decide(after, inner?.run ?? "", "approve");
    await claimOne(after, "go");
    rig.clock.advance(59_000);
    await turns();
    assert.equal(after.row(run)?.failureClass, null);
    rig.clock.advance(1_001);
    await turns();
    assert.equal(after.row(run)?.failureClass, "timeout");
    const told = newsOf(after, run);
    assert.deepEqual(told, ["child.waits", "child.moves"]);
    return after;
  },

  "says nothing of waits that end in the moment in which they began": async (rig) => {
    const tasks = { x: { touches: ["content/**"] }, y: { concurrency: { group: "db" } } };
    const arm = { name: "arm", freeSlots: 2, pool: "default", labels: [] };
    const claiming = rig.host.claim(arm, new AbortController().signal);
    const run = await begin(rig, short({ tasks: { g: group(tasks) } }));
    const held = await begin(rig, short({ tasks: { g: group({ z: { touches: ["content/a.md"] } }) } }));
    const leases = await claiming;
    assert.deepEqual(names(leases), ["x", "y"]);
    assert.deepEqual([newsOf(rig, run), newsOf(rig, held)], [[], ["child.waits"]]);
    await succeed(rig, leases);
    await workAll(rig);
    assert.deepEqual([newsOf(rig, run), newsOf(rig, held)], [[], ["child.waits", "child.moves"]]);
  },

  "keeps the paths of a group for its whole pass, also over a crash": async (rig) => {
    const steps = { x: { touches: ["content/a.md"] }, y: { dependencies: ["x"] } };
    const one = await begin(rig, short({ tasks: { g: group(steps, { touches: ["content/**"] }) } }));
    await begin(rig, short({ tasks: { other: { touches: ["content/b.md"] }, free: { touches: ["data"] } } }));
    const two = await begin(rig, short({ tasks: { h: group({ z: {} }, { touches: ["content/c/**"] }) } }));
    const leases = await claim(rig);
    assert.deepEqual(names(leases), ["x", "free"]);
    await succeed(rig, leases);
    const last = await claimOne(rig, "y");
    const after = await rig.crash();
    for (const { run } of after.host.list({})) fine(after.resume(run));
    const [again, ...rest] = await claim(after);
    assert.deepEqual(
      [names([again ?? last]), rest, statusOf(after, two, "h")],
      [["y"], [], "waiting/concurrency"],
    );
    await succeed(after, [again ?? last]);
    assert.equal(await endOf(after, one), "success");
    assert.deepEqual(names(await claim(after)).toSorted(), ["other", "z"]);
    return after;
  },

  "lets go of a group's paths only when its fenced-off pass has really ended": async (rig) => {
    const tasks = {
      first: {},
      g: group({ x: {} }, { dependencies: ["first"], touches: ["content/**"] }),
      sure: {
        agent: "approval",
        dependencies: ["first"],
        parameters: { message: "?", send_back_to: "first" },
      },
    };
    const run = await begin(rig, short({ tasks }));
    await succeed(rig, [await claimOne(rig, "first")]);
    const old = await claimOne(rig, "x");
    await decide(rig, run, "send_back");
    await succeed(rig, [await claimOne(rig, "first")]);
    assert.deepEqual(
      [old.signal.aborted, statusOf(rig, run, "g"), await claim(rig)],
      [true, "waiting/concurrency", []],
    );
    fine(await rig.host.result(old, STOPPED));
    await succeed(rig, [await claimOne(rig, "x")]);
    await decide(rig, run, "approve");
    assert.equal(await endOf(rig, run), "success");
  },

  "waits for people also when the rest stands in line behind what they are asked": async (rig) => {
    const asks = group(
      { sure: { agent: "approval", parameters: { message: "?" } } },
      { touches: ["content/**"] },
    );
    const tasks = { asks, later: { touches: ["content/a.md"] } };
    const run = await begin(rig, short({ tasks }));
    assert.equal(await endOf(rig, run, true), null);
    const [child] = rig.host.list({ parent: run });
    const other = await begin(rig, short({ tasks: { other: { touches: ["content/a.md"] } } }));
    assert.deepEqual([await claim(rig), statusOf(rig, other, "other")], [[], "waiting/concurrency"]);
    await decide(rig, child?.run ?? "", "approve");
    assert.deepEqual(await workAll(rig), ["later", "other"]);
    assert.equal(await endOf(rig, run), "success");
  },

  "fails what lies in a group and touches other paths, once they can be read": async (rig) => {
    const inside = group({ x: { touches: ["${run.name}/**"] } }, { touches: ["content/**"] });
    const run = await begin(rig, short({ tasks: { g: inside } }));
    assert.equal(await endOf(rig, run), "failed");
    assert.match(
      rig.row(run)?.failureMessage ?? "",
      /task x touches short\/\*\*, and what it lies in only content/,
    );
  },

  "ends children that fail at once without leaving others behind": async (rig) => {
    const bad = { dependencies: [], condition: "${fn:number('x') > 1}" };
    const each = group({ x: bad }, { foreach: { items: [1, 2, 3] } });
    const run = await begin(
      rig,
      short({ tasks: { each, other: { agent: "workflow", parameters: { name: "inner" } } } }),
    );
    await workAll(rig);
    assert.equal(await endOf(rig, run), "failed");
    assert.deepEqual(
      rig.host.list({ parent: run }).filter(({ endedAt }) => endedAt === null),
      [],
    );
  },

  "a group's timeout ends its child": async (rig) => {
    const run = await begin(
      rig,
      short({ tasks: { g: group({ x: {} }, { timeout: 5, retry: { max_attempts: 1 } }) } }),
    );
    const lease = await claimOne(rig, "x");
    rig.clock.advance(5_001);
    await turns();
    assert.equal(lease.signal.aborted, true);
    fine(await rig.host.result(lease, STOPPED));
    assert.equal(await endOf(rig, run), "failed");
    assert.equal(rig.row(run)?.failureClass, "timeout");
    assert.equal(statusOf(rig, run, "g"), "failed");
  },
};

function newsOf(rig: HostRig, run: string): readonly string[] {
  return rig
    .entries(run)
    .map(({ event }) => event.type)
    .filter((type) => type === "child.waits" || type === "child.moves");
}

async function decide(rig: HostRig, run: string, choice: string): Promise<void> {
  const [open] = rig.effects(run).filter(({ kind }) => kind === "decision");
  const decision = open?.id ?? assert.fail("a question is open");
  fine(
    await rig.host.apply(run, null, {
      type: "decision.made",
      decision,
      choice,
      comment: null,
      fields: {},
      by: "kim",
      via: "test",
    }),
  );
}
