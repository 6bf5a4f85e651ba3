/**
 * What a change of a run means to somebody who watches: a task began, failed and is tried again, waits, ended.
 * The board, the lines and --jsonl are made from these.
 */
import { isEnded } from "../core/draft.ts";
import type { Timer } from "../core/effect.ts";
import type { Event } from "../core/event.ts";
import { repairedText } from "../core/mending.ts";
import type { Failure, OutputValue } from "../core/outcome.ts";
import type { Change } from "../core/replay.ts";
import type { Run, TaskState, TaskStatus, Unit } from "../core/run.ts";
import { at, changedPlaces } from "../core/vector.ts";
import type { Task } from "../core/workflow.ts";

export interface Step {
  /** `began` also when it waits or is queued again; `tried`: an attempt failed and another one follows. */
  readonly kind: "began" | "waits" | "tried" | "ended";
  /** Task id, `TASK[key]` for an instance, with the way to it for what a child run does. */
  readonly label: string;
  /** Of a repair: who mends. */
  readonly agent: string;
  readonly status: TaskStatus;
  /** What goes on, or comes next, is a repair. */
  readonly isRepair: boolean;
  /** Of a wait what for, of a skipped task why. */
  readonly reason: string | null;
  readonly attempt: number;
  readonly tries: number;
  readonly triesMax: number | null;
  readonly nextMs: number | null;
  /** Wall time at which it goes on by itself. */
  readonly nextAt: number | null;
  /** Wall time at which it began; null when it has not. */
  readonly startedAt: number | null;
  readonly durationMs: number;
  readonly exitCode: number | null;
  readonly error: Failure | null;
  readonly costUsd: number | null;
  readonly output: OutputValue;
  /** What there is to know of the attempt that ended, beside how. */
  readonly notes: readonly string[];
  readonly isCached: boolean;
  /** An instance of a mapped task, not the task itself. */
  readonly isItem: boolean;
  /** A mapped task, whose instances have steps of their own. */
  readonly isMapped: boolean;
}

export interface StateChange {
  readonly task: string;
  readonly status: string;
  readonly reason: string | null;
}

/** Every task and instance whose state is another than before, as --jsonl prints them. */
export function stateChanges({ before, after }: Change): readonly StateChange[] {
  const changes: StateChange[] = [];
  for (const [task, state, old] of changedTasks(before, after)) {
    if (isOther(old, state)) changes.push({ task: task.id, status: state.status, reason: reasonOf(state) });
    for (const [key, unit, oldUnit] of changedItems(state, old)) {
      if (isOther(oldUnit, unit))
        changes.push({ task: `${task.id}[${key}]`, status: unit.status, reason: reasonOf(unit) });
    }
  }
  return changes;
}

/** `prefix` stands before the labels of a child run. */
export function stepsOf({ entry, before, after }: Change, prefix: string): readonly Step[] {
  return stepsBetween(before, after, { prefix, event: entry.event });
}

/** Where a run that is taken up stands: everything that has begun and not ended. */
export function standingSteps(run: Run, prefix: string): readonly Step[] {
  return stepsBetween(null, run, { prefix, event: null }).filter(({ kind }) => kind !== "ended");
}

function stepsBetween(
  before: Run | null,
  after: Run,
  { prefix, event }: { readonly prefix: string; readonly event: Event | null },
): readonly Step[] {
  const steps: Step[] = [];
  for (const [task, state, old] of changedTasks(before, after)) {
    const triedAs = (item: number | undefined) => triedBy(event, task.id, item);
    if (state.items === null) {
      const seen = { task, label: prefix + task.id, state, isItem: false, isCached: state.cached };
      const step = stepOf(seen, { unit: state.unit, before: old?.unit ?? null }, old, triedAs(undefined));
      if (step !== null) steps.push(step);
      continue;
    }
    for (const [key, unit, oldUnit, item] of changedItems(state, old)) {
      const label = `${prefix}${task.id}[${key}]`;
      const seen = { task, label, state: unit, isItem: true, isCached: state.cached };
      const step = stepOf(seen, { unit, before: oldUnit }, oldUnit, triedAs(item));
      if (step !== null) steps.push(step);
    }
    if (isOther(old, state)) {
      const seen = { task, label: prefix + task.id, state, isItem: false, isCached: state.cached };
      const step = stepOf(seen, { unit: state.unit, before: old?.unit ?? null }, old, null);
      if (step !== null) steps.push(step);
    }
  }
  return steps;
}

interface Tried {
  readonly durationMs: number;
  readonly notes: readonly string[];
  readonly isGood: boolean;
  readonly failure: Failure | null;
}

interface Units {
  readonly unit: Unit;
  readonly before: Unit | null;
}

