/**
 * What is wrong with an event for a run as it is: late, double, illegal. A value, never a throw. What passes
 * here, transition takes. Stale facts (an attempt of an earlier round, a timer already cleared) are E_STALE:
 * whoever sent them may forget them.
 */
import { fieldsProblem } from "./answer-fields.ts";
import { isYes, phraseDifference } from "./approval.ts";
import { refusePerson } from "./approvers.ts";
import { isEnded, type RunView, type Spot, spotOf, viewOf } from "./draft.ts";
import type { Decision } from "./effect.ts";
import { descendantsOf } from "./end.ts";
import type { AttemptRef, ChildNews, DecisionMade, Event } from "./event.ts";
import { phraseFor } from "./gate.ts";
import { must, present } from "./invariant.ts";
import { isMap, type Json } from "./json.ts";
import { type DecisionName, findDecision, readDecisionId, spotOfTimer, unitOf } from "./places.ts";
import type { Problem } from "./problem.ts";
import type { Run, Unit } from "./run.ts";
import { at, each } from "./vector.ts";
import type { Task, TaskKind } from "./workflow.ts";

export function refuse(run: Run | null, event: Event): Problem | null {
  if (event.type === "run.started")
    return run === null ? null : problem("E_CONFLICT", `run ${run.id} has begun already`);
  if (run === null) return problem("E_NOT_FOUND", "there is no such run");
  if (event.type === "run.reopened") return refuseReopening(viewOf(run), event.tasks);
  if (run.phase === "closed") return problem("E_CLOSED", `run ${run.id} has ended (${run.status})`);
  return refuseOpen(run, event);
}

/** Enough to find an attempt, and cheaper to make than a whole view: most events speak of one. */
type Places = Pick<RunView, "workflow" | "taskAt">;

function placesOf({ workflow, tasks }: Run): Places {
  return { workflow, taskAt: (index) => at(tasks, index) };
}

function refuseOpen(
  run: Run,
  event: Exclude<Event, { type: "run.started" | "run.reopened" }>,
): Problem | null {
  switch (event.type) {
    case "run.paused":
      return run.status === "running" ? null : problem("E_CONFLICT", `the run is ${run.status}, not running`);
    case "run.resumed":
      return run.status === "paused" || event.interrupted === true
        ? null
        : problem("E_CONFLICT", `the run is ${run.status}, not paused`);
    case "run.cancelled":
    case "event.received":
      return null;
    case "attempt.started":
      return refuseStart(placesOf(run), event);
    case "attempt.ended":
    case "attempt.lost":
    case "cache.hit":
      return refuseEnd(placesOf(run), event, IS_ATTEMPT);
    case "child.ended":
      return refuseEnd(placesOf(run), event, IS_CHILD);
    case "child.waits":
    case "child.moves":
      return refuseNews(placesOf(run), event);
    case "task.expanded":
      return refuseExpansion(placesOf(run), event.task);
    case "task.measured":
      return refuseMeasured(placesOf(run), event.task);
    case "timer.fired":
      return refuseTimer(viewOf(run), event.timer);
    case "decision.made":
      return refuseDecision(viewOf(run), event);
    case "group.granted":
      return run.phase === "queued" && run.group?.name === event.group
        ? null
        : stale(`the run does not wait for group ${event.group}`);
    /* node:coverage ignore next 2 */
    default:
      throw event satisfies never;
  }
}

const IS_ATTEMPT: ReadonlySet<TaskKind> = new Set<TaskKind>(["attempt"]);
const IS_CHILD: ReadonlySet<TaskKind> = new Set<TaskKind>(["group", "workflow"]);

function spotIn(view: Places, ref: Omit<AttemptRef, "attempt">): Spot | undefined {
  return spotOf(view.workflow, (index) => view.taskAt(index), ref);
}

function refuseStart(view: Places, ref: AttemptRef): Problem | null {
  const spot = spotIn(view, ref);
  if (spot === undefined) return stale(`${ref.task} has no such place`);
  const unit = unitOf(view, spot);
  const asked = unit.status === "queued" || (unit.status === "waiting" && unit.reason === "concurrency");
  return asked && !unit.live && unit.attempt === ref.attempt
    ? null
    : stale(`attempt ${ref.attempt} of ${ref.task} is not asked for`);
}

