/** What happens after an attempt, in the order of formats.md 1.3. */
import { approvalVoid } from "./ask.ts";
import { overBudget, stopOverBudget, waitForBudget } from "./budget.ts";
import { keep } from "./cache.ts";
import { judge } from "./criteria.ts";
import { question, raise } from "./decision.ts";
import { type Draft, isHalted, type Spot } from "./draft.ts";
import type { StopCause } from "./effect.ts";
import { endFailed, endUnit } from "./end.ts";
import { escalate, isEscalated } from "./escalation.ts";
import { type AttemptOutcome, INTERRUPTED } from "./event.ts";
import { present } from "./invariant.ts";
import { isMap, type Json, own } from "./json.ts";
import { LIMITS, most } from "./limits.ts";
import { beginMending, endMending } from "./mending.ts";
import { triesOf } from "./numbers.ts";
import { type Failure, failure, NO_OUTPUT } from "./outcome.ts";
import { askAgain, askPerson, isAnswerable, isAskedAgain, withoutMisfits } from "./question.ts";
import { iterationEnded } from "./repeat.ts";
import { chanceOf, isRetried, retryDelayMs } from "./retry.ts";
import { scopeOf } from "./scope.ts";
import { after, unitName, waitUntil } from "./timer.ts";
import { outputValue, UnreadableOutput } from "./view.ts";

/** How long a quota without a known reset is waited for. */
const QUOTA_WAIT_SECONDS = 300;
const FALLBACK_CLASSES: ReadonlySet<string> = new Set([
  "transient",
  "rate_limited",
  "timeout",
  "program_missing",
]);

export function attemptStarted(draft: Draft, spot: Spot): void {
  const { at, tick } = draft.state;
  const { startedAt, startedTick } = draft.unit(spot);
  const began = startedAt === null ? { startedAt: at, startedTick: tick } : { startedAt, startedTick };
  draft.setUnit(spot, { status: "running", reason: null, live: true, triedTick: tick, ...began });
}

export function attemptEnded(draft: Draft, spot: Spot, outcome: AttemptOutcome): void {
  draft.addUsage(spot, outcome.usage);
  countUnseen(draft, spot, outcome.durationMs);
  const { stopping, role } = draft.unit(spot);
  draft.setUnit(spot, { live: false, stopping: null, exitCode: outcome.exitCode });
  stopOverBudget(draft, spot.task);
  if (mustEnd(draft, spot, stopping)) return endStopped(draft, spot, outcome);
  if (outcome.status !== "success" && isBudgetStop(draft, spot, stopping, outcome))
    return backToBudget(draft, spot);
  if (outcome.status === "cancelled") return endStopped(draft, spot, outcome);
  if (outcome.stale !== undefined) return approvalVoid(draft, spot, outcome.stale);
  if (outcome.status === "quota_exhausted") return quotaExhausted(draft, spot, outcome);
  if (isAnswerable(draft, spot, outcome)) return askPerson(draft, spot, outcome.asks);
  if (isAskedAgain(draft, spot, outcome)) return askAgain(draft, spot, outcome);
  if (role === "repair") return tryAgainAs(draft, spot, draft.unit(spot).fallbackUsed ? "fallback" : "task");
  const failed = judged(draft, spot, outcome);
  if (failed !== null) return attemptFailed(draft, spot, failed);
  iterationEnded(draft, spot, null);
  if (spot.item < 0) keep(draft, spot.task, [draft.unit(spot)]);
}

/**
 * An attempt that outlives its engine goes on where no tick is counted. What it lasted longer than was counted is
 * added to its unit by putting the unit's start back; and nothing is shorter than what was done in it.
 */
function countUnseen(draft: Draft, spot: Spot, durationMs: number): void {
  const { state } = draft;
  const { startedTick, triedTick } = draft.unit(spot);
  const unseenMs = durationMs - (state.tick - present(triedTick, "what ends was begun"));
  if (unseenMs <= 0) return;
  const began = present(startedTick, "what ends was begun") - unseenMs;
  draft.setUnit(spot, { startedTick: began });
  const task = present(draft.task(spot.task.index).startedTick, "the task of what ends was begun");
  draft.setTask(spot.task.index, { startedTick: Math.min(task, began) });
  state.startedTick = Math.min(state.startedTick, began);
}

