/** What one item of a mapped task took in past runs of its workflow: loaded only where a run may have to ask first. */
import type { Entry, RunStarted } from "../core/event.ts";
import { agentsIn, itemsOf, sizeWritten } from "../core/fan-out.ts";
import type { ItemCost } from "../core/item-cost.ts";
import type { Task, Workflow } from "../core/workflow.ts";
import type { Store } from "../host/embedded/store.ts";

/** Older ones tell less of what the workflow does now. */
const RUNS_MAX = 5;
/** Reading so many takes a fifth of a second, in which nothing else is done. */
const ENTRIES_MAX = 5_000;

/** null: an attempt of it did not tell. */
interface Taken {
  usd: number | null;
  tokens: number | null;
}

/** Nothing where the file says that no more than the cap will start. */
export function pastCosts(
  store: Pick<Store, "runs" | "entries">,
  workflow: Workflow,
  cap: number,
): Pick<RunStarted, "itemCosts" | "isPastTooLong"> {
  const asking = workflow.tasks.filter((task) => mayAskFirst(task, workflow, cap));
  if (asking.length === 0) return {};
  const taken = new Map(asking.map(({ id }) => [id, [] as Taken[]]));
  const over = ["success", "failed", "cancelled"] as const;
  const past = store
    .runs({ workflow: workflow.name, parent: null, status: over, limit: 3 * RUNS_MAX })
    .filter(({ rehearse }) => !rehearse);
  let left = ENTRIES_MAX;
  for (const { run, sequence } of past.slice(0, RUNS_MAX)) {
    left -= sequence;
    if (left < 0) break;
    for (const [task, items] of takenIn(store.entries(run))) taken.get(task)?.push(...items.values());
  }
  const costs = [...taken].flatMap(([id, items]) => {
    const cost = costOf(items, "usd") ?? costOf(items, "tokens");
    return cost === null ? [] : [[id, cost] as const];
  });
  return { itemCosts: Object.fromEntries(costs), ...(left < 0 && { isPastTooLong: true }) };
}

function mayAskFirst(task: Task, workflow: Workflow, cap: number): boolean {
  const each = task.map === null ? 0 : agentsIn(task, workflow);
  const items = task.map === null ? 0 : itemsOf(task.map, sizeWritten);
  return each > 0 && (items === null || items * each > cap);
}

/** Of each item of each task, over all of its attempts and what was done inside. */
function takenIn(entries: readonly Entry[]): ReadonlyMap<string, ReadonlyMap<number, Taken>> {
  const tasks = new Map<string, Map<number, Taken>>();
  for (const { event } of entries) {
    if (event.type !== "attempt.ended" && event.type !== "child.ended") continue;
    const usage = event.type === "child.ended" ? event.usage : event.outcome.usage;
    if (event.item === undefined) continue;
    const items = tasks.get(event.task) ?? new Map<number, Taken>();
    tasks.set(event.task, items);
    const { usd, tokens } = items.get(event.item) ?? { usd: 0, tokens: 0 };
    items.set(event.item, {
      usd: sumOf(usd, usage?.costUsd ?? null),
      tokens: sumOf(tokens, usage?.tokens ?? null),
    });
  }
  return tasks;
}

/** What is unknown of a part is unknown of the whole. */
function sumOf(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}

function costOf(taken: readonly Taken[], unit: keyof Taken): ItemCost | null {
  const sorted = taken.flatMap(({ [unit]: value }) => value ?? []).sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  if (sorted.length === 0) return null;
  const [told, items] = [sorted.length, taken.length];
  return { unit, likely: at(0.5), high: at(0.9), ...(told < items && { told, items }) };
}