/** The fence: an outcome counts only for the attempt that runs now. */
function refuseEnd(view: Places, ref: AttemptRef, kinds: ReadonlySet<TaskKind>): Problem | null {
  const spot = spotIn(view, ref);
  if (spot !== undefined && kinds.has(spot.task.kind)) {
    const unit = unitOf(view, spot);
    if (unit.live && unit.attempt === ref.attempt) return null;
  }
  return problem(
    "E_FENCED",
    `attempt ${ref.attempt} of ${ref.task} does not run: its outcome came too late or twice`,
  );
}

function refuseNews(view: Places, news: ChildNews): Problem | null {
  const refused = refuseEnd(view, news, IS_CHILD);
  if (refused !== null) return refused;
  const { childWaits } = unitOf(view, present(spotIn(view, news), "a child that lives has a place"));
  return childWaits === (news.type === "child.waits") ? stale(`that is known of ${news.task}`) : null;
}

function refuseExpansion(view: Places, id: string): Problem | null {
  const index = view.workflow.indexOf.get(id);
  const state = index === undefined ? null : view.taskAt(index);
  return state?.status === "queued" &&
    state.items === null &&
    !state.measuring &&
    view.workflow.tasks[index as number]?.map !== null
    ? null
    : stale(`${id} is not being expanded`);
}

function refuseMeasured(view: Places, id: string): Problem | null {
  const index = view.workflow.indexOf.get(id);
  return index !== undefined && view.taskAt(index).measuring ? null : stale(`${id} is not being looked at`);
}

function refuseTimer(view: RunView, timer: string): Problem | null {
  if (timer === "run") return view.clock.since !== null ? null : stale("the run clock stands");
  if (timer === "hooks")
    return view.hook?.clock.since != null ? null : stale("the clock of the hooks stands");
  if (timer.startsWith("expire:")) return refuseExpiry(view, timer.slice(7));
  const spot = spotOfTimer(view, timer);
  return spot !== undefined && unitOf(view, spot).timer?.id === timer
    ? null
    : stale(`timer ${timer} is not set`);
}

function refuseExpiry(view: RunView, id: string): Problem | null {
  const open = findDecision(view, id);
  return open !== undefined && open.decision.expiresAt !== null
    ? null
    : stale(`decision ${id} is not open, or open without end`);
}

function refuseDecision(view: RunView, made: DecisionMade): Problem | null {
  const open = findDecision(view, made.decision);
  if (open === undefined) return refuseClosed(view, made.decision);
  const { decision, spot } = open;
  if (made.digest !== undefined && made.digest !== decision.digest) {
    return problem("E_STALE_PLAN", "the plan has changed since it was shown", "look at it again");
  }
  const barred = refusePerson(decision, made.by, made.choice);
  if (barred !== null) return barred;
  const isApproved = decision.kind === "approval" && isYes(made.choice);
  const wrong = fieldsProblem(decision.fields, made.fields, isApproved);
  if (wrong !== null) return problem("E_FIELD", wrong);
  if (made.choice === "send_back")
    return refuseSendBack(view, spot, { to: made.to ?? decision.sendBackTo, maxRounds: decision.maxRounds });
  if (!decision.choices.includes(made.choice)) {
    return problem(
      "E_CHOICE",
      `${JSON.stringify(made.choice)} is no choice here`,
      `one of ${decision.choices.join(", ")}`,
    );
  }
  if (decision.kind === "budget") return refuseRaise(made);
  if (made.choice === "answer" && (made.comment ?? "").trim() === "")
    return problem("E_FIELD", "the question needs an answer in words");
  return decision.phraseRequired && made.choice !== "reject" ? refusePhrase(spot, decision, made) : null;
}

/** One that was made and is void again was made of another plan. */
function refuseClosed(view: RunView, id: string): Problem {
  const name = readDecisionId(id);
  const index = view.workflow.indexOf.get(name?.task ?? "");
  const state = index === undefined ? null : view.taskAt(index);
  if (state?.decision?.replaces === id)
    return problem(
      "E_STALE_PLAN",
      `the plan has changed since it was shown: ${state.difference ?? "it is asked again"}`,
      "decapod inbox shows it as it is now",
    );
  const told = name?.isApproval === true ? decidedText(state?.approval ?? outputOf(view, name)) : null;
  const how = told === null ? "is not open (any more)" : `was already decided: ${told}; nothing changed`;
  return problem("E_DECIDED", `decision ${id} ${how}`, "decapod inbox shows what is open");
}

