/** Ending a run before its tasks have: cancel, finish, timeout (formats.md 1.2, 1.10, 1.11). */
import { type Draft, isEnded, isHalted, refOf, type Spot } from "./draft.ts";
import type { StopCause } from "./effect.ts";
import { endTask, endUnit, type UnitEnd, withdrawRunDecision } from "./end.ts";
import { present } from "./invariant.ts";
import { type Failure, failure, NO_OUTPUT } from "./outcome.ts";
import { closeRun, skipHooks } from "./phase.ts";
import type { EndStatus, Halt } from "./run.ts";
import { begunSpots, liveSpots } from "./spots.ts";
import type { Task } from "./workflow.ts";

/** `agent: finish`: the run ends with this status, hooks follow it. */
export function finishRun(draft: Draft, status: EndStatus, message: string | null): void {
  if (isHalted(draft) || draft.state.phase !== "main") return;
  if (status === "failed")
    draft.state.failure ??= {
      ...failure("finished", message ?? "the workflow ended itself as failed"),
      task: null,
    };
  halt(draft, { kind: "finish", status, message }, "finished", { status: "skipped", skipReason: "finished" });
}

/**
 * A person, a parent or a newer run cancels. Once: nothing new starts, on_complete follows. Twice: no hook runs any
 * more. While on_complete runs already, the first time changes nothing.
 */
export function cancelRun(draft: Draft, reason: string): void {
  const { state } = draft;
  const times = timesCancelled(draft, reason);
  if (times === state.cancels) return;
  state.cancels = times;
  goOnPaused(draft);
  if (state.phase === "after" || (state.phase === "complete" && times > 1)) return skipHooks(draft);
  if (state.phase === "complete") return;
  if (isHalted(draft)) return stopChildrenTwice(draft);
  const { phase } = state;
  halt(draft, { kind: "cancel" }, "cancelled", { status: "cancelled" });
  if (phase === "queued") closeRun(draft, "cancelled");
  if (phase === "on_start") skipHooks(draft);
}

/** Of parents the first and the second time have words of their own: they ask again after a restart. */
function timesCancelled({ state }: Draft, reason: string): number {
  if (state.start.parent === null || !Object.hasOwn(PARENT_TIMES, reason)) return state.cancels + 1;
  return Math.max(state.cancels, PARENT_TIMES[reason as keyof typeof PARENT_TIMES]);
}

const PARENT_TIMES = { parent: 1, parent_twice: 2 } as const;

function stopChildrenTwice(draft: Draft): void {
  if (draft.state.cancels < 2) return;
  for (const task of draft.workflow.tasks) {
    if (task.kind !== "group" && task.kind !== "workflow") continue;
    for (const spot of liveSpots(draft, task)) {
      draft.effect({ do: "stop_child", attempt: refOf(spot, draft.unit(spot).attempt), twice: true });
    }
  }
}

/** What is held back could not end, and hooks could not start. */
function goOnPaused(draft: Draft): void {
  if (draft.state.status !== "paused") return;
  draft.state.status = "running";
  draft.effect({ do: "release" });
}

/** The run's own timeout: like a cancel, but the run has failed. */
export function timeoutRun(draft: Draft): void {
  const { timeoutSeconds } = draft.workflow.settings;
  draft.state.failure ??= {
    ...failure("timeout", `the run took longer than its ${timeoutSeconds} s`),
    task: null,
  };
  halt(draft, { kind: "timeout" }, "timeout", { status: "cancelled" });
}

/** Nobody raised the used-up budget of the run: it has failed. */
export function endForBudget(draft: Draft, stopped: Failure): void {
  draft.state.failure ??= { ...stopped, task: null };
  halt(draft, { kind: "budget" }, "cancelled", { status: "cancelled" });
}

/** Nothing new starts, what runs is stopped, the rest ends at once. */
function halt(draft: Draft, kind: Halt, cause: StopCause, rest: UnitEnd): void {
  draft.state.halt = kind;
  withdrawRunDecision(draft);
  for (let index = 0; index < draft.workflow.size; index++) {
    const task = present(draft.workflow.tasks[index], "a task exists");
    if (!isEnded(draft.task(index).status)) haltTask(draft, task, cause, rest);
  }
}

function haltTask(draft: Draft, task: Task, cause: StopCause, rest: UnitEnd): void {
  if (task.map !== null && draft.task(task.index).items === null) return endTask(draft, task, rest);
  if (task.map !== null) draft.setItems(task.index, { stopped: true });
  for (const spot of [...begunSpots(draft, task)]) {
    if (draft.unit(spot).live) stopSpot(draft, spot, cause);
    else endUnit(draft, spot, { ...rest, output: NO_OUTPUT });
  }
}

function stopSpot(draft: Draft, spot: Spot, cause: StopCause): void {
  const attempt = refOf(spot, draft.unit(spot).attempt);
  draft.setUnit(spot, { stopping: cause });
  if (spot.task.kind === "attempt") draft.effect({ do: "stop", attempt, cause });
  else draft.effect({ do: "stop_child", attempt, twice: draft.state.cancels > 1 });
}
