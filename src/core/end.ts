/** The one way a task and a unit end, and what a failure means for the others. */
import { type Draft, isEnded, isHalted, refOf, type Spot } from "./draft.ts";
import type { Decision } from "./effect.ts";
import { must, present } from "./invariant.ts";
import { type Failure, failure, NO_OUTPUT, type OutputValue } from "./outcome.ts";
import type { SkipReason, TaskState } from "./run.ts";
import { begunSpots } from "./spots.ts";
import type { Task, Workflow } from "./workflow.ts";

export function skipTask(draft: Draft, task: Task, skipReason: SkipReason): void {
  endTask(draft, task, { status: "skipped", skipReason });
}

/** A task that fails before its first pass; `on_failure: skip` forgives it like any failure. */
export function failTask(draft: Draft, task: Task, error: Failure): void {
  if (task.onFailure === "skip") endTask(draft, task, { status: "skipped", skipReason: "failure", error });
  else endTask(draft, task, { status: "failed", error });
}

/** The one way a task ends. */
export function endTask(draft: Draft, task: Task, end: UnitEnd): void {
  const before = draft.task(task.index);
  must(!isEnded(before.status), "a task ends once", task.id);
  const began = before.startedTick;
  const isOurs = end.status !== "cancelled" || isHalted(draft) || task.hook !== null;
  const error = end.error ?? (isOurs ? null : CANCELLED_FROM_OUTSIDE);
  if (before.decision !== null) withdrawTaskDecision(draft, task.index);
  const ended = {
    status: end.status,
    reason: null,
    skipReason: end.skipReason ?? null,
    endedAt: draft.state.at,
    durationMs: began === null ? 0 : draft.state.tick - began,
    error,
    earlier: null,
    measuring: false,
    ...(end.output === undefined ? {} : { output: end.output }),
  };
  if (task.map === null) closeUnit(draft, { task, item: -1 }, end, ended);
  else draft.setTask(task.index, ended);
  draft.next({ do: "task_ended", task });
  if (error !== null && end.status !== "skipped" && task.hook === null) taskFailed(draft, task, error);
}

/** Nobody here asked for it, so nobody here may call it a success. */
const CANCELLED_FROM_OUTSIDE = failure("unknown", "it was cancelled from outside");

export interface UnitEnd {
  readonly status: "success" | "failed" | "skipped" | "cancelled";
  readonly skipReason?: SkipReason;
  readonly error?: Failure | null;
  readonly output?: OutputValue;
}

/** Ends a unit: of an unmapped task the task with it; of a mapped one the other items are looked at next. */
export function endUnit(draft: Draft, spot: Spot, end: UnitEnd): void {
  if (spot.item < 0)
    return endTask(
      draft,
      spot.task,
      end.output === undefined ? { ...end, output: draft.unit(spot).output } : end,
    );
  closeUnit(draft, spot, end);
  draft.next({ do: "item_ended", spot });
}

/** A unit failed for good: `on_failure: skip` forgives it, with the error kept. */
export function endFailed(draft: Draft, spot: Spot, error: Failure): void {
  if (spot.task.onFailure === "skip")
    endUnit(draft, spot, { status: "skipped", skipReason: "failure", error, output: NO_OUTPUT });
  else endUnit(draft, spot, { status: "failed", error, output: NO_OUTPUT });
}

/** Ends a unit; with `more` the task of an unmapped one. */
function closeUnit(draft: Draft, spot: Spot, end: UnitEnd, more: Partial<TaskState> = {}): void {
  const unit = draft.unit(spot);
  must(!unit.live, "nothing of a task lives when it ends", spot.task.id);
  withdrawRequest(draft, spot);
  withdrawDecision(draft, spot);
  if (unit.timer !== null) draft.effect({ do: "clear_timer", timer: unit.timer.id });
  const began = unit.startedTick;
  const patch = {
    status: end.status,
    reason: null,
    skipReason: end.skipReason ?? null,
    error: end.error ?? null,
    durationMs: began === null ? 0 : draft.state.tick - began,
    timer: null,
    waiting: null,
    stopping: null,
    output: end.output ?? unit.output,
  };
  draft.setUnit(spot, patch, more);
  if (unit.decision?.kind === "budget") tryOthers(draft, spot.task);
}