/** Stopped for its budget: by us, or by its own driver, which counts along and is believed when the sum agrees. */
function isBudgetStop(
  draft: Draft,
  { task }: Spot,
  stopping: StopCause | null,
  { failure: failed }: AttemptOutcome,
): boolean {
  return stopping === "budget" || (failed?.class === "budget" && overBudget(draft, task) !== null);
}

/** Whoever stopped it wants the task to end; so does a run that is being ended. */
function mustEnd(draft: Draft, { task }: Spot, stopping: StopCause | null): boolean {
  return stopping === "cancelled" || stopping === "finished" || (task.hook === null && isHalted(draft));
}

/** Cancelled; but work that was done before it could be stopped is not denied. */
function endStopped(draft: Draft, spot: Spot, outcome: AttemptOutcome): void {
  const { task } = spot;
  const isDone =
    outcome.status === "success" &&
    task.hook === null &&
    task.repeat === null &&
    draft.unit(spot).role !== "repair";
  if (isDone && verdict(draft, spot, outcome) === null) {
    draft.setUnit(spot, { tries: draft.unit(spot).tries + 1 });
    return endUnit(draft, spot, { status: "success", output: outcome.output });
  }
  endUnit(draft, spot, { status: "cancelled", output: NO_OUTPUT });
}

/** The engine died or lost its arm: again at once and not counted, unless the work must not be done twice. */
export function attemptLost(
  draft: Draft,
  spot: Spot,
  { cause, undone }: { readonly cause: string; readonly undone?: boolean },
): void {
  const { stopping, role, lost } = draft.unit(spot);
  const losses = cause === INTERRUPTED ? lost : lost + 1;
  draft.setUnit(spot, { live: false, lost: losses, stopping: null });
  if (mustEnd(draft, spot, stopping)) return endUnit(draft, spot, { status: "cancelled", output: NO_OUTPUT });
  const isSafe = spot.task.effect === "idempotent" || (spot.task.effect === "checkable" && undone === true);
  if (!isSafe && role !== "repair") return block(draft, spot, cause);
  if (stopping === "budget") return backToBudget(draft, spot);
  if (losses <= most(LIMITS.lostAttempts, draft.state.start.limits)) return draft.next({ do: "pass", spot });
  iterationEnded(draft, spot, failure("lost", `the attempt was lost ${losses} times; last: ${cause}`));
}

/** Asked before what an attempt changed is merged: why it will count as failed, null when it will not. */
export function judged(draft: Draft, spot: Spot, outcome: AttemptOutcome): Failure | null {
  const { tries, answers } = draft.unit(spot);
  draft.setUnit(spot, {
    tries: tries + 1,
    output: outcome.output,
    answers: withoutMisfits(answers),
    answered: null,
  });
  return verdict(draft, spot, outcome);
}

/** Expected outputs and criteria: the engine sets success, not the one who did the work. */
function verdict(draft: Draft, spot: Spot, outcome: AttemptOutcome): Failure | null {
  const { task } = spot;
  if (outcome.failure !== null) return outcome.failure;
  if (outcome.status !== "success")
    return failure("unknown", `it failed with exit code ${outcome.exitCode ?? "unknown"}`);
  if (task.expectedOutputs.length === 0 && task.criteria.length === 0) return null;
  const output = readOutput(draft, outcome);
  if (output instanceof UnreadableOutput) return failure("output_missing", output.message);
  const missing = task.expectedOutputs.filter((name) => !isMap(output) || own(output, name) === undefined);
  if (missing.length > 0) return failure("output_missing", `the output lacks ${missing.join(", ")}`);
  const unit = draft.unit(spot);
  const checks = judge(
    task.criteria,
    {
      output,
      durationSeconds: outcome.durationMs / 1000,
      exitCode: outcome.exitCode,
      attempts: unit.attempt,
      costUsd: outcome.usage?.costUsd ?? null,
      ...(outcome.changed !== undefined && { changed: outcome.changed }),
    },
    scopeOf(draft, spot),
  );
  draft.setUnit(spot, { checks });
  const wrong = checks.filter((check) => !check.passed);
  if (wrong.length === 0) return null;
  const told = wrong.map((check) => `${check.check} (was ${JSON.stringify(check.actual)})`);
  return failure("criteria_failed", `not met: ${told.join("; ")}`);
}

