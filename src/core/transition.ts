/**
 * The decider. One accepted entry turns a run into the next one and says what its host must do. Pure: the same
 * run and entry give the same result; no clock, no chance, no I/O. Total on entries that refuse.ts lets through.
 */
import { approvalDecided, approvalExpired, blockerDecided } from "./approval.ts";
import { measured } from "./ask.ts";
import { attemptEnded, attemptLost, attemptStarted } from "./attempt.ts";
import { freshRun } from "./begin.ts";
import { budgetDecided } from "./budget-decision.ts";
import { childEnded, childNews, passTimedOut, startChild } from "./child.ts";
import { dueOf, keepClocks, tellParent } from "./clock.ts";
import { Draft, refOf, type Spot } from "./draft.ts";
import type { Effect, Timer } from "./effect.ts";
import type { AttemptRef, DecisionMade, Entry, Event, RunStarted } from "./event.ts";
import { fanOutDecided, isFanOut } from "./fan-out.ts";
import { cancelRun, timeoutRun } from "./halt.ts";
import { expanded } from "./instance.ts";
import { must, present } from "./invariant.ts";
import type { Lookup } from "./lookup.ts";
import { openRun, skipHooks } from "./phase.ts";
import { findDecision, spotOfTimer } from "./places.ts";
import { questionDecided } from "./question.ts";
import { reopenRun } from "./reopen-run.ts";
import { rerun } from "./rerun.ts";
import type { Run } from "./run.ts";
import { settle } from "./schedule.ts";
import { liveSpots } from "./spots.ts";
import { startRun } from "./start.ts";
import { unitTimerFired } from "./unit-timer.ts";
import { eventReceived } from "./wait.ts";
import type { Workflow } from "./workflow.ts";

export interface Transition {
  readonly run: Run;
  readonly effects: readonly Effect[];
}

/** `workflow` is the linked definition that run.started names; later entries find it in the run. */
export function begin(id: string, workflow: Workflow, entry: Entry, lookup: Lookup): Transition {
  const start = entry.event as RunStarted;
  must(start.type === "run.started" && entry.sequence === 1, "a run begins with run.started");
  const run = freshRun({ id, workflow, start, at: entry.at, variables: {} });
  return apply(run, entry, lookup);
}

export function transition(run: Run, entry: Entry, lookup: Lookup): Transition {
  must(entry.sequence === run.sequence + 1, "entries follow one another", entry.sequence);
  return apply(run, entry, lookup);
}

function apply(run: Run, entry: Entry, lookup: Lookup): Transition {
  const draft = new Draft(run, entry, lookup);
  take(draft, entry.event);
  settle(draft);
  keepClocks(draft);
  tellParent(draft, run);
  return { run: draft.frozen(), effects: inOrder(draft.effects) };
}

/** The close comes last, and what a host answers with the next event: the rest of this one is done before. */
function inOrder(effects: readonly Effect[]): readonly Effect[] {
  if (!effects.some(isLast)) return effects;
  return [...effects.filter((effect) => !isLast(effect)), ...effects.filter(isLast)];
}

function isLast(effect: Effect): boolean {
  return effect.do === "expand" || effect.do === "close";
}

function take(draft: Draft, event: Event): void {
  switch (event.type) {
    case "run.started":
      return startRun(draft);
    case "run.paused":
      return pause(draft);
    case "run.resumed":
      return goOn(draft, event.interrupted === true);
    case "run.cancelled":
      return cancelRun(draft, event.reason);
    case "run.reopened":
      return reopenRun(draft, event.tasks);
    case "attempt.started":
      return started(draft, spotOf(draft, event), event.attempt);
    case "attempt.ended":
      return attemptEnded(draft, spotOf(draft, event), event.outcome);
    case "attempt.lost":
      return attemptLost(draft, spotOf(draft, event), event);
    case "task.expanded":
      return expanded(draft, taskOf(draft, event.task), event);
    case "task.measured":
      return measured(draft, taskOf(draft, event.task), event.found);
    case "timer.fired":
      return timerFired(draft, event.timer);
    case "decision.made":
      return decisionMade(draft, event);
    case "event.received":
      return eventReceived(draft, event);
    case "child.ended":
      return childEnded(draft, spotOf(draft, event), event);
    case "child.waits":
    case "child.moves":
      return childNews(draft, spotOf(draft, event), event);
    case "group.granted":
      return groupGranted(draft);
    case "cache.hit":
      return cacheHit(draft, event);
    /* node:coverage ignore next 2 */
    default:
      throw event satisfies never;
  }
}