/** The attempt that this event ends; null when it ends none of this place. */
function triedBy(event: Event | null, task: string, item: number | undefined): Tried | null {
  if (event?.type !== "attempt.ended" && event?.type !== "attempt.lost") return null;
  if (event.task !== task || event.item !== item) return null;
  if (event.type === "attempt.lost") return { durationMs: 0, notes: [], isGood: false, failure: null };
  const { durationMs, notes = [], status, failure } = event.outcome;
  return { durationMs, notes, isGood: status === "success", failure };
}

interface Seen {
  readonly task: Task;
  readonly label: string;
  readonly state: TaskState | Unit;
  readonly isItem: boolean;
  readonly isCached: boolean;
}

/** `2/3`; `2` where only an expression says how many there may be. */
export function triesText(tries: number, triesMax: number | null): string {
  return triesMax === null ? String(tries) : `${tries}/${Math.max(tries, triesMax)}`;
}

/** null: an expression says it. */
function triesMaxOf({ retry, onFailure }: Task): number | null {
  if (retry === null) return onFailure === "retry" ? 2 : 1;
  return typeof retry.maxAttempts === "number" ? retry.maxAttempts : null;
}

/** What became of a repair: the words of formats.md 7, or why there are none. */
function repairNote(task: Task, { error }: Unit, { isGood, failure }: Tried): string {
  if (isGood && error !== null) return repairedText(task, error);
  return `the repair failed${failure === null ? "" : ` (${failure.class}: ${failure.message})`}, trying again all the same`;
}

function stepOf(
  seen: Seen,
  { unit, before }: Units,
  old: TaskState | Unit | null,
  tried: Tried | null,
): Step | null {
  const { task, label, state, isItem, isCached } = seen;
  const isRepair = unit.role === "repair" && !isEnded(state.status);
  const wasRepair = tried !== null && before?.role === "repair";
  const isRepairOver = wasRepair && !isRepair;
  const isBlocked = state.reason === "blocked";
  const shared = {
    label,
    agent: isRepair ? (task.repair?.agent ?? task.agent) : task.agent,
    isRepair,
    status: state.status,
    reason: reasonOf(state),
    attempt: unit.attempt,
    tries: unit.tries,
    triesMax: triesMaxOf(task),
    nextMs: unit.timer?.kind === "delay" ? unit.timer.delayMs : null,
    nextAt: wallTimeOf(unit.timer),
    startedAt: state.startedAt,
    durationMs: state.durationMs,
    exitCode: unit.exitCode,
    error: state.error ?? unit.error,
    costUsd: state.usage.costUsd,
    output: state.output,
    notes: [
      ...(tried?.notes ?? []),
      ...(isRepairOver ? [repairNote(task, unit, tried)] : []),
      ...(isBlocked && unit.decision !== null ? [unit.decision.message] : []),
    ],
    isCached,
    isItem,
    isMapped: "items" in state && state.items !== null,
  };
  if (isEnded(state.status)) return old !== null && isEnded(old.status) ? null : { ...shared, kind: "ended" };
  if (tried !== null && unit.error !== null && !wasRepair && !isBlocked)
    return { ...shared, kind: "tried", durationMs: tried.durationMs };
  if (!isOther(old, state) || state.status === "pending") return null;
  return { ...shared, kind: state.status === "waiting" ? "waits" : "began" };
}

/** null also for a moment of the run's own clock, which stands when the run does. */
function wallTimeOf(timer: Timer | null): number | null {
  switch (timer?.kind) {
    case "delay":
      return timer.from + timer.delayMs;
    case "wall":
      return timer.due;
    default:
      return null;
  }
}

function isOther(old: TaskState | Unit | null, state: TaskState | Unit): boolean {
  return (old?.status ?? "pending") !== state.status || (old?.reason ?? null) !== state.reason;
}

function reasonOf(state: TaskState | Unit): string | null {
  return state.status === "skipped" ? state.skipReason : state.reason;
}

function* changedTasks(
  before: Run | null,
  after: Run,
): Generator<readonly [Task, TaskState, TaskState | null]> {
  for (const index of changedPlaces(before?.tasks ?? null, after.tasks)) {
    const task = after.workflow.tasks[index];
    if (task !== undefined)
      yield [task, at(after.tasks, index), before === null ? null : at(before.tasks, index)];
  }
}

function* changedItems(
  state: TaskState,
  old: TaskState | null,
): Generator<readonly [string, Unit, Unit | null, number]> {
  const { items } = state;
  if (items === null) return;
  const before = old?.items ?? null;
  for (const item of changedPlaces(before?.units ?? null, items.units)) {
    const key = items.list[item]?.key ?? String(item);
    yield [key, at(items.units, item), before === null ? null : at(before.units, item), item];
  }
}
