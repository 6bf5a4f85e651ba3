/** What a person says about a used-up budget: more of it, or stop. */
import { waitingForBudget } from "./budget.ts";
import type { Draft, Spot } from "./draft.ts";
import { endFailed, withdrawDecision, withdrawRunDecision } from "./end.ts";
import type { DecisionMade } from "./event.ts";
import { endForBudget } from "./halt.ts";
import { failure } from "./outcome.ts";

/** `spot` is null for the run's own budget. */
export function budgetDecided(draft: Draft, spot: Spot | null, made: DecisionMade): void {
  if (spot === null) withdrawRunDecision(draft);
  else withdrawDecision(draft, spot);
  if (made.choice === "stop") stopForBudget(draft, spot);
  else raiseBudget(draft, spot, made);
}

function stopForBudget(draft: Draft, spot: Spot | null): void {
  const stopped = failure("budget", "the budget is used up and was not raised");
  if (spot === null) return endForBudget(draft, stopped);
  for (const waiting of waitingForBudget(draft, spot.task)) endFailed(draft, waiting, stopped);
}

/** What waited tries again; what is still over its own budget asks for that. */
function raiseBudget(draft: Draft, spot: Spot | null, made: DecisionMade): void {
  const before = spot === null ? draft.state.budgetRaised : draft.task(spot.task.index).budgetRaised;
  const raised = {
    usd: before.usd + Number(made.fields.usd ?? 0),
    tokens: before.tokens + Number(made.fields.tokens ?? 0),
  };
  if (spot === null) draft.state.budgetRaised = raised;
  else draft.setTask(spot.task.index, { budgetRaised: raised });
  for (const waiting of waitingForBudget(draft, spot?.task ?? null)) {
    if (draft.unit(waiting).decision === null) draft.next({ do: "pass", spot: waiting });
  }
}
