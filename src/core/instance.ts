/** Many from one: foreach and matrix (formats.md 1.4). */

import { freshUnit } from "./begin.ts";
import { cacheOf, keep } from "./cache.ts";
import { type Draft, isHalted, type Spot } from "./draft.ts";
import { endTask, failTask, stopItems } from "./end.ts";
import type { Event } from "./event.ts";
import { asksFirst } from "./fan-out.ts";
import { present } from "./invariant.ts";
import { itemsOf } from "./items.ts";
import { numberOf, numberOrNull } from "./late.ts";
import { beyond, LIMITS, most } from "./limits.ts";
import { type Failure, failure, type OutputValue } from "./outcome.ts";
import { RANGES } from "./range.ts";
import type { Mapped, Unit } from "./run.ts";
import { at, each, vectorOf } from "./vector.ts";
import type { Task } from "./workflow.ts";

/** Reads the items; the host sends them back as task.expanded, so that replay needs no expression. */
export function expand(draft: Draft, task: Task): void {
  const items = itemsOf(draft, task);
  if (!items.ok) return failTask(draft, task, items.failure);
  const cache = cacheOf(draft, task, items.value);
  if (!cache.ok) return failTask(draft, task, cache.failure);
  if (asksFirst(draft, task, items.value.length)) return;
  draft.setTask(task.index, { status: "queued", reason: null });
  draft.effect({ do: "expand", task: task.id, items: items.value, cache: cache.value });
}

export function expanded(
  draft: Draft,
  task: Task,
  { items: list, cached }: Event & { readonly type: "task.expanded" },
): void {
  const map = present(task.map, "an expanded task is mapped");
  const { instances, start } = draft.state;
  const count = instances + list.length;
  if (count > most(LIMITS.instances, start.limits)) {
    const told = `${task.id} would bring the run to ${count} instances; ${beyond(LIMITS.instances, start.limits)}`;
    return failTask(draft, task, failure("config_error", told));
  }
  const limit = numberOrNull(draft, { task, item: -1 }, map.maxParallel, {
    what: `${map.kind}.max_parallel`,
    range: RANGES.parallel,
  });
  if (!limit.ok) return failTask(draft, task, limit.failure);
  const attempt = draft.task(task.index).unit.attempt;
  const items: Mapped = {
    list,
    units: vectorOf(list.map((_, index) => unitOf(attempt, cached?.[index]))),
    begun: cached === undefined ? 0 : list.length,
    active: 0,
    succeeded: cached === undefined ? 0 : list.length,
    failed: 0,
    maxParallel: limit.value ?? Number.MAX_SAFE_INTEGER,
    stopped: false,
  };
  const { at: startedAt, tick: startedTick } = draft.state;
  draft.state.instances += list.length;
  const began = { status: "running", reason: null, startedAt, startedTick } as const;
  draft.setTask(task.index, { items, cached: cached !== undefined, ...began });
  beginItems(draft, task);
}

/** One whose output a cache had is done. */
function unitOf(attempt: number, output: OutputValue | undefined): Unit {
  return output === undefined ? freshUnit(attempt) : { ...freshUnit(attempt), status: "success", output };
}

/** Begins as many further items as may run at once; ends the task when nothing is left to wait for. */
function beginItems(draft: Draft, task: Task): void {
  for (;;) {
    const items = present(draft.task(task.index).items, "a mapped task is expanded");
    const all = items.begun === items.list.length || items.stopped;
    if (all && items.active === 0) return allEnded(draft, task, items);
    if (all || items.active >= items.maxParallel) return;
    draft.setItems(task.index, { begun: items.begun + 1, active: items.active + 1 });
    draft.next({ do: "pass", spot: { task, item: items.begun } });
  }
}

export function itemEnded(draft: Draft, { task, item }: Spot): void {
  const items = present(draft.task(task.index).items, "a mapped task is expanded");
  const { status } = at(items.units, item);
  const failed = status === "failed" || status === "cancelled";
  draft.setItems(task.index, {
    active: items.active - 1,
    succeeded: items.succeeded + Number(status === "success"),
    failed: items.failed + Number(failed),
  });
  if (failed && !items.stopped && task.map?.onFailure === "stop") stopItems(draft, task);
  beginItems(draft, task);
}

/** What the items came to. One that was cut off makes the whole incomplete, and incomplete is no success. */
function allEnded(draft: Draft, task: Task, items: Mapped): void {
  const { halt } = draft.state;
  const isFinished = halt?.kind === "finish";
  let cut = false;
  let cancelled = false;
  for (let item = 0; item < items.list.length; item++) {
    if (item >= items.begun)
      draft.setUnit({ task, item }, { status: "skipped", skipReason: isFinished ? "finished" : "stopped" });
    const { status, skipReason } = at(items.units, item);
    cancelled ||= status === "cancelled";
    cut ||= item >= items.begun || skipReason === "stopped" || skipReason === "finished";
  }
  if (isHalted(draft) && (cut || cancelled)) {
    if (isFinished && !cancelled) return endTask(draft, task, { status: "skipped", skipReason: "finished" });
    return endTask(draft, task, { status: "cancelled" });
  }
  const wrong =
    items.failed > 0 && task.map?.onFailure !== "ignore" ? itemsFailed(items) : tooFew(draft, task, items);
  if (wrong !== null) return failTask(draft, task, wrong);
  if (cut) return endTask(draft, task, { status: "skipped", skipReason: "stopped" });
  keep(draft, task, [...each(items.units)]);
  endTask(draft, task, { status: "success" });
}

/** `on_failure: ignore` succeeds when `min_success` items did. */
function tooFew(draft: Draft, task: Task, items: Mapped): Failure | null {
  if (task.map?.kind !== "foreach" || task.map.onFailure !== "ignore" || task.map.minSuccess === null)
    return null;
  const asked = { what: "foreach.min_success", range: RANGES.minSuccess };
  const wanted = numberOf(draft, { task, item: -1 }, task.map.minSuccess, asked);
  if (!wanted.ok) return wanted.failure;
  const { length } = items.list;
  if (length === 0 || items.succeeded >= wanted.value) return null;
  return failure(
    "items_failed",
    `${items.succeeded} of ${length} items succeeded, ${wanted.value} are needed`,
  );
}

function itemsFailed(items: Mapped): Failure {
  const keys: string[] = [];
  let first: string | null = null;
  for (let item = 0; item < items.begun; item++) {
    const { status, error } = at(items.units, item);
    if (status !== "failed" && status !== "cancelled") continue;
    keys.push(present(items.list[item], "an item exists").key);
    first ??= error?.message ?? status;
  }
  const named =
    keys.length > 5 ? `${keys.slice(0, 5).join(", ")} and ${keys.length - 5} more` : keys.join(", ");
  return failure(
    "items_failed",
    `${items.failed} of ${items.list.length} items failed: ${named}; first: ${first}`,
  );
}