function readOutput(draft: Draft, outcome: AttemptOutcome): Json | UnreadableOutput {
  try {
    return outputValue(outcome.output, draft.lookup);
  } catch (thrown) {
    if (thrown instanceof UnreadableOutput) return thrown;
    throw thrown;
  }
}

function attemptFailed(draft: Draft, spot: Spot, failed: Failure): void {
  const { task } = spot;
  const unit = draft.unit(spot);
  draft.setUnit(spot, { error: failed });
  const numbers = triesOf(draft, spot);
  if (!numbers.ok) return endFailed(draft, spot, numbers.failure);
  const { repairsMax, policy } = numbers.value;
  if (task.repair?.on.includes(failed.class) && unit.repairs < repairsMax) {
    draft.setUnit(spot, { repairs: unit.repairs + 1, tries: unit.tries - 1 });
    beginMending(draft, spot);
    return tryAgainAs(draft, spot, "repair");
  }
  endMending(draft, spot);
  if (unit.tries < policy.maxAttempts && isRetried(policy, failed, unit.exitCode)) {
    const place = `${task.id}/${spot.item}/${unit.attempt}`;
    return waitForRetry(
      draft,
      spot,
      retryDelayMs(policy, unit.tries, chanceOf(draft.state.start.seed, place)),
    );
  }
  if (task.fallback !== null && !unit.fallbackUsed && FALLBACK_CLASSES.has(failed.class)) {
    draft.setUnit(spot, { fallbackUsed: true, tries: 0 });
    return tryAgainAs(draft, spot, "fallback");
  }
  if (isEscalated(draft, spot, failed)) return escalate(draft, spot, failed);
  iterationEnded(draft, spot, failed);
}

function tryAgainAs(draft: Draft, spot: Spot, role: "task" | "repair" | "fallback"): void {
  draft.setUnit(spot, { role });
  draft.next({ do: "pass", spot });
}

/** Counts downtime: a delay that passed while the engine was down is over when it comes back. */
function waitForRetry(draft: Draft, spot: Spot, delayMs: number): void {
  if (delayMs === 0) return draft.next({ do: "pass", spot });
  waitUntil(draft, spot, "retry", { kind: "delay", from: draft.state.at, delayMs });
}

function quotaExhausted(draft: Draft, spot: Spot, outcome: AttemptOutcome): void {
  const { fallbackUsed, role } = draft.unit(spot);
  if (spot.task.fallback !== null && !fallbackUsed && role !== "repair") {
    draft.setUnit(spot, { fallbackUsed: true, tries: 0 });
    return tryAgainAs(draft, spot, "fallback");
  }
  const { resetAt } = outcome;
  const known = typeof resetAt === "number";
  waitUntil(draft, spot, "quota", known ? { kind: "wall", due: resetAt } : after(draft, QUOTA_WAIT_SECONDS));
}

function backToBudget(draft: Draft, spot: Spot): void {
  const over = overBudget(draft, spot.task);
  if (over === null) draft.next({ do: "pass", spot });
  else waitForBudget(draft, spot, over);
}

/** Nobody knows whether it happened: a person looks and says. Hooks ask nobody. */
function block(draft: Draft, spot: Spot, cause: string): void {
  const { task } = spot;
  const told = `Task ${task.id} may have done its work or not (${cause}).`;
  if (task.hook !== null) return endFailed(draft, spot, failure("lost", told));
  const decision = question(draft, spot, {
    id: `${unitName(spot)}!${draft.unit(spot).attempt}`,
    kind: "blocker",
    message: `${told} Look, then say: happened, retry or fail.`,
    choices: ["happened", "retry", "fail"],
  });
  draft.setUnit(spot, { status: "waiting", reason: "blocked", decision });
  raise(draft, decision);
}
