/** What the parts of the host suite share: a host that can die, short workflows, and an arm played by hand. */
import assert from "node:assert/strict";
import type { AttemptOutcome, Entry, GivenEvent, RunStarted } from "../../../src/core/event.ts";
import { runIdFrom } from "../../../src/core/id.ts";
import type { Json, JsonMap } from "../../../src/core/json.ts";
import type { Lookup } from "../../../src/core/lookup.ts";
import { failure, type OutputValue } from "../../../src/core/outcome.ts";
import type { Result } from "../../../src/core/problem.ts";
import { replay } from "../../../src/core/replay.ts";
import type { Run } from "../../../src/core/run.ts";
import { derivedOf } from "../../../src/host/embedded/rebuild.ts";
import type { Sent } from "../../../src/host/embedded/send.ts";
import type { EffectRow, Host, Lease, RunRow } from "../../../src/host/host.ts";
import type { HeldClock } from "../../../src/port/clock.ts";
import { startOf } from "../../support/decider.ts";
import { linkAnew, turns } from "../../support/host-rig.ts";
import { goodWorkflow } from "../../support/surroundings.ts";

/** A host under test. `crash` ends it without a word; what comes back has read the same journal anew. */
export interface HostRig {
  readonly host: Host;
  readonly clock: HeldClock;
  readonly lookup: Lookup;
  readonly put: (value: Json) => OutputValue;
  entries(run: string): readonly Entry[];
  definition(digest: string): string | null;
  effects(run?: string): readonly EffectRow[];
  row(run: string): RunRow | null;
  resume(run: string, by?: string): Result<Run>;
  /** The interrupted runs behind which a run waits. */
  heldUpBy(run: string): readonly string[];
  /** The process of an attempt is gone, and whoever looks sees that. */
  lose(lease: Lease): void;
  /** To every run that is open, also those that nobody has taken up; once for an id. */
  send(id: string, event: GivenEvent): Promise<Result<Sent>>;
  announce(name: string, key: string, data: Json): Promise<Result<null>>;
  crash(): Promise<HostRig>;
  /** Drops read model, effects and checkpoints, and makes them again from the entries. */
  rebuild(): Promise<void>;
  close(): Promise<void>;
}

/** Workflows that a `workflow` task may name. */
export type MakeRig = (workflows?: ReadonlyMap<string, string>) => Promise<HostRig>;

interface Short {
  readonly settings?: JsonMap;
  readonly hooks?: JsonMap;
  readonly params?: JsonMap;
  readonly outputs?: JsonMap;
  /** Task id → its fields; a shell task unless it says another agent. */
  readonly tasks: Readonly<Record<string, JsonMap>>;
}

export function short({ tasks, ...rest }: Short): string {
  return JSON.stringify({ name: "short", ...rest, tasks: listOf(tasks) });
}

export function listOf(tasks: Readonly<Record<string, JsonMap>>): readonly JsonMap[] {
  const shell = { agent: "shell", parameters: { run: "true" } };
  return Object.entries(tasks).map(([id, fields]) => ({
    id,
    ...(fields.agent === undefined ? shell : {}),
    ...fields,
  }));
}

let started = 0;

/** A fresh run id; later ones sort behind earlier ones. */
export function nextRunId(): string {
  started += 1;
  return runIdFrom(1_750_000_000_000 + started, started.toString(16).padStart(2, "0").repeat(32));
}

export async function begin(rig: HostRig, text: string, over: Partial<RunStarted> = {}): Promise<string> {
  const run = nextRunId();
  fine(await tryBegin(rig, run, text, over));
  return run;
}

export function tryBegin(rig: HostRig, run: string, text: string, over: Partial<RunStarted> = {}) {
  const { workflow, definition } = goodWorkflow(text, "short.json");
  return rig.host.start(run, definition, startOf(workflow, over));
}

export function fine(result: Result<unknown>): void {
  if (!result.ok) assert.fail(result.problems.map(({ code, message }) => `${code} ${message}`).join("\n"));
}

export function codeOf(result: Result<unknown>): string {
  return result.ok ? "ok" : result.problems.map(({ code }) => code).join(",");
}

interface Offered {
  readonly slots?: number;
  readonly pool?: string;
  readonly labels?: readonly string[];
}

/** What an arm gets that asks now; empty when there is nothing for it. */
export async function claim(rig: HostRig, { slots = 16, pool = "default", labels = [] }: Offered = {}) {
  const controller = new AbortController();
  const claimed = rig.host.claim({ name: "arm", freeSlots: slots, pool, labels }, controller.signal);
  await turns();
  controller.abort();
  return claimed;
}

