/** What an attempt needs before it may start: lanes, paths, pool, labels, priority. */
import { type Draft, refOf, type Spot } from "./draft.ts";
import type { Claim } from "./effect.ts";
import type { Lane } from "./event.ts";
import type { Scope } from "./expression.ts";
import { lateNumber, lateText, lateTexts } from "./late.ts";
import { type Read, scopeOf } from "./scope.ts";
import type { Late } from "./workflow.ts";

export interface Needs {
  readonly lanes: readonly Lane[];
  readonly touches: readonly string[];
  /** True when a concurrency group or touched paths may hold it up. */
  readonly exclusive: boolean;
  readonly pool: string;
  readonly labels: readonly string[];
  readonly priority: number;
}

/** A rehearsal plays every machine on this one. */
const ANY_ARM = { pool: "default", labels: [] } as const;

export function claimFor(draft: Draft, spot: Spot, needs: Needs, attempt: number): Claim {
  const { lanes, touches, pool, labels, priority } = needs;
  const order = spot.task.index * 10_000 + Math.max(spot.item, 0);
  return { ...refOf(spot, attempt), run: draft.state.id, lanes, touches, pool, labels, priority, order };
}

export function needsOf(draft: Draft, spot: Spot): Read<Needs> {
  const { task } = spot;
  if (
    task.labels === null &&
    task.touches === null &&
    task.concurrency === null &&
    typeof task.pool === "string" &&
    typeof task.priority === "number"
  ) {
    const { priority } = task;
    const pool = draft.state.start.rehearse ? ANY_ARM.pool : task.pool;
    return {
      ok: true,
      value: { lanes: runLanes(draft), touches: [], exclusive: false, pool, labels: [], priority },
    };
  }
  return spelledNeeds(draft, spot);
}

function spelledNeeds(draft: Draft, spot: Spot): Read<Needs> {
  const { task } = spot;
  const scope = scopeOf(draft, spot);
  const labels = lateTexts(task.labels, scope, "labels");
  const touches = lateTexts(task.touches, scope, "touches");
  const pool = lateText(task.pool, scope, "pool");
  const priority = lateNumber(task.priority, scope, "priority", Number.NEGATIVE_INFINITY);
  const own = task.concurrency === null ? null : groupLane(task.concurrency, scope);
  if (!labels.ok) return labels;
  if (!touches.ok) return touches;
  if (!pool.ok) return pool;
  if (!priority.ok) return priority;
  if (own !== null && !own.ok) return own;
  const lanes = own === null ? runLanes(draft) : [...runLanes(draft), own.value];
  const exclusive = own !== null || touches.value.length > 0;
  const place = draft.state.start.rehearse ? ANY_ARM : { pool: pool.value, labels: labels.value };
  return {
    ok: true,
    value: { lanes, touches: touches.value, exclusive, ...place, priority: priority.value },
  };
}

/** The lanes every attempt of this run needs: those of its parents and its own max_parallel. */
export function runLanes(draft: Draft): readonly Lane[] {
  const limit = draft.state.start.maxParallel ?? draft.workflow.settings.maxParallel;
  return [...draft.state.start.lanes, { name: `run:${draft.state.id}`, limit }];
}

/** The lanes of a pass with the task's own concurrency group: what a child hands on to its attempts. */
export function lanesOf(draft: Draft, spot: Spot): Read<readonly Lane[]> {
  const { concurrency } = spot.task;
  if (concurrency === null) return { ok: true, value: runLanes(draft) };
  const lane = groupLane(concurrency, scopeOf(draft, spot));
  return lane.ok ? { ok: true, value: [...runLanes(draft), lane.value] } : lane;
}

function groupLane(
  spec: { readonly group: Late<string>; readonly limit: Late<number> },
  scope: Scope,
): Read<Lane> {
  const group = lateText(spec.group, scope, "concurrency.group");
  const limit = lateNumber(spec.limit, scope, "concurrency.limit");
  if (!group.ok) return group;
  return limit.ok ? { ok: true, value: { name: `group:${group.value}`, limit: limit.value } } : limit;
}
