/** Budgets of tasks and runs: used up, they stop what runs and wait for a person (formats.md 1.3). */
import { question, raise } from "./decision.ts";
import { type Draft, refOf, type Spot } from "./draft.ts";
import { endFailed } from "./end.ts";
import { must } from "./invariant.ts";
import { failure, type Usage } from "./outcome.ts";
import { type Read, scopeOf } from "./scope.ts";
import { readBudget } from "./settings.ts";
import { begunSpots, liveSpots } from "./spots.ts";
import { unitName } from "./timer.ts";
import type { Budget, Task } from "./workflow.ts";

export interface Left {
  readonly usd: number | null;
  readonly tokens: number | null;
}

/** Whose budget is used up: the task's, the run's, or nobody's (null). The run's does not hold up hooks. */
export function overBudget(draft: Draft, task: Task): "task" | "run" | null {
  if (task.budget !== null && isOver(taskLeft(draft, task))) return "task";
  if (task.hook !== null || (draft.state.settings.budget === null && draft.state.start.budget === null))
    return null;
  return isOver(runLeft(draft)) ? "run" : null;
}

/** What a pass of this task may still use: the smaller of what its task and its run have left. */
export function budgetLeft(draft: Draft, task: Task): Left {
  return smaller(taskLeft(draft, task), runLeft(draft));
}

/** Over all attempts, items and iterations, so it is read without any of them. */
export function taskBudget(draft: Draft, task: Task): Read<Budget | null> {
  if (task.budget === null) return { ok: true, value: null };
  const { limits } = draft.state.start;
  return readBudget(task.budget, { scope: scopeOf(draft, { task, item: -1 }), limits, what: "budget" });
}

function taskLeft(draft: Draft, task: Task): Left {
  const { usage, budgetRaised } = draft.task(task.index);
  const budget = taskBudget(draft, task);
  must(budget.ok, `the budget of ${task.id} was read when its pass began`);
  return left(budget.value, usage, budgetRaised);
}

function runLeft(draft: Draft): Left {
  const { start, usage, budgetRaised } = draft.state;
  const own = left(draft.state.settings.budget, usage, budgetRaised);
  return smaller(own, left(start.budget, usage, budgetRaised));
}

function left(
  budget: Budget | null,
  used: Usage,
  raised: { readonly usd: number; readonly tokens: number },
): Left {
  return {
    usd: budget?.usd == null ? null : budget.usd + raised.usd - (used.costUsd ?? 0),
    tokens: budget?.tokens == null ? null : budget.tokens + raised.tokens - (used.tokens ?? 0),
  };
}

function smaller(one: Left, other: Left): Left {
  return { usd: least(one.usd, other.usd), tokens: least(one.tokens, other.tokens) };
}

function least(one: number | null, other: number | null): number | null {
  if (one === null) return other;
  return other === null ? one : Math.min(one, other);
}

function isOver({ usd, tokens }: Left): boolean {
  return (usd !== null && usd <= 0) || (tokens !== null && tokens <= 0);
}

/** After usage was added: ends the attempts under a budget that is used up. */
export function stopOverBudget(draft: Draft, task: Task): void {
  const over = overBudget(draft, task);
  if (over === null) return;
  const tasks = over === "task" ? [task] : draft.workflow.tasks.slice(0, draft.workflow.size);
  for (const one of tasks) for (const spot of liveSpots(draft, one)) stop(draft, spot);
}

function stop(draft: Draft, spot: Spot): void {
  const unit = draft.unit(spot);
  if (unit.stopping !== null || spot.task.kind !== "attempt") return;
  draft.setUnit(spot, { stopping: "budget" });
  draft.effect({ do: "stop", attempt: refOf(spot, unit.attempt), cause: "budget" });
}

/** Parks a unit until a person raises the budget, which is asked for once. Hooks ask nobody. */
export function waitForBudget(draft: Draft, spot: Spot, whose: "task" | "run"): void {
  if (spot.task.hook !== null)
    return endFailed(draft, spot, failure("budget", `the budget of ${spot.task.id} is used up`));
  draft.setUnit(spot, { status: "waiting", reason: "budget", timer: null });
  if (whose === "run") askForRun(draft);
  else askForTask(draft, spot);
}

function askForRun(draft: Draft): void {
  const { state } = draft;
  if (state.decision !== null) return;
  const decision = question(
    draft,
    null,
    asked(`$run.${state.sequence}`, `The budget of this run is used up: ${told(state.usage)}.`),
  );
  state.decision = decision;
  raise(draft, decision);
}

function askForTask(draft: Draft, spot: Spot): void {
  const { task } = spot;
  for (const other of begunSpots(draft, task)) if (draft.unit(other).decision?.kind === "budget") return;
  const id = `${unitName(spot)}$${draft.unit(spot).attempt}.${draft.state.sequence}`;
  const decision = question(
    draft,
    spot,
    asked(id, `The budget of task ${task.id} is used up: ${told(draft.task(task.index).usage)}.`),
  );
  draft.setUnit(spot, { decision });
  raise(draft, decision);
}

function asked(id: string, message: string) {
  return {
    id,
    kind: "budget" as const,
    message: `${message} Raise it or stop?`,
    choices: ["raise", "stop"],
    fields: { usd: { type: "number" }, tokens: { type: "number" } },
  };
}

function told(usage: Usage): string {
  const money = usage.costUsd === null ? "cost unknown" : `$${usage.costUsd.toFixed(2)}`;
  return usage.tokens === null ? money : `${money}, ${usage.tokens} tokens`;
}

/** The units of a task (null: of all) that wait for a budget. */
export function waitingForBudget(draft: Draft, task: Task | null): readonly Spot[] {
  const found: Spot[] = [];
  for (const one of task === null ? draft.workflow.tasks : [task]) {
    for (const spot of begunSpots(draft, one)) if (draft.unit(spot).reason === "budget") found.push(spot);
  }
  return found;
}
