import type { Effect } from "./effect.ts";
import type { AttemptRef, Entry } from "./event.ts";
import { present } from "./invariant.ts";
import type { Lookup } from "./lookup.ts";
import type { Usage } from "./outcome.ts";
import type { EndStatus, Mapped, Run, TaskState, TaskStatus, Unit } from "./run.ts";
import { at, replaced, VectorDraft } from "./vector.ts";
import type { Task, Workflow } from "./workflow.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A task, or one instance of a mapped one (`item` ≥ 0): what is tried and repeated. */
export interface Spot {
  readonly task: Task;
  readonly item: number;
}

/**
 * Something that follows from what was just done and is still to be worked off (schedule.ts). Rooms of the
 * decider hand on steps instead of calling each other, so nothing recurses and nothing imports in a circle.
 */
export type Step =
  | { readonly do: "task_ended"; readonly task: Task }
  | { readonly do: "consider"; readonly task: Task }
  | { readonly do: "begin"; readonly task: Task }
  | { readonly do: "pass"; readonly spot: Spot }
  | { readonly do: "item_ended"; readonly spot: Spot }
  | { readonly do: "finish"; readonly status: EndStatus; readonly message: string | null };

/**
 * A run while one entry is applied to it. Every change of a state goes through `setTask` and `setUnit`, which
 * keep the counters right; `steps` is what must still be worked off.
 */
export class Draft {
  readonly state: Mutable<Omit<Run, "tasks">>;
  readonly effects: Effect[] = [];
  readonly steps: Step[] = [];
  readonly entry: Entry;
  readonly lookup: Lookup;
  readonly #tasks: VectorDraft<TaskState>;
  #countsOwned = false;

  constructor(run: Run, entry: Entry, lookup: Lookup) {
    // `tasks` comes along and is overwritten at the end: leaving it out costs more than copying it.
    this.state = { ...run, sequence: entry.sequence, at: entry.at, tick: Math.max(run.tick, entry.tick) };
    this.#tasks = new VectorDraft(run.tasks);
    this.entry = entry;
    this.lookup = lookup;
  }

  get workflow(): Workflow {
    return this.state.workflow;
  }

  /** The run that came of it; the draft is done with. */
  frozen(): Run {
    return Object.assign(this.state, { tasks: this.#tasks.frozen() });
  }

  /** The run as it is now, for reading by expressions. */
  get view(): RunView {
    return { ...this.state, taskAt: (index) => this.#tasks.get(index) };
  }

  task(index: number): TaskState {
    return this.#tasks.get(index);
  }

  setTask(index: number, patch: Partial<TaskState>): void {
    const before = this.#tasks.get(index);
    this.#tasks.set(index, { ...before, ...patch });
    if (patch.status !== undefined && patch.status !== before.status && index < this.workflow.size) {
      this.#count(before.status, patch.status);
    }
  }

  unit({ task, item }: Spot): Unit {
    const state = this.#tasks.get(task.index);
    return item < 0 ? state.unit : at(present(state.items, "a mapped task is expanded", task.id).units, item);
  }

  /**
   * Changes a unit, and with it (`more`) its task. The task of an unmapped one began with it, and shows the same
   * status and reason until it ends.
   */
  setUnit(spot: Spot, patch: Partial<Unit>, more: Partial<TaskState> = {}): void {
    const before = this.unit(spot);
    const after = { ...before, ...patch };
    this.state.live += Number(after.live) - Number(before.live);
    if (spot.task.hook === null) this.state.ticking += Number(isTicking(after)) - Number(isTicking(before));
    const { index } = spot.task;
    if (spot.item >= 0) {
      const items = present(this.task(index).items, "a mapped task is expanded", spot.task.id);
      this.setTask(index, { items: { ...items, units: replaced(items.units, spot.item, after) }, ...more });
      return;
    }
    const { status, reason, startedAt, startedTick } = after;
    if (isEnded(status)) this.setTask(index, { unit: after, ...more });
    else this.setTask(index, { unit: after, status, reason, startedAt, startedTick, ...more });
  }

  setItems(index: number, patch: Partial<Mapped>): void {
    this.setTask(index, {
      items: { ...present(this.task(index).items, "a mapped task is expanded"), ...patch },
    });
  }

  /** Finds what an entry speaks of; undefined when this workflow or task has no such place. */
  spot(ref: Omit<AttemptRef, "attempt">): Spot | undefined {
    return spotOf(this.workflow, (index) => this.task(index), ref);
  }

  addUsage(spot: Spot, usage: Usage | null): void {
    if (usage === null) return;
    const unit = this.unit(spot);
    this.setUnit(
      spot,
      { usage: sum(unit.usage, usage) },
      { usage: sum(this.task(spot.task.index).usage, usage) },
    );
    this.state.usage = sum(this.state.usage, usage);
  }

  next(step: Step): void {
    this.steps.push(step);
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }

  #count(before: TaskStatus, after: TaskStatus): void {
    if (!this.#countsOwned) {
      this.state.counts = { ...this.state.counts };
      this.#countsOwned = true;
    }
    const counts = this.state.counts as Record<TaskStatus, number>;
    counts[before] -= 1;
    counts[after] += 1;
    this.state.left += Number(isEnded(before)) - Number(isEnded(after));
  }
}

/** A run whose tasks are read one by one; both a Run and a Draft give one. */
export interface RunView extends Omit<Run, "tasks"> {
  taskAt(index: number): TaskState;
}

export function viewOf(run: Run): RunView {
  return { ...run, taskAt: (index) => at(run.tasks, index) };
}

/** True when the run is being ended: nothing new begins, whatever becomes of what still runs. */
export function isHalted({ state: { halt } }: Draft): boolean {
  return halt !== null && halt.kind !== "stop";
}

/** Under `on_failure: stop` only what comes after a failure goes on. */
export function isStopped({ state: { halt } }: Draft, { index }: Task): boolean {
  return halt?.kind === "stop" && !halt.open.has(index);
}

export function spotOf(
  workflow: Workflow,
  taskAt: (index: number) => TaskState,
  ref: Omit<AttemptRef, "attempt">,
): Spot | undefined {
  const index = workflow.indexOf.get(ref.task);
  if (index === undefined) return undefined;
  const task = present(workflow.tasks[index], "a task has a place", ref.task);
  const item = ref.item ?? -1;
  const items = taskAt(index).items;
  if (item < 0) return task.map === null ? { task, item: -1 } : undefined;
  return items !== null && item < items.list.length ? { task, item } : undefined;
}

export function refOf({ task, item }: Spot, attempt: number): AttemptRef {
  return item < 0 ? { task: task.id, attempt } : { task: task.id, item, attempt };
}

export function isEnded(status: TaskStatus): boolean {
  return status === "success" || status === "failed" || status === "skipped" || status === "cancelled";
}

/** While a unit is in one of these, the run clock counts (formats.md 1.10). */
function isTicking(unit: Unit): boolean {
  if (unit.status === "queued") return true;
  if (unit.status === "running") return !unit.childWaits;
  return unit.status === "waiting" && (unit.reason === "retry" || unit.reason === "event");
}

/** Adds what is known: unknown stays unknown only until something known is added. */
export function sum(left: Usage, right: Usage): Usage {
  return { costUsd: plus(left.costUsd, right.costUsd), tokens: plus(left.tokens, right.tokens) };
}

function plus(left: number | null, right: number | null): number | null {
  if (left === null) return right;
  return right === null ? left : left + right;
}
