/** Events from outside: for runs that are worked on, for those that nobody has taken up, and for what is inside them. */
import assert from "node:assert/strict";
import type { JsonMap } from "../../../src/core/json.ts";
import type { Result } from "../../../src/core/problem.ts";
import type { Sent } from "../../../src/host/embedded/send.ts";
import { turns } from "../../support/host-rig.ts";
import type { HostTests } from "../host.suite.ts";
import {
  begin,
  claimOne,
  codeOf,
  endOf,
  failed,
  fine,
  type HostRig,
  listOf,
  short,
  statusOf,
  succeed,
  workAll,
} from "./bench.ts";

const WAIT = { agent: "wait", parameters: { event: "paid" } };

function group(tasks: Record<string, JsonMap>, more: JsonMap = {}): JsonMap {
  return { agent: "group", parameters: { tasks: listOf(tasks) as readonly JsonMap[] }, ...more } as JsonMap;
}

/** Each run with the waits that the event ended or will end in it, `-` before those that nobody works on. */
function sentTo(result: Result<Sent>, ...runs: readonly string[]): readonly string[] {
  assert.ok(result.ok, result.ok ? "" : result.problems[0]?.message);
  const found = new Map(result.value.runs.map((one) => [one.run, one]));
  assert.equal(found.size, runs.length);
  return runs.map((run) => `${found.get(run)?.isTakenUp === true ? "" : "-"}${found.get(run)?.woken}`);
}

const outputOf = (rig: HostRig, run: string, task: string) =>
  rig.host.tasks(run).find((row) => row.task === task)?.output;
const paid = (data: number) => ({ name: "paid", key: "", data });

export const eventTests: HostTests = {
  "an event for a run that nobody has taken up is kept, and given once somebody does": async (rig) => {
    const run = await begin(rig, short({ tasks: { w: WAIT, b: { dependencies: ["w"] } } }));
    const later = await begin(rig, short({ tasks: { a: {}, w: { ...WAIT, dependencies: ["a"] } } }));
    const after = await rig.crash();
    const sent = await Promise.all([after.send("1", paid(1)), after.send("2", paid(2))]);
    for (const one of sent) assert.deepEqual(sentTo(one, run, later), ["-1", "-0"]);
    assert.equal(statusOf(after, run, "w"), "waiting/event");
    const next = await after.crash();
    // One that only goes on as it was gets it too.
    fine(next.resume(run));
    await turns();
    assert.deepEqual([statusOf(next, run, "w"), outputOf(next, run, "w")], ["success", "1"]);
    fine(next.resume(later, "kim"));
    await workAll(next);
    assert.deepEqual([await endOf(next, run), await endOf(next, later)], ["success", "success"]);
    assert.equal(outputOf(next, later, "w"), "1");
    return next;
  },

  "an event is taken once for an id, beside runs that are worked on and in the same turn as these": async (
    rig,
  ) => {
    const old = await begin(rig, short({ tasks: { w: WAIT } }));
    const after = await rig.crash();
    const run = await begin(after, short({ tasks: { w: WAIT } }));
    const sending = after.send("1", paid(1));
    const taken = after.resume(old, "kim");
    assert.deepEqual(sentTo(await sending, run, old), ["1", "-1"]);
    fine(taken);
    assert.deepEqual([await endOf(after, old), await endOf(after, run)], ["success", "success"]);
    // Said again, it has reached whom it reached; both have ended with it.
    assert.deepEqual(sentTo(await after.send("1", paid(1)), run, old), ["1", "1"]);
    assert.equal(codeOf(await after.send("3", paid(1))), "E_NOT_FOUND");
    const again = await begin(after, short({ tasks: { a: {}, w: { ...WAIT, dependencies: ["a"] } } }));
    assert.deepEqual(sentTo(await after.send("2", paid(2)), again), ["0"]);
    assert.deepEqual(sentTo(await after.send("2", paid(2)), again), ["0"]);
    const received = after.entries(again).filter(({ event }) => event.type === "event.received");
    assert.equal(received.length, 1);
    // Also to whoever comes after the process that took it, and to nobody who was not there then.
    const next = await after.crash();
    await begin(next, short({ tasks: { w: WAIT } }));
    assert.deepEqual(sentTo(await next.send("1", paid(1)), run, old), ["1", "1"]);
    assert.deepEqual(sentTo(await next.send("2", paid(2)), again), ["-0"]);
    return next;
  },

  "an event is for the runs that are no rehearsal; one that none of them could read is for a rehearsal":
    async (rig) => {
      const played = await begin(rig, short({ tasks: { w: WAIT } }), { rehearse: true });
      const run = await begin(rig, short({ tasks: { w: WAIT } }));
      assert.deepEqual(sentTo(await rig.send("1", paid(1)), run), ["1"]);
      assert.equal(await endOf(rig, run), "success");
      assert.equal(statusOf(rig, played, "w"), "waiting/event");
      // As ever, for whoever tries it out.
      assert.deepEqual(sentTo(await rig.send("2", paid(2)), played), ["1"]);
      assert.equal(await endOf(rig, played), "success");
    },

  "what came before a group reaches the waits in its first pass; later passes wait anew": async (rig) => {
    const retry = { max_attempts: 2, delay: 0 };
    const body = group({ w: WAIT, x: { dependencies: ["w"] } }, { dependencies: ["a"], retry });
    const run = await begin(rig, short({ tasks: { a: {}, g: body } }));
    assert.deepEqual(sentTo(await rig.send("1", paid(1)), run), ["0"]);
    await succeed(rig, [await claimOne(rig, "a")]);
    fine(await rig.host.result(await claimOne(rig, "x"), failed()));
    rig.clock.advance(1);
    const after = await rig.crash();
    // The run and the pass in it, which waits, are one.
    assert.deepEqual(sentTo(await after.send("2", paid(2)), run), ["-1"]);
    fine(after.resume(run, "kim"));
    await workAll(after);
    assert.equal(await endOf(after, run), "success");
    const passes = after.host.list({ parent: run }).map((row) => outputOf(after, row.run, "w"));
    assert.deepEqual(passes.toSorted(), ["1", "2"]);
    return after;
  },

  "an event that nothing could ever wait for is refused, with the names that are waited for": async (rig) => {
    assert.equal(codeOf(await rig.send("1", paid(1))), "E_NOT_FOUND");
    const named = { agent: "wait", dependencies: ["w"], parameters: { event: "${w.output.then}" } };
    const run = await begin(
      rig,
      short({ tasks: { w: { ...WAIT }, long: { agent: "wait", parameters: { for: 9 } } } }),
    );
    const refused = await rig.send("2", { ...paid(1), name: "payed" });
    assert.match(refused.ok ? "" : (refused.problems[0]?.hint ?? ""), /^they wait for paid$/);
    const any = await begin(rig, short({ tasks: { w: WAIT, named } }));
    assert.deepEqual(sentTo(await rig.send("3", { ...paid(1), name: "payed" }), any), ["0"]);
    assert.equal(statusOf(rig, run, "w"), "waiting/event");
  },
};
