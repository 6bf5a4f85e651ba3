/** One run in each state that a run or a task can stand in, made by hand, and somebody who brings them all to an end. */
import assert from "node:assert/strict";
import type { JsonMap } from "../../src/core/json.ts";
import type { Engine } from "../../src/host/embedded/engine.ts";
import type { Lease } from "../../src/host/host.ts";
import {
  begin,
  claim,
  failed,
  fine,
  type HostRig,
  listOf,
  STOPPED,
  short,
  succeeded,
} from "../suites/host/bench.ts";
import { turns } from "./host-rig.ts";

type Tasks = Readonly<Record<string, JsonMap>>;

/** By the state it is left in, which is its label too. */
interface Made {
  readonly tasks: Tasks;
  readonly settings?: JsonMap;
  readonly hooks?: JsonMap;
  /** What is done with it once its first attempts have been claimed. */
  readonly leave?: (rig: HostRig, run: string, leases: readonly Lease[]) => Promise<void>;
}

/** Long enough for what waits for time, too short for the timeout of a run. */
const LONG_MS = 600_000;

const EXCLUSIVE = { concurrency: { group: "only-one", limit: 1 } };
const LANE = { concurrency: { group: "lane", limit: 1 } };

const first = (leases: readonly Lease[]): Lease => leases[0] ?? assert.fail("there is work");

async function succeedAll(rig: HostRig, _run: string, leases: readonly Lease[]): Promise<void> {
  for (const lease of leases) fine(await rig.host.result(lease, succeeded()));
}

const STATES: Readonly<Record<string, Made>> = {
  "running in its group": { settings: EXCLUSIVE, tasks: { a: {} } },
  queued: { settings: EXCLUSIVE, tasks: { a: {} } },
  running: { tasks: { a: {}, b: { dependencies: ["a"] } } },
  "running in a group": {
    tasks: { g: { agent: "group", parameters: { tasks: listOf({ x: {} }) as never } } },
  },
  "running a foreach, an item of which the cache had": {
    tasks: { m: { foreach: { items: [1, 2, 3], max_parallel: 2 }, cache: { key: "k" } } },
    leave: async (rig, _run, leases) =>
      fine(await (rig.host as Engine).cacheHit(first(leases), { value: 1 })),
  },
  "running its hooks": {
    tasks: { a: {} },
    hooks: { on_complete: listOf({ last: {} }) as never },
    leave: succeedAll,
  },
  paused: {
    tasks: { a: {}, b: { dependencies: ["a"] } },
    leave: async (rig, run, leases) => {
      fine(await rig.host.apply(run, null, { type: "run.paused", by: "kim" }));
      await succeedAll(rig, run, leases);
    },
  },
  "waiting/approval": { tasks: { a: { agent: "approval", parameters: { message: "Right?" } } } },
  "waiting/retry": {
    tasks: { a: { retry: { max_attempts: 2, delay: 600 } } },
    leave: async (rig, _run, leases) => fine(await rig.host.result(first(leases), failed())),
  },
  "waiting/quota": {
    tasks: { a: {} },
    leave: async (rig, _run, leases) =>
      fine(await rig.host.result(first(leases), { ...failed("quota_exhausted"), status: "quota_exhausted" })),
  },
  "waiting/event": { tasks: { a: { agent: "wait", parameters: { event: "paid", key: "7" } } } },
  "waiting/time": { tasks: { a: { agent: "wait", parameters: { for: "1h" } } } },
  "waiting/blocked": {
    tasks: { a: { effect: "once" } },
    leave: async (rig, _run, leases) =>
      fine(await rig.host.result(first(leases), { lost: "its process is gone" })),
  },
  "waiting/budget": {
    tasks: { a: { budget: { tokens: 10 }, retry: { max_attempts: 2 } } },
    leave: async (rig, _run, leases) =>
      fine(await rig.host.result(first(leases), { ...failed(), usage: { costUsd: null, tokens: 50 } })),
  },
  "waiting/concurrency": { tasks: { a: LANE, b: LANE } },
  success: { tasks: { a: {} }, leave: succeedAll },
  failed: {
    tasks: { a: {} },
    leave: async (rig, _run, leases) => fine(await rig.host.result(first(leases), failed())),
  },
  cancelled: {
    tasks: { a: {} },
    leave: async (rig, run, leases) => {
      fine(await rig.host.apply(run, null, { type: "run.cancelled", by: "kim", reason: "" }));
      fine(await rig.host.result(first(leases), STOPPED));
    },
  },
};

export const ENDED: ReadonlySet<string> = new Set(["success", "failed", "cancelled"]);

/** Leaves one run in each state; the state is the label of its run. */
export async function makeEveryState(rig: HostRig): Promise<void> {
  for (const [label, { tasks, settings, hooks, leave }] of Object.entries(STATES)) {
    const text = short({ tasks, ...(settings && { settings }), ...(hooks && { hooks }) });
    const run = await begin(rig, text, { label });
    const leases = await claim(rig);
    await leave?.(rig, run, leases);
    await turns();
    // What stands behind the result of a paused run is held back; of the others it is begun.
    if (label === "running its hooks") await claim(rig);
  }
}

/** The state each run stands in, as its label should say. */
export function statesFound(rig: HostRig): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { run, status, label } of rig.host.list({ parent: null, limit: 1000 })) {
    const waits = rig.host.tasks(run).find((task) => task.status === "waiting");
    found[String(label)] = status === "running" && waits !== undefined ? `waiting/${waits.reason}` : status;
  }
  return found;
}

/** Takes up every open run and does, says and lets come what it waits for, until all have ended. */
export async function bringToEnd(rig: HostRig): Promise<void> {
  const open = () => rig.host.list({ parent: null, limit: 1000 }).filter(({ endedAt }) => endedAt === null);
  for (const { run, status } of open()) {
    fine(rig.resume(run, "kim"));
    if (status === "paused") fine(await rig.host.apply(run, null, { type: "run.resumed", by: "kim" }));
  }
  fine(await rig.announce("paid", "7", null));
  for (let round = 0; open().length > 0; round++) {
    assert.ok(
      round < 100,
      `still open: ${open()
        .map(({ label }) => label)
        .join(", ")}`,
    );
    const leases = await claim(rig);
    await succeedAll(rig, "", leases);
    if (leases.length > 0 || (await decide(rig))) continue;
    rig.clock.advance(LONG_MS);
    await turns();
  }
}

const CHOICES = { approval: "approve", blocker: "happened", budget: "raise" };

async function decide(rig: HostRig): Promise<boolean> {
  const open = rig.effects().find(({ kind }) => kind === "decision");
  if (open === undefined) return false;
  const { id, kind } = open.detail as { readonly id: string; readonly kind: keyof typeof CHOICES };
  const made = {
    type: "decision.made",
    decision: id,
    choice: CHOICES[kind],
    by: "kim",
    via: "test",
  } as const;
  const fields = kind === "budget" ? { tokens: 1000 } : {};
  fine(await rig.host.apply(open.run, null, { ...made, comment: null, fields }));
  return true;
}
