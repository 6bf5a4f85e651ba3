/** Groups and sub-workflows: a pass of theirs is a run of its own (formats.md 1.4, 1.5). */
import { attemptEnded, judged } from "./attempt.ts";
import { budgetLeft, overBudget, waitForBudget } from "./budget.ts";
import { msLeft } from "./clock.ts";
import { type Draft, refOf, type Spot, spotOf, viewOf } from "./draft.ts";
import type { ChildRequest, Timer } from "./effect.ts";
import { endFailed } from "./end.ts";
import { isGoneOnAfter } from "./escalation.ts";
import type { AttemptOutcome, AttemptRef, ChildEnded, ChildNews } from "./event.ts";
import { fannedOf } from "./fan-out.ts";
import { must, present } from "./invariant.ts";
import { isMap, type Json, type JsonMap } from "./json.ts";
import { numberOf } from "./late.ts";
import { LIMITS, most } from "./limits.ts";
import { claimFor, lanesOf, needsOf } from "./needs.ts";
import { type Failure, failure } from "./outcome.ts";
import { unitOf } from "./places.ts";
import { RANGES } from "./range.ts";
import type { Run } from "./run.ts";
import { type Read, readMap, scopeOf } from "./scope.ts";
import { timerId, unitName } from "./timer.ts";
import { UnreadableOutput } from "./view.ts";
import { readWorkspace } from "./workspace.ts";

export function requestChild(draft: Draft, spot: Spot): void {
  const over = overBudget(draft, spot.task);
  if (over !== null) return waitForBudget(draft, spot, over);
  const needs = needsOf(draft, spot);
  if (!needs.ok) return endFailed(draft, spot, needs.failure);
  const attempt = draft.unit(spot).attempt + 1;
  if (!needs.value.exclusive) return startChild(draft, spot, attempt);
  draft.setUnit(spot, { status: "waiting", reason: "concurrency", attempt, timer: null });
  draft.effect({ do: "request", claim: claimFor(draft, spot, needs.value, attempt) });
}

/** The paths of the pass are free, or it names none. */
export function startChild(draft: Draft, spot: Spot, attempt: number): void {
  const source = sourceOf(draft, spot);
  if (!source.ok) return endFailed(draft, spot, source.failure);
  const lanes = lanesOf(draft, spot);
  if (!lanes.ok) return endFailed(draft, spot, lanes.failure);
  const timer = passTimer(draft, spot);
  if (!timer.ok) return endFailed(draft, spot, timer.failure);
  const ref = refOf(spot, attempt);
  const triedTick = draft.state.tick;
  draft.setUnit(spot, {
    status: "running",
    reason: null,
    live: true,
    attempt,
    triedTick,
    timer: timer.value,
  });
  draft.effect({ do: "start_child", child: requestOf(draft, spot, source.value) });
  if (draft.state.status === "paused") draft.effect({ do: "pause_child", attempt: ref });
  if (timer.value !== null) draft.effect({ do: "set_timer", timer: timer.value });
}

/**
 * What a started child was asked for, made again after a restart. The child is there and is only taken up: should
 * an output be gone that it was given, it stands in the child's own first entry.
 */
export function childOf(draft: Draft, spot: Spot): ChildRequest {
  const source = sourceOf(draft, spot);
  return requestOf(draft, spot, source.ok ? source.value : bodyOf(draft, spot, {}));
}

/** Lanes and paths are read from what stands since the run began: they can be read again. */
function requestOf(draft: Draft, spot: Spot, source: Source): ChildRequest {
  const lanes = lanesOf(draft, spot);
  const needs = needsOf(draft, spot);
  must(lanes.ok && needs.ok, `the needs of ${spot.task.id} can be read again`);
  return {
    ...refOf(spot, draft.unit(spot).attempt),
    source,
    lanes: lanes.value,
    touches: needs.value.touches,
    budget: budgetLeft(draft, spot.task),
    notes: notesOf(draft, spot, source),
  };
}

/** One that is detached is nobody's child: it asks for itself. */
function notesOf(draft: Draft, spot: Spot, source: Source): ChildRequest["notes"] {
  const fanned = fannedOf(draft, spot.task);
  const isDetached = source.kind === "workflow" && source.detached;
  return {
    ...(fanned && { fanned }),
    ...(!isDetached && isGoneOnAfter(draft, spot.task) && { escalates: false as const }),
    ...(!isDetached && worktreeOf(draft, spot)),
  };
}

function worktreeOf(draft: Draft, spot: Spot): Pick<ChildRequest["notes"], "worktree"> {
  const read = readWorkspace(spot.task.workspace, scopeOf(draft, spot), "workspace");
  must(read.ok, "a workspace that cannot be read was reported before the pass");
  const { mode, merge, keep } = read.value;
  return mode === "shared" ? {} : { worktree: { merge, keep } };
}

/** `timeout` of a group is that of one pass. */
function passTimer(draft: Draft, spot: Spot): Read<Timer | null> {
  if (spot.task.timeout === null) return { ok: true, value: null };
  const limit = numberOf(draft, spot, spot.task.timeout, { what: "timeout", range: RANGES.timeout });
  if (!limit.ok) return limit;
  return {
    ok: true,
    value: { id: timerId("pass", unitName(spot)), kind: "tick", due: draft.state.tick + limit.value * 1000 },
  };
}

type Source = ChildRequest["source"];

function sourceOf(draft: Draft, spot: Spot): Read<Source> {
  return spot.task.body === null
    ? workflowSource(draft, spot)
    : bodySource(draft, spot, spot.task.body.outerNames);
}

