/** A host that dies at any moment and comes back: what was written goes on, what was not never was. */
import assert from "node:assert/strict";
import { sense } from "../../support/host-rig.ts";
import type { HostTests } from "../host.suite.ts";
import {
  begin,
  checkJournal,
  claim,
  claimOne,
  endOf,
  failed,
  fine,
  type HostRig,
  listOf,
  names,
  replayed,
  short,
  succeed,
  succeeded,
  workAll,
} from "./bench.ts";

const MIXED = short({
  settings: { max_parallel: 3 },
  tasks: {
    a: {},
    b: { dependencies: ["a"], foreach: { items: [1, 2, 3] } },
    c: {
      dependencies: ["a"],
      agent: "group",
      parameters: { tasks: listOf({ x: {}, y: { dependencies: ["x"] } }) as never },
    },
    d: { dependencies: ["b", "c"] },
  },
});

export const recoveryTests: HostTests = {
  "runs again what does not outlast an interruption, before what comes after it": async (rig) => {
    const login = { rerun: true };
    const inside = {
      agent: "group",
      parameters: { tasks: listOf({ login2: login, x: { dependencies: ["login2"] } }) },
    };
    const tasks = {
      login,
      work: { dependencies: ["login"], priority: 1 },
      other: { dependencies: ["login"] },
      g: inside,
    };
    const run = await begin(rig, short({ settings: { max_parallel: 9 }, tasks } as never));
    await succeed(rig, await claim(rig));
    const [work] = await claim(rig, { slots: 1 });
    assert.deepEqual(names([work ?? assert.fail()]), ["work"]);
    const after = await rig.crash();
    fine(after.resume(run, "kim"));
    const leases = await claim(after);
    assert.deepEqual(leases.map((lease) => [names([lease])[0], lease.reattach]).toSorted(), [
      ["login", false],
      ["login2", false],
      ["work", true],
    ]);
    const [again, ...logins] = leases.toSorted(
      (left, right) => Number(right.reattach) - Number(left.reattach),
    );
    fine(await after.host.result(again ?? assert.fail(), { lost: "the engine died" }));
    assert.deepEqual(await claim(after), []);
    await succeed(after, logins);
    assert.deepEqual((await workAll(after)).toSorted(), ["other", "work", "x"]);
    assert.equal(await endOf(after, run), "success");
    const resumed = after.entries(run).filter(({ event }) => event.type === "run.resumed");
    assert.deepEqual(
      resumed.map(({ event }) => event),
      [{ type: "run.resumed", by: "kim", interrupted: true }],
    );
    return after;
  },

  "runs nothing again in a run that is only taken up to be ended": async (rig) => {
    const run = await begin(
      rig,
      short({ tasks: { login: { rerun: true }, work: { dependencies: ["login"] } } }),
    );
    await succeed(rig, [await claimOne(rig, "login")]);
    const after = await rig.crash();
    fine(after.resume(run));
    assert.deepEqual(names(await claim(after)), ["work"]);
    return after;
  },

  "goes on after dying behind every single result": async (rig) => {
    const wanted = await wholeRun(rig);
    const results = (await wholeRun(rig)).results;
    for (let deaths = 1; deaths <= results; deaths++) {
      const run = await begin(rig, MIXED);
      const after = await oneByOne(rig, run, (done) => done === deaths);
      assert.deepEqual(sense(replayed(after, run)), wanted.sense, `died behind result ${deaths}`);
      checkJournal(after);
      rig = after;
    }
    return rig;
  },

  "goes on after dying behind each of them": async (rig) => {
    const wanted = await wholeRun(rig);
    const run = await begin(rig, MIXED);
    const after = await oneByOne(rig, run, () => true);
    assert.deepEqual(sense(replayed(after, run)), wanted.sense);
    return after;
  },

  "never starts what must happen once a second time": async (rig) => {
    const run = await begin(rig, short({ tasks: { a: { effect: "once" }, b: { dependencies: ["a"] } } }));
    await claim(rig);
    const after = await rig.crash();
    fine(after.resume(run));
    const [lease] = await claim(after);
    assert.equal(lease?.reattach, true);
    fine(await after.host.result(lease ?? assert.fail(), { lost: "nobody knows" }));
    assert.deepEqual(await claim(after), []);
    assert.equal(await endOf(after, run, true), null);
    const [open] = after.effects(run).filter(({ kind }) => kind === "decision");
    fine(
      await after.host.apply(run, null, {
        type: "decision.made",
        decision: open?.id ?? "",
        choice: "happened",
        comment: null,
        fields: {},
        by: "kim",
        via: "test",
      }),
    );
    assert.deepEqual(await workAll(after), ["b"]);
    assert.equal(await endOf(after, run), "success");
    return after;
  },

  "stops what was being stopped when it died": async (rig) => {
    const run = await begin(rig, short({ tasks: { a: {} } }));
    await claim(rig);
    fine(await rig.host.apply(run, null, { type: "run.cancelled", by: "kim", reason: "" }));
    const after = await rig.crash();
    fine(after.resume(run));
    const [lease] = await claim(after);
    assert.equal(lease?.signal.reason, "cancelled");
    fine(await after.host.result(lease ?? assert.fail(), { lost: "gone" }));
    assert.equal(await endOf(after, run), "cancelled");
    return after;
  },

  "holds lanes of attempts that still run": async (rig) => {
    const text = short({ tasks: { a: { concurrency: { group: "db", limit: 1 } } } });
    const first = await begin(rig, text);
    const second = await begin(rig, text);
    await claim(rig);
    const after = await rig.crash();
    fine(after.resume(second));
    fine(after.resume(first));
    const leases = await claim(after);
    assert.deepEqual(
      leases.map(({ assignment, reattach }) => [assignment.run, reattach]),
      [[first, true]],
    );
    await succeed(after, leases);
    assert.deepEqual(
      (await claim(after)).map(({ assignment }) => assignment.run),
      [second],
    );
    return after;
  },

  "makes its views again from the entries": async (rig) => {
    const ended = await begin(rig, MIXED);
    await workAll(rig);
    const open = await begin(
      rig,
      short({
        tasks: {
          a: { retry: { max_attempts: 2, delay: 9 } },
          sure: { agent: "approval", parameters: { message: "?" } },
        },
      }),
    );
    const [lease] = await claim(rig);
    fine(await rig.host.result(lease ?? assert.fail(), failed()));
    const before = views(rig, [ended, open]);
    assert.ok(rig.effects(open).length >= 2);
    await rig.rebuild();
    assert.deepEqual(views(rig, [ended, open]), before);
    checkJournal(rig);
  },

  "forgets the items of a task that is set back": async (rig) => {
    const run = await begin(
      rig,
      short({ tasks: { a: {}, each: { dependencies: ["a"], foreach: { items: "${a.output}" } } } }),
    );
    await succeed(rig, await claim(rig), [1, 2, 3]);
    await workAll(rig);
    fine(await rig.host.apply(run, null, { type: "run.reopened", by: "kim", tasks: ["a", "each"] }));
    await succeed(rig, await claim(rig), [1]);
    await workAll(rig);
    assert.equal(await endOf(rig, run), "success");
    assert.deepEqual(
      rig.host.tasks(run).map(({ task }) => task),
      ["a", "each", "each[0]"],
    );
  },
};

async function wholeRun(rig: HostRig) {
  const run = await begin(rig, MIXED);
  const results = (await workAll(rig, "done")).length;
  return { results, sense: sense(replayed(rig, run)) };
}

/** Works one attempt at a time, and dies behind those that `dies` names. */
async function oneByOne(rig: HostRig, run: string, dies: (done: number) => boolean): Promise<HostRig> {
  let current = rig;
  for (let done = 1; ; done++) {
    const [lease] = await claim(current, { slots: 1 });
    if (lease === undefined) return current;
    fine(await current.host.result(lease, succeeded("done")));
    if (!dies(done)) continue;
    current = await current.crash();
    if (current.row(run)?.endedAt === null) fine(current.resume(run));
  }
}

function views(rig: HostRig, runs: readonly string[]) {
  const byId = (left: { readonly id: string }, right: { readonly id: string }) =>
    left.id < right.id ? -1 : 1;
  return runs.map((run) => ({
    row: rig.row(run),
    tasks: rig.host.tasks(run),
    effects: rig.effects(run).toSorted(byId),
  }));
}
