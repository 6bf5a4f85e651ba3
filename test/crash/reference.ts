/** Four workflows that between them make every kind of entry, and a person and an arm who always do the same. */
import assert from "node:assert/strict";
import type { AttemptOutcome } from "../../src/core/event.ts";
import type { Json } from "../../src/core/json.ts";
import type { Lease } from "../../src/host/host.ts";
import { claim, failed, type HostRig, listOf, STOPPED, short, succeeded } from "../suites/host/bench.ts";
import { turns } from "../support/host-rig.ts";

/** What the n-th accepted outcome of a task is; null ends it as it ends when it was stopped. */
type Plan = (task: string, made: number) => AttemptOutcome;

export interface Reference {
  readonly name: string;
  readonly text: string;
  readonly plan: Plan;
  /** Cancelled by a person once this task has succeeded. */
  readonly cancelAfter?: string;
}

const always =
  (value: Json): Plan =>
  () =>
    succeeded(value);

export const REFERENCES: readonly Reference[] = [
  {
    name: "a chain with retries and something done once",
    text: short({
      tasks: {
        a: { retry: { max_attempts: 3, delay: 10, backoff: "fixed" } },
        b: { dependencies: ["a"], effect: "once" },
        c: { dependencies: ["b"], agent: "wait", parameters: { for: "30s" } },
        d: { dependencies: ["c"], retry: { max_attempts: 2, delay: 5 } },
      },
      outputs: { a: "${a.output}" },
    }),
    plan: (task, made) =>
      (task === "a" && made < 2) || (task === "d" && made < 1)
        ? failed()
        : succeeded(task === "b" ? null : made),
  },
  {
    name: "a fan with foreach and matrix",
    text: short({
      settings: { max_parallel: 3 },
      tasks: {
        list: {},
        each: { dependencies: ["list"], foreach: { items: "${list.output}", max_parallel: 2 } },
        grid: { matrix: { x: [1, 2], y: ["p", "q"] } },
        join: { dependencies: ["each", "grid"], concurrency: { group: "db", limit: 1 } },
      },
    }),
    plan: (task) => succeeded(task === "list" ? [3, 1, 2] : task),
  },
  {
    name: "a group, a loop and a person",
    text: short({
      tasks: {
        plan: {},
        look: { dependencies: ["plan"], agent: "approval", parameters: { message: "Right?", expires: "2h" } },
        loop: {
          dependencies: ["look"],
          agent: "group",
          parameters: { tasks: listOf({ make: {}, check: { dependencies: ["make"] } }) as never },
          repeat: { until: "${check.output == 'good'}", max: 4 },
        },
        each: {
          dependencies: ["look"],
          agent: "group",
          foreach: { items: ["p", "q"] },
          parameters: { tasks: listOf({ x: {} }) as never },
        },
      },
    }),
    plan: (task, made) => succeeded(task === "check" && made === 0 ? "bad" : "good"),
  },
  {
    name: "hooks around a run that is cancelled",
    text: short({
      settings: { max_parallel: 2 },
      tasks: {
        a: {},
        b: { dependencies: ["a"] },
        c: { dependencies: ["a"] },
        d: { dependencies: ["b", "c"] },
      },
      hooks: { on_start: listOf({ first: {} }) as never, on_complete: listOf({ last: {} }) as never },
    }),
    plan: always("done"),
    cancelAfter: "a",
  },
];

/** What happened in the outside world, and what was promised to it. Outlives every engine. */
export interface Outside {
  /** Attempts begun: `run/task/item/attempt`. */
  readonly begun: string[];
  /** What somebody was told is kept. */
  readonly acknowledged: {
    readonly run: string;
    readonly type: string;
    readonly name: string;
    /** Of an attempt that ended. */
    readonly outcome?: AttemptOutcome;
  }[];
  /** Whether children outlive the engine: then they end as planned, else they are lost. */
  readonly survive: boolean;
}

/** Works until the run has ended, or the engine has died. */
export async function work(
  rig: HostRig,
  run: string,
  reference: Reference,
  outside: Outside,
  isDead: () => boolean,
): Promise<void> {
  for (let round = 0; round < 500; round++) {
    if (isDead() || (await hasEnded(rig, run))) return;
    if (await cancelNow(rig, run, reference, outside)) continue;
    const leases = await claim(rig);
    if (isDead()) return;
    for (const lease of leases) await attempt(rig, lease, reference, outside);
    if (leases.length > 0) continue;
    if (await answer(rig, outside)) continue;
    rig.clock.advance(rig.clock.next() ?? 0);
    await turns();
  }
  assert.fail(`${reference.name} is stuck`);
}

async function hasEnded(rig: HostRig, run: string): Promise<boolean> {
  await turns(2);
  return rig.row(run)?.endedAt !== null;
}

async function attempt(rig: HostRig, lease: Lease, reference: Reference, outside: Outside): Promise<void> {
  const { run, task, item, attempt: number } = lease.assignment;
  const name = `${run}/${task}/${item ?? ""}/${number}`;
  if (!lease.reattach) outside.begun.push(name);
  const isLost = lease.reattach && !outside.survive;
  const outcome = lease.signal.aborted ? STOPPED : reference.plan(task, madeBefore(rig, run, task, item));
  const result = await rig.host.result(lease, isLost ? { lost: "its process is gone" } : outcome);
  if (!result.ok) return;
  if (isLost) outside.acknowledged.push({ run, type: "attempt.lost", name });
  else outside.acknowledged.push({ run, type: "attempt.ended", name, outcome });
}

/** Counted from the journal, over the runs of all iterations. */
function madeBefore(rig: HostRig, run: string, task: string, item: number | undefined): number {
  const parent = rig.row(run)?.parent;
  const runs = parent == null ? [run] : rig.host.list({ parent, limit: 100 }).map((row) => row.run);
  const isSame = ({ event }: ReturnType<HostRig["entries"]>[number]) =>
    event.type === "attempt.ended" && event.task === task && event.item === item;
  return runs.flatMap((one) => rig.entries(one).filter(isSame)).length;
}

async function cancelNow(
  rig: HostRig,
  run: string,
  { cancelAfter }: Reference,
  outside: Outside,
): Promise<boolean> {
  if (cancelAfter === undefined) return false;
  const entries = rig.entries(run);
  const isDue = entries.some(({ event }) => event.type === "attempt.ended" && event.task === cancelAfter);
  if (!isDue || entries.some(({ event }) => event.type === "run.cancelled")) return false;
  const result = await rig.host.apply(run, "stop-it", { type: "run.cancelled", by: "kim", reason: "" });
  if (result.ok) outside.acknowledged.push({ run, type: "run.cancelled", name: "stop-it" });
  return true;
}

/** A person who approves, and who knows that what was blocked has happened. */
async function answer(rig: HostRig, outside: Outside): Promise<boolean> {
  const open = rig.effects().find(({ kind }) => kind === "decision");
  if (open === undefined) return false;
  const choice = open.id.includes("!") ? "happened" : "approve";
  const made = {
    type: "decision.made",
    decision: open.id,
    choice,
    comment: null,
    fields: {},
    by: "kim",
    via: "test",
  } as const;
  const result = await rig.host.apply(open.run, null, made);
  if (result.ok) outside.acknowledged.push({ run: open.run, type: "decision.made", name: open.id });
  return true;
}
