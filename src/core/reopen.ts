/** Setting tasks back to pending in one step: a send-back, or a retry of an ended run. */
import { freshTask, freshUnit } from "./begin.ts";
import { type Draft, isEnded, refOf } from "./draft.ts";
import { descendantsOf, withdrawDecision, withdrawRequest, withdrawTaskDecision } from "./end.ts";
import { present } from "./invariant.ts";
import type { Run } from "./run.ts";
import { begunSpots } from "./spots.ts";
import { at } from "./vector.ts";
import type { Task } from "./workflow.ts";

/** Where a send-back goes, and what the person said. */
export interface SentBack {
  readonly target: number;
  readonly feedback: string | null;
}

/** The tasks of `wanted` become pending; attempts of theirs that still run are stopped and fenced off by number. */
export function reopen(draft: Draft, wanted: ReadonlySet<number>, sentBack: SentBack | null): void {
  const set = forgetFailures(draft, wanted);
  for (const index of set) {
    setBack(
      draft,
      present(draft.workflow.tasks[index], "a task exists"),
      index === sentBack?.target ? sentBack.feedback : null,
    );
  }
  for (const index of set) {
    const task = present(draft.workflow.tasks[index], "a task exists");
    const left = task.dependencies.filter((dependency) => !isEnded(draft.task(dependency).status)).length;
    draft.setTask(index, { left });
    if (left === 0) draft.next({ do: "consider", task });
  }
}

/**
 * A failure that is tried again is none so far. When the last one goes, what was stopped for it comes back too: a
 * run in which tasks were left out by mistake must not end as a success.
 */
function forgetFailures(draft: Draft, set: ReadonlySet<number>): ReadonlySet<number> {
  const { state, workflow } = draft;
  const indexOf = (id: string) => present(workflow.indexOf.get(id), `task ${id} exists`);
  state.failed = state.failed.filter((id) => !set.has(indexOf(id)));
  const [first] = state.failed;
  const error = first === undefined ? null : draft.task(indexOf(first)).error;
  state.failure = error === null ? null : { ...error, task: first as string };
  if (state.halt?.kind !== "stop") return set;
  if (first !== undefined) {
    state.halt = {
      kind: "stop",
      open: new Set([...descendantsOf(workflow, state.failed.map(indexOf)), ...set]),
    };
    return set;
  }
  state.halt = null;
  const stopped: number[] = [];
  for (let index = 0; index < workflow.size; index++)
    if (draft.task(index).skipReason === "stopped") stopped.push(index);
  return new Set([...set, ...stopped, ...descendantsOf(workflow, stopped)]);
}

/** Also for hooks of a run that is opened again. */
export function setBack(draft: Draft, task: Task, feedback: string | null): void {
  for (const spot of begunSpots(draft, task)) {
    const unit = draft.unit(spot);
    withdrawRequest(draft, spot);
    withdrawDecision(draft, spot);
    if (unit.timer !== null) draft.effect({ do: "clear_timer", timer: unit.timer.id });
    if (unit.live) draft.effect(stopOf(spot, unit.attempt));
    draft.setUnit(spot, { ...freshUnit(unit.attempt) });
  }
  withdrawTaskDecision(draft, task.index);
  const before = draft.task(task.index);
  draft.setTask(task.index, {
    ...freshTask(0),
    round: before.round + 1,
    feedback,
    fanOut: before.fanOut,
    unit: freshUnit(lastAttempt(before)),
    usage: before.usage,
    budgetRaised: before.budgetRaised,
  });
}

/** Attempt numbers go on over rounds, also over those of items, so that no attempt id comes twice. */
function lastAttempt(before: ReturnType<Draft["task"]>): number {
  if (before.items === null) return before.unit.attempt;
  let last = before.unit.attempt;
  for (let item = 0; item < before.items.begun; item++)
    last = Math.max(last, at(before.items.units, item).attempt);
  return last;
}

function stopOf(spot: Parameters<typeof refOf>[0], attempt: number) {
  const ref = refOf(spot, attempt);
  if (spot.task.kind === "attempt") return { do: "stop", attempt: ref, cause: "cancelled" } as const;
  return { do: "stop_child", attempt: ref, twice: false } as const;
}

/**
 * What a retry sets back: failed, cancelled and stopped tasks with the dependants that were skipped for them, and
 * tasks that say `rerun`; with `from`, that task and all after it; with `named`, those alone as long as another one
 * has failed: a run in which something was left out must not end as a success. Other results are kept.
 */
export function retrySet(run: Run, from: string | null, named: readonly string[] = []): ReadonlySet<number> {
  const { workflow } = run;
  const indexOf = (id: string) => present(workflow.indexOf.get(id), `task ${id} exists`);
  const start = from === null ? undefined : workflow.indexOf.get(from);
  const set = new Set<number>(start === undefined ? [] : [start, ...descendantsOf(workflow, [start])]);
  for (const id of named) set.add(indexOf(id));
  const isRestLeft = named.length > 0 && run.failed.some((id) => !set.has(indexOf(id)));
  if (from === null && !isRestLeft) for (const index of brokenOf(run)) set.add(index);
  if (set.size === 0) return set;
  for (const index of descendantsOf(workflow, set)) {
    const { status, skipReason } = at(run.tasks, index);
    if (status === "skipped" && skipReason !== "failure" && skipReason !== "not_selected") set.add(index);
  }
  for (const task of workflow.tasks.slice(0, workflow.size)) {
    if (task.rerun && at(run.tasks, task.index).status === "success") set.add(task.index);
  }
  return set;
}

const BROKEN_SKIPS: ReadonlySet<string | null> = new Set(["stopped", "upstream_failed", "finished"]);

function* brokenOf(run: Run): Generator<number> {
  for (let index = 0; index < run.workflow.size; index++) {
    const { status, skipReason } = at(run.tasks, index);
    if (status === "failed" || status === "cancelled" || BROKEN_SKIPS.has(skipReason)) yield index;
  }
}
