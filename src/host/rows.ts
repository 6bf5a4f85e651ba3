/** The read model: rows for lists and search, made from a run. Never read by the decider. */
import { freshUnit } from "../core/begin.ts";
import { isEnded } from "../core/draft.ts";
import type { Json, JsonMap } from "../core/json.ts";
import { failure, type OutputValue } from "../core/outcome.ts";
import type { Mapped, Run, TaskState, Unit } from "../core/run.ts";
import { at, changedPlaces, each } from "../core/vector.ts";
import type { Task } from "../core/workflow.ts";
import type { RunRow, TaskRow } from "./host.ts";

/** `detail` is written when a run begins and when it ends; between them it stays as it is. */
export function runRow(run: Run, detail: boolean): RunRow {
  const { failure, counts, start } = run;
  return {
    run: run.id,
    workflow: start.workflow,
    digest: start.digest,
    status: run.status,
    parent: start.parent?.run ?? null,
    root: start.parent?.root ?? run.id,
    label: start.label,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    done: counts.success + counts.failed + counts.skipped + counts.cancelled,
    total: run.workflow.size,
    failedTask: failure?.task ?? null,
    failureClass: failure?.class ?? null,
    failureMessage: failure?.message ?? null,
    costUsd: run.usage.costUsd,
    tokens: run.usage.tokens,
    waitingFor: run.openDecisions,
    rehearse: start.rehearse,
    sequence: run.sequence,
    detail: detail ? detailOf(run) : null,
  };
}

function detailOf(run: Run): JsonMap {
  const { start } = run;
  return {
    params: start.params,
    trigger: start.trigger,
    path: start.path,
    by: start.by,
    retryOf: start.retryOf,
    outputs: run.outputs,
    warnings: run.warnings,
    failed: run.failed,
    halt: run.halt?.kind ?? null,
  };
}

/**
 * Rows of the tasks and items that differ between two states of a run. What is pending has no row: one that says
 * so takes away the row that was there before it was set back.
 */
export function changedTaskRows(before: Run | null, after: Run): readonly TaskRow[] {
  const rows: TaskRow[] = [];
  for (const index of changedPlaces(before?.tasks ?? null, after.tasks)) {
    const task = after.workflow.tasks[index] as Task;
    const state = at(after.tasks, index);
    const old = before === null ? null : at(before.tasks, index);
    if (state.status !== "pending" || (old !== null && old.status !== "pending"))
      rows.push(taskRow(after.id, task, state));
    rows.push(...changedItemRows(after.id, task, old?.items ?? null, state));
  }
  return rows;
}

/** Items that are gone since the task was set back are pending again. */
function changedItemRows(
  run: string,
  task: Task,
  before: Mapped | null,
  { items: after, cached }: TaskState,
): readonly TaskRow[] {
  if (before === after) return [];
  const rows: TaskRow[] = [];
  for (let item = after?.list.length ?? 0; before !== null && item < before.list.length; item++)
    rows.push(itemRow(run, task, before, item, { unit: PENDING }));
  if (after === null) return rows;
  for (const item of changedPlaces(before?.units ?? null, after.units)) {
    const unit = at(after.units, item);
    const old = before !== null && item < before.list.length ? at(before.units, item) : PENDING;
    if (unit.status !== "pending" || old.status !== "pending")
      rows.push(itemRow(run, task, after, item, { unit, cached }));
  }
  return rows;
}

const PENDING = freshUnit(0);

function taskRow(run: string, task: Task, state: TaskState): TaskRow {
  const { unit } = state;
  return {
    run,
    task: task.id,
    position: task.index * 10_001,
    status: state.status,
    reason: state.reason,
    skipReason: state.skipReason,
    attempts: state.items === null ? unit.attempt : attemptsOf(state.items),
    startedAt: state.startedAt,
    endedAt: state.endedAt,
    durationMs: isEnded(state.status) ? state.durationMs : null,
    failureClass: state.error?.class ?? null,
    failureMessage: state.error?.message ?? null,
    costUsd: state.usage.costUsd,
    output: state.items === null ? outputText(state.output) : null,
    detail:
      state.items === null ? detailOfUnit(unit, state.cached) : detailOfMapped(state.items, state.cached),
  };
}

function itemRow(
  run: string,
  task: Task,
  items: Mapped,
  item: number,
  { unit, cached = false }: { readonly unit: Unit; readonly cached?: boolean },
): TaskRow {
  return {
    run,
    task: `${task.id}[${items.list[item]?.key}]`,
    position: task.index * 10_001 + item + 1,
    status: unit.status,
    reason: unit.reason,
    skipReason: unit.skipReason,
    attempts: unit.attempt,
    startedAt: unit.startedAt,
    endedAt: null,
    durationMs: isEnded(unit.status) ? unit.durationMs : null,
    failureClass: unit.error?.class ?? null,
    failureMessage: unit.error?.message ?? null,
    costUsd: unit.usage.costUsd,
    output: outputText(unit.output),
    detail: detailOfUnit(unit, cached),
  };
}

function attemptsOf(items: Mapped): number {
  let attempts = 0;
  for (const unit of each(items.units)) attempts += unit.attempt;
  return attempts;
}

function outputText(output: OutputValue): string | null {
  if (!("value" in output)) return JSON.stringify(output);
  return output.value === null ? null : JSON.stringify(output.value);
}

function detailOfMapped({ list }: Mapped, cached: boolean): Json {
  return { items: list.length, ...(cached && { cached }) };
}

/** What a project says of a class; null where it is what the class itself says. */
function ownAction({ error }: Unit): string | null {
  if (error === null || error.action === failure(error.class, "").action) return null;
  return error.action;
}

function detailOfUnit(unit: Unit, cached: boolean): Json {
  const action = ownAction(unit);
  const isPlain = unit.exitCode === null && unit.checks.length === 0 && unit.iteration === 1;
  if (isPlain && !cached && action === null) return null;
  return {
    ...(action !== null && { action }),
    exitCode: unit.exitCode,
    iteration: unit.iteration,
    cached,
    checks: unit.checks as unknown as Json,
  };
}
