/** What an attempt needs before it may start: lanes, paths, pool, labels, priority. */
import { type Draft, refOf, type Spot } from "./draft.ts";
import type { Claim } from "./effect.ts";
import type { Lane } from "./event.ts";
import type { Scope } from "./expression/expression.ts";
import { groupLaneName, outsideOf } from "./grant.ts";
import { lateText, lateTexts, numberOf } from "./late.ts";
import { LIMITS, most } from "./limits.ts";
import { purposeOf } from "./mending.ts";
import { failure } from "./outcome.ts";
import { RANGES } from "./range.ts";
import { type Read, scopeOf } from "./scope.ts";
import type { Late, Workflow } from "./workflow.ts";

export interface Needs {
  readonly lanes: readonly Lane[];
  readonly touches: readonly string[];
  readonly within: readonly string[];
  /** True when a concurrency group or touched paths may hold it up. */
  readonly exclusive: boolean;
  readonly pool: string | null;
  readonly labels: readonly string[];
  readonly priority: number;
}

/** A rehearsal plays every machine on this one. */
const ANY_ARM = { pool: "default", labels: [] } as const;
/** A pass of a group or sub-workflow needs none, and no lane: the attempts inside take those. */
const NO_ARM = { pool: null, labels: [] } as const;

export function claimFor(draft: Draft, spot: Spot, needs: Needs, attempt: number): Claim {
  const { lanes, touches, within, pool, labels, priority } = needs;
  const order = spot.task.index * 10_000 + Math.max(spot.item, 0);
  const named = { run: draft.state.id, lanes, touches, within, pool, labels, priority, order };
  return { ...named, ...refOf(spot, attempt), ...purposeOf(draft.unit(spot)) };
}

export function needsOf(draft: Draft, spot: Spot): Read<Needs> {
  const { task } = spot;
  if (task.kind !== "attempt") return passNeeds(draft, spot);
  if (
    task.labels === null &&
    task.touches === null &&
    task.concurrency === null &&
    typeof task.pool === "string" &&
    typeof task.priority === "number"
  ) {
    const { priority } = task;
    const pool = draft.state.start.rehearse ? ANY_ARM.pool : task.pool;
    const lanes = runLanes(draft);
    return {
      ok: true,
      value: { lanes, touches: NONE, within: NONE, exclusive: false, pool, labels: NONE, priority },
    };
  }
  return spelledNeeds(draft, spot);
}

const NONE: readonly never[] = [];

function spelledNeeds(draft: Draft, spot: Spot): Read<Needs> {
  const { task } = spot;
  const scope = scopeOf(draft, spot);
  const labels = lateTexts(task.labels, scope, "labels");
  const paths = pathsOf(draft, spot, scope);
  const pool = lateText(task.pool, scope, "pool");
  const priority = priorityOf(draft, spot);
  const own = task.concurrency === null ? null : groupLane(draft, spot, task.concurrency);
  if (!labels.ok) return labels;
  if (!paths.ok) return paths;
  if (!pool.ok) return pool;
  if (!priority.ok) return priority;
  if (own !== null && !own.ok) return own;
  const lanes = own === null ? runLanes(draft) : [...runLanes(draft), own.value];
  const exclusive = own !== null || paths.value.touches.length > 0;
  const place = draft.state.start.rehearse ? ANY_ARM : { pool: pool.value, labels: labels.value };
  return { ok: true, value: { lanes, ...paths.value, exclusive, ...place, priority: priority.value } };
}

function passNeeds(draft: Draft, spot: Spot): Read<Needs> {
  const scope = scopeOf(draft, spot);
  const paths = pathsOf(draft, spot, scope);
  const priority = priorityOf(draft, spot);
  if (!paths.ok) return paths;
  if (!priority.ok) return priority;
  const exclusive = paths.value.touches.length > 0;
  return { ok: true, value: { lanes: NONE, ...paths.value, exclusive, ...NO_ARM, priority: priority.value } };
}

function priorityOf(draft: Draft, spot: Spot): Read<number> {
  return numberOf(draft, spot, spot.task.priority, { what: "priority", range: RANGES.priority });
}

/** What a task touches lies inside what the passes around it hold. */
function pathsOf({ state }: Draft, { task }: Spot, scope: Scope): Read<Pick<Needs, "touches" | "within">> {
  const read = lateTexts(task.touches, scope, "touches");
  if (!read.ok) return read;
  const touches = read.value;
  const holds = touches.length > 0 ? (state.start.holds ?? NONE) : NONE;
  const inner = holds.at(-1);
  const outside = inner === undefined ? NONE : outsideOf(inner.touches, touches);
  if (outside.length === 0) return { ok: true, value: { touches, within: holds.map(({ run }) => run) } };
  const told = `task ${task.id} touches ${outside.join(", ")}, and what it lies in only ${inner?.touches.join(", ")}`;
  return { ok: false, failure: failure("config_error", `${told}: name it there too`) };
}

/** The lanes every attempt of this run needs: those of its parents and its own max_parallel. */
export function runLanes(draft: Draft): readonly Lane[] {
  const { lanes, maxParallel, limits } = draft.state.start;
  const asked = maxParallel ?? draft.state.settings.maxParallel;
  const limit = Math.min(asked, most(LIMITS.parallel, limits));
  return [...lanes, { name: `run:${draft.state.id}`, limit }];
}

/** The lanes of a pass with the task's own concurrency group: what a child hands on to its attempts. */
export function lanesOf(draft: Draft, spot: Spot): Read<readonly Lane[]> {
  const { concurrency } = spot.task;
  if (concurrency === null) return { ok: true, value: runLanes(draft) };
  const lane = groupLane(draft, spot, concurrency);
  return lane.ok ? { ok: true, value: [...runLanes(draft), lane.value] } : lane;
}

/** The concurrency groups that tasks of a workflow, and of the bodies in it, write out with their limit. */
export function writtenLanes(workflow: Workflow): readonly Lane[] {
  return workflow.tasks.flatMap(({ concurrency, body }) => {
    const inside = body === null ? NONE : writtenLanes(body);
    if (concurrency === null) return inside;
    const { group, limit } = concurrency;
    if (typeof group !== "string" || typeof limit !== "number") return inside;
    return [{ name: groupLaneName(group), limit }, ...inside];
  });
}

function groupLane(
  draft: Draft,
  spot: Spot,
  spec: { readonly group: Late<string>; readonly limit: Late<number> },
): Read<Lane> {
  const group = lateText(spec.group, scopeOf(draft, spot), "concurrency.group");
  const limit = numberOf(draft, spot, spec.limit, { what: "concurrency.limit", range: RANGES.parallel });
  if (!group.ok) return group;
  return limit.ok ? { ok: true, value: { name: groupLaneName(group.value), limit: limit.value } } : limit;
}