/** Of an approval task: what was decided is what it gives. */
function outputOf(view: RunView, name: DecisionName): Json {
  const spot = spotIn(view, name);
  if (spot?.task.kind !== "approval") return null;
  const { output } = unitOf(view, spot);
  must("value" in output, "a decision is small enough to stand in the journal");
  return output.value;
}

/** `approve by kim at 2026-01-05T09:00:00.000Z` */
function decidedText(answer: Json): string | null {
  return isMap(answer) ? `${String(answer.decision)} by ${String(answer.by)} at ${String(answer.at)}` : null;
}

function refuseRaise(made: DecisionMade): Problem | null {
  const amounts = [made.fields.usd ?? 0, made.fields.tokens ?? 0];
  const valid =
    amounts.every((one) => typeof one === "number" && one >= 0) && amounts.some((one) => Number(one) > 0);
  return made.choice === "stop" || valid ? null : problem("E_FIELD", "raise needs usd or tokens above 0");
}

function refusePhrase(spot: Spot | null, { production }: Decision, made: DecisionMade): Problem | null {
  const wanted = present(
    phraseFor(spot?.task, production === true),
    "an approval that asks for a phrase has one",
  );
  const difference = phraseDifference(wanted, made.phrase ?? "");
  return difference === null
    ? null
    : problem("E_PHRASE", `the phrase does not match: ${difference}`, `type ${wanted}`);
}

function refuseSendBack(
  view: RunView,
  spot: Spot | null,
  { to, maxRounds }: { readonly to: string | null | undefined; readonly maxRounds: number },
): Problem | null {
  const target = to == null ? undefined : view.workflow.indexOf.get(to);
  if (spot === null || spot.task.approval?.sendBackTo == null || target === undefined) {
    return problem("E_CHOICE", "this decision cannot be sent back", "approve or reject");
  }
  const after = descendantsOf(view.workflow, [target]);
  if (!after.has(spot.task.index)) return problem("E_CHOICE", `${to} does not come before ${spot.task.id}`);
  if (view.taskAt(target).round >= maxRounds) {
    return problem("E_ROUNDS", `${to} was sent back ${maxRounds} times, the most this approval allows`);
  }
  const done = [target, ...after].find(
    (index) => view.taskAt(index).startedAt !== null && actsOnce(view.workflow.tasks[index]),
  );
  return done === undefined
    ? null
    : problem("E_ONCE", `${view.workflow.tasks[done]?.id} has done what can be done only once`);
}

/** Of a group also what it does inside. */
export function actsOnce(task: Task | undefined): boolean {
  return task !== undefined && (task.effect === "once" || (task.body?.tasks.some(actsOnce) ?? false));
}

function refuseReopening(view: RunView, tasks: readonly string[]): Problem | null {
  if (view.phase !== "closed")
    return problem("E_BUSY", `run ${view.id} still lives`, "wait for its end, or cancel it");
  const unknown = tasks.filter(
    (id) => (view.workflow.indexOf.get(id) ?? view.workflow.size) >= view.workflow.size,
  );
  if (unknown.length > 0) return problem("E_UNKNOWN_TASK", `the workflow has no task ${unknown.join(", ")}`);
  return tasks.length > 0 ? null : problem("E_NOTHING_TO_DO", "there is nothing to run again");
}

function stale(message: string): Problem {
  return problem("E_STALE", message);
}

function problem(code: string, message: string, hint?: string): Problem {
  return hint === undefined ? { code, message } : { code, message, hint };
}

/**
 * True when nothing about the run can change any more by itself: people are asked, and nothing else goes on.
 * `isHeldUp`: what it stands in line for is held by runs that wait for people themselves.
 */
export function waitsForPeopleOnly(run: Run, isHeldUp: () => boolean): boolean {
  return (
    run.openDecisions > 0 &&
    run.live === 0 &&
    run.ticking === 0 &&
    run.hook === null &&
    run.counts.queued === 0 &&
    !waitsForElse(run, isHeldUp)
  );
}

/** The time of a pass ends like that of a question: nobody waits for it. */
function waitsForElse(run: Run, isHeldUp: () => boolean): boolean {
  const view = viewOf(run);
  const waitsAlone = ({ timer, reason, childWaits }: Unit) =>
    (timer !== null && !childWaits) || (reason === "concurrency" && !isHeldUp());
  return run.workflow.tasks.some((task) => {
    const { status, unit, items } = view.taskAt(task.index);
    if (isEnded(status)) return false;
    if (items === null) return waitsAlone(unit);
    for (const one of each(items.units)) if (waitsAlone(one)) return true;
    return false;
  });
}