/** The question of a budget is asked once a task; it went with the unit that asked, so the next one asks. */
function tryOthers(draft: Draft, task: Task): void {
  for (const spot of begunSpots(draft, task)) {
    if (draft.unit(spot).reason === "budget") draft.next({ do: "pass", spot });
  }
}

/** Takes back what was asked about a unit, or (item -1) about its task. */
export function withdrawDecision(draft: Draft, spot: Spot): void {
  const { decision } = draft.unit(spot);
  if (decision === null) return;
  forget(draft, decision);
  draft.setUnit(spot, { decision: null });
}

export function withdrawTaskDecision(draft: Draft, index: number): void {
  const { decision } = draft.task(index);
  if (decision === null) return;
  forget(draft, decision);
  draft.setTask(index, { decision: null });
}

function forget(draft: Draft, decision: Decision): void {
  draft.effect({ do: "withdraw_decision", decision: decision.id });
  if (decision.expiresAt !== null) draft.effect({ do: "clear_timer", timer: `expire:${decision.id}` });
  draft.state.openDecisions -= 1;
}

/** Of the run itself: a used-up budget. */
export function withdrawRunDecision(draft: Draft): void {
  if (draft.state.decision === null) return;
  forget(draft, draft.state.decision);
  draft.state.decision = null;
}

function taskFailed(draft: Draft, task: Task, error: Failure): void {
  const { state } = draft;
  state.failed = [...state.failed, task.id];
  state.failure ??= { ...error, task: task.id };
  if (draft.workflow.settings.onFailure !== "stop" || isHalted(draft)) return;
  if (state.halt === null) {
    state.halt = { kind: "stop", open: descendantsOf(draft.workflow, [task.index]) };
    stopOthers(draft, state.halt.open);
  } else if (state.halt.kind === "stop" && !state.halt.open.has(task.index)) {
    state.halt = {
      kind: "stop",
      open: new Set([...state.halt.open, ...descendantsOf(draft.workflow, [task.index])]),
    };
  }
}

/** Every task that has one of these among its ancestors. */
export function descendantsOf(workflow: Workflow, from: Iterable<number>): ReadonlySet<number> {
  const found = new Set<number>();
  const pending = [...from];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    for (const successor of present(workflow.tasks[index], "a task exists").successors) {
      if (found.has(successor)) continue;
      found.add(successor);
      pending.push(successor);
    }
  }
  return found;
}

/**
 * `on_failure: stop`: every task not begun that does not come after the failure ends; begun ones go on. What comes
 * after a begun one is judged when that has ended: its failure would open a path of its own.
 */
function stopOthers(draft: Draft, open: ReadonlySet<number>): void {
  const { workflow } = draft;
  const begun: number[] = [];
  const others: Task[] = [];
  for (let index = 0; index < workflow.size; index++) {
    const { status, startedAt } = draft.task(index);
    if (open.has(index) || isEnded(status)) continue;
    if (startedAt === null) others.push(present(workflow.tasks[index], "a task exists"));
    else begun.push(index);
  }
  const undecided = descendantsOf(workflow, begun);
  for (const task of others) if (!undecided.has(task.index)) skipTask(draft, task, "stopped");
  for (const index of begun) {
    if (draft.task(index).items !== null) stopItems(draft, present(workflow.tasks[index], "a task exists"));
  }
}

/** No further item is begun, and none that was only asked for. */
export function stopItems(draft: Draft, task: Task): void {
  draft.setItems(task.index, { stopped: true });
  for (const spot of begunSpots(draft, task)) {
    if (draft.unit(spot).startedAt === null && !draft.unit(spot).live)
      endUnit(draft, spot, { status: "skipped", skipReason: "stopped" });
  }
}

/** Takes back a request that no arm has followed yet. */
export function withdrawRequest(draft: Draft, spot: Spot): void {
  const unit = draft.unit(spot);
  const asked = unit.status === "queued" || (unit.status === "waiting" && unit.reason === "concurrency");
  if (!asked || unit.live) return;
  draft.effect({ do: "withdraw", attempt: refOf(spot, unit.attempt) });
}