export async function claimOne(rig: HostRig, task: string, offered: Offered = {}): Promise<Lease> {
  const leases = await claim(rig, offered);
  assert.deepEqual(names(leases), [task]);
  return leases[0] as Lease;
}

/** `a b[2]`: what was given, in order. */
export function names(leases: readonly Lease[]): readonly string[] {
  return leases.map(({ assignment: { task, item } }) => (item === undefined ? task : `${task}[${item}]`));
}

export function succeeded(value: Json = null): AttemptOutcome {
  return { status: "success", exitCode: 0, output: { value }, failure: null, durationMs: 1, usage: null };
}

export function failed(failureClass = "transient"): AttemptOutcome {
  return {
    status: "failed",
    exitCode: 1,
    output: { value: null },
    failure: failure(failureClass, `failed as ${failureClass}`),
    durationMs: 1,
    usage: null,
  };
}

export const STOPPED: AttemptOutcome = {
  status: "cancelled",
  exitCode: null,
  output: { value: null },
  failure: null,
  durationMs: 1,
  usage: null,
};

export async function succeed(rig: HostRig, leases: readonly Lease[], value: Json = null): Promise<void> {
  for (const lease of leases) fine(await rig.host.result(lease, succeeded(value)));
}

/** Claims and succeeds until nothing is left to claim. */
export async function workAll(rig: HostRig, value: Json = null): Promise<readonly string[]> {
  const done: string[] = [];
  for (let round = 0; round < 200; round++) {
    const leases = await claim(rig);
    if (leases.length === 0) return done;
    done.push(...names(leases));
    await succeed(rig, leases, value);
  }
  return assert.fail(`still work after 200 rounds: ${done.join(" ")}`);
}

export async function endOf(rig: HostRig, run: string, untilWaiting = false) {
  const controller = new AbortController();
  const ended = rig.host.ended(run, { untilWaiting }, controller.signal);
  await turns();
  controller.abort();
  return ended;
}

export function statusOf(rig: HostRig, run: string, task: string): string {
  const row = rig.host.tasks(run).find((one) => one.task === task);
  return row === undefined ? "pending" : [row.status, row.reason ?? row.skipReason].filter(Boolean).join("/");
}

export function replayed(rig: HostRig, run: string): Run {
  const entries = rig.entries(run);
  const start = entries[0]?.event as RunStarted;
  const text = rig.definition(start.digest) ?? assert.fail(`the definition of ${run} is kept`);
  return replay(run, linkAnew()({ digest: start.digest, text }, start.path), entries, rig.lookup);
}

/** What must hold whenever everything is written: order, the fence, and views that say what the entries say. */
export function checkJournal(rig: HostRig): void {
  checkRuns(rig, null);
}

function checkRuns(rig: HostRig, parent: string | null): void {
  for (const { run } of rig.host.list({ parent, limit: 10_000 })) {
    checkRun(rig, run);
    checkRuns(rig, run);
  }
}

function checkRun(rig: HostRig, run: string): void {
  const entries = rig.entries(run);
  checkEntries(entries);
  const folded = replayed(rig, run);
  const wanted = derivedOf([folded], rig.lookup);
  const { detail, ...row } = rig.row(run) ?? assert.fail(`run ${run} has a row`);
  assert.deepEqual({ ...row, detail: null }, { ...wanted.runs[0], detail: null }, `the row of ${run}`);
  assert.notEqual(detail, null, `the row of ${run} has its detail`);
  assert.deepEqual(
    rig.host.tasks(run).map((one) => ({ ...one })),
    wanted.tasks.toSorted((left, right) => left.position - right.position),
    `the rows of the tasks of ${run}`,
  );
  assert.deepEqual(openIds(rig.effects(run)), openIds(wanted.effectsOpened), `the open effects of ${run}`);
}

export function checkEntries(entries: readonly Entry[]): void {
  const open = new Set<string>();
  const over = new Set<string>();
  let tick = 0;
  for (const [place, { sequence, event, tick: now }] of entries.entries()) {
    assert.equal(sequence, place + 1, "sequences have no gap");
    assert.ok(now >= tick, "ticks never go back");
    tick = now;
    if (!("attempt" in event) || event.type === "child.waits" || event.type === "child.moves") continue;
    const name = `${event.task}/${event.item ?? ""}/${event.attempt}`;
    assert.ok(!over.has(name), `${name} ended once`);
    if (event.type === "attempt.started") {
      assert.ok(!open.has(name), `${name} began once`);
      open.add(name);
    } else {
      over.add(name);
      if (event.type !== "child.ended") assert.ok(open.has(name), `${name} began before it ended`);
    }
  }
}

function openIds(rows: readonly EffectRow[]): readonly string[] {
  return rows.map(({ kind, id, detail }) => `${kind} ${id} ${JSON.stringify(detail)}`).toSorted();
}