function spotOf(draft: Draft, ref: { readonly task: string; readonly item?: number }): Spot {
  return present(draft.spot(ref), "a task has a place in this run", ref.task);
}

function taskOf(draft: Draft, id: string) {
  const index = present(draft.workflow.indexOf.get(id), "a task exists", id);
  return present(draft.workflow.tasks[index], "a task exists", id);
}

function pause(draft: Draft): void {
  draft.state.status = "paused";
  draft.effect({ do: "hold" });
  for (const attempt of liveChildren(draft)) draft.effect({ do: "pause_child", attempt });
}

/** A pause outlasts an interruption. */
function goOn(draft: Draft, interrupted: boolean): void {
  if (!interrupted) {
    draft.state.status = "running";
    draft.effect({ do: "release" });
  }
  for (const attempt of liveChildren(draft)) draft.effect({ do: "resume_child", attempt, interrupted });
  rerun(draft);
}

function* liveChildren(draft: Draft): Generator<AttemptRef> {
  for (const task of draft.workflow.tasks) {
    if (task.kind !== "group" && task.kind !== "workflow") continue;
    for (const spot of liveSpots(draft, task)) yield refOf(spot, draft.unit(spot).attempt);
  }
}

/** Of a group or sub-workflow: the paths of the pass that was asked for are its own now. */
function started(draft: Draft, spot: Spot, attempt: number): void {
  if (spot.task.kind === "attempt") attemptStarted(draft, spot);
  else startChild(draft, spot, attempt);
}

function groupGranted(draft: Draft): void {
  draft.state.group = { ...present(draft.state.group, "the run asked for its group"), held: true };
  openRun(draft);
}

function cacheHit(draft: Draft, event: Event & { readonly type: "cache.hit" }): void {
  const spot = spotOf(draft, event);
  if (spot.item < 0) draft.setTask(spot.task.index, { cached: true });
  attemptEnded(draft, spot, {
    status: "success",
    exitCode: event.exitCode,
    output: event.output,
    failure: null,
    durationMs: 0,
    usage: null,
  });
}

/** A timer only wakes: what has come due is judged here, so that one that was set anew meanwhile changes nothing. */
function timerFired(draft: Draft, id: string): void {
  const { view, state } = draft;
  if (id === "run" || id === "hooks") {
    const due = dueOf(id === "run" ? state.clock : present(state.hook, "a hook runs").clock);
    if (isEarly(draft, { id, kind: "tick", due: present(due, `the clock ${id} counts`) })) return;
    return id === "run" ? timeoutRun(draft) : skipHooks(draft);
  }
  if (id.startsWith("expire:")) {
    const { decision, spot } = present(findDecision(view, id.slice(7)), `decision of ${id} is open`);
    if (isEarly(draft, { id, kind: "wall", due: present(decision.expiresAt, `${id} has a time`) })) return;
    return approvalExpired(draft, present(spot, "an approval belongs to a task"), decision);
  }
  const spot = present(spotOfTimer(view, id), `timer ${id} belongs to a unit`);
  if (isEarly(draft, present(draft.unit(spot).timer, `timer ${id} is set`))) return;
  if (id.startsWith("pass:")) passTimedOut(draft, spot);
  else unitTimerFired(draft, spot);
}

/** Sets a timer again that fired before its time. A delay is measured by the host: wall time may have been set back. */
function isEarly(draft: Draft, timer: Timer): boolean {
  if (timer.kind === "delay") return false;
  const { at, tick } = draft.state;
  if ((timer.kind === "tick" ? tick : at) >= timer.due) return false;
  draft.effect({ do: "set_timer", timer });
  return true;
}

function decisionMade(draft: Draft, made: DecisionMade): void {
  const { decision, spot } = present(
    findDecision(draft.view, made.decision),
    `decision ${made.decision} is open`,
  );
  if (decision.kind === "budget") return budgetDecided(draft, spot, made);
  const place = present(spot, "the decision belongs to a task");
  if (isFanOut(decision)) return fanOutDecided(draft, place.task, decision, made);
  if (decision.kind === "blocker") return blockerDecided(draft, place, decision, made);
  if (decision.kind === "permission" || decision.kind === "question")
    return questionDecided(draft, place, decision, made);
  approvalDecided(draft, place, decision, made);
}