function bodySource(draft: Draft, spot: Spot, names: readonly string[]): Read<Source> {
  const scope = scopeOf(draft, spot);
  const values: Record<string, Json> = {};
  try {
    for (const name of [...names, ...ALWAYS_HANDED_ON]) {
      const value = scope.get(name);
      // A spread reads what a view would only read when it is asked for.
      if (value !== undefined) values[name] = isMap(value) ? { ...value } : value;
    }
  } catch (thrown) {
    if (thrown instanceof UnreadableOutput)
      return { ok: false, failure: failure("config_error", thrown.message) };
    throw thrown;
  }
  return { ok: true, value: bodyOf(draft, spot, values) };
}

function bodyOf(draft: Draft, spot: Spot, scope: JsonMap): Source {
  return { kind: "body", path: [...draft.state.start.path, spot.task.id], scope };
}

/** What a body reads of its group without naming a task: its place in a repeat, and who is running. */
const ALWAYS_HANDED_ON = ["iteration", "previous", "feedback", "run"] as const;

function workflowSource(draft: Draft, spot: Spot): Read<Source> {
  const read = readMap(spot.task.parameters, scopeOf(draft, spot), "parameters");
  if (!read.ok) return read;
  const given = read.value;
  const params = isMap(given.params) ? given.params : {};
  if (given.inline !== undefined) return inlineSource(draft, given, params);
  const name = typeof given.name === "string" ? given.name : null;
  const path = typeof given.path === "string" ? given.path : null;
  if (name === null && path === null) return wrong("a sub-workflow needs name, path or inline");
  return {
    ok: true,
    value: {
      kind: "workflow",
      name,
      path,
      params,
      secrets: textsIn(given.secrets),
      detached: given.detached === true,
    },
  };
}

/** A plan that starts a plan hands on no more than it has itself. */
function inlineSource(draft: Draft, given: JsonMap, params: JsonMap): Read<Source> {
  if (!isMap(given.inline)) return wrong("inline is no workflow: a map with tasks is needed");
  const { plan, limits } = draft.state.start;
  const asked = textsIn(given.allow);
  const allow = plan !== undefined && asked.length === 0 ? plan.allow : asked;
  const extra = allow.filter((name) => plan !== undefined && !plan.allow.includes(name));
  if (extra.length > 0)
    return wrong(`E_NOT_ALLOWED a plan cannot allow what it may not use itself: ${extra.join(", ")}`);
  const tasks = typeof given.max_tasks === "number" ? given.max_tasks : most(LIMITS.inlineTasks, limits);
  const maxTasks = Math.min(tasks, plan?.maxTasks ?? tasks);
  return { ok: true, value: { kind: "inline", definition: given.inline, params, allow, maxTasks } };
}

function wrong(message: string): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: failure("config_error", message) };
}

function textsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

/**
 * How long a pass that has just begun may take: what is left of the run's time, or of its hooks', and of its own. A second
 * that has begun counts as whole, so that a plan may ask for as much as its parent was given.
 */
export function secondsLeft(run: Run, ref: AttemptRef, tick: number): number {
  const view = viewOf(run);
  const spot = present(
    spotOf(run.workflow, (index) => view.taskAt(index), ref),
    `${ref.task} has a place`,
  );
  const { clock } = spot.task.hook === null ? run : present(run.hook, "a hook runs in a list");
  const { timer } = unitOf(view, spot);
  const ofPass = timer?.kind === "tick" ? timer.due - tick : Number.POSITIVE_INFINITY;
  return Math.ceil(Math.max(0, Math.min(msLeft(clock, tick), ofPass)) / 1000);
}

/** The child's end is the end of the pass. */
export function childEnded(draft: Draft, spot: Spot, ended: ChildEnded): void {
  const { timer, stopping } = draft.unit(spot);
  if (timer !== null) draft.effect({ do: "clear_timer", timer: timer.id });
  draft.setUnit(spot, { timer: null, tasks: ended.tasks, childWaits: false });
  attemptEnded(draft, spot, outcomeOf(ended, stopping === "timeout"));
}

/** Asked before the branch of a child that has succeeded is merged: why its pass will count as failed all the same. */
export function childJudged(draft: Draft, spot: Spot, ended: ChildEnded): Failure | null {
  draft.setUnit(spot, { tasks: ended.tasks });
  return judged(draft, spot, outcomeOf(ended, false));
}

function outcomeOf(ended: ChildEnded, timedOut: boolean): AttemptOutcome {
  const { output, durationMs, usage } = ended;
  const isDone = ended.status === "success";
  const failed = isDone ? null : childFailure(ended, timedOut);
  return {
    status: isDone ? "success" : "failed",
    exitCode: null,
    output,
    failure: failed,
    durationMs,
    usage,
  };
}

/** The clock of this run stands while all its children wait and nothing else goes on. */
export function childNews(draft: Draft, spot: Spot, { type }: ChildNews): void {
  draft.setUnit(spot, { childWaits: type === "child.waits" });
}

function childFailure(ended: ChildEnded, timedOut: boolean): Failure {
  // It was merged by then: the time of the pass had been enough.
  const isUnmerged = ended.failure?.class === "git_merge_conflict";
  if (timedOut && !isUnmerged) return failure("timeout", "the pass took longer than its timeout");
  if (ended.status === "cancelled") return failure("child_failed", "the run inside was cancelled");
  return ended.failure ?? failure("child_failed", "the run inside failed");
}

/** A pass took too long: its child is ended, and the end is a timeout. */
export function passTimedOut(draft: Draft, spot: Spot): void {
  const { attempt, stopping } = draft.unit(spot);
  draft.setUnit(spot, { stopping: stopping ?? "timeout", timer: null });
  draft.effect({ do: "stop_child", attempt: refOf(spot, attempt), twice: false });
}
