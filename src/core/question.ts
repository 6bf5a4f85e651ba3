/** What an agent asks a person: its attempt is over, the answer is kept, and the next attempt begins with it. */
import { question, raise } from "./decision.ts";
import type { Draft, Spot } from "./draft.ts";
import type { Decision } from "./effect.ts";
import { endFailed, withdrawDecision } from "./end.ts";
import type { AttemptOutcome, DecisionMade } from "./event.ts";
import { LIMITS, most } from "./limits.ts";
import { type AgentQuestion, failure } from "./outcome.ts";
import { unitName } from "./timer.ts";

type Asking = AttemptOutcome & { readonly asks: AgentQuestion };

/** Hooks and repairs ask nobody, and what was allowed or asked often enough is a failure like others. */
export function isAnswerable(draft: Draft, spot: Spot, outcome: AttemptOutcome): outcome is Asking {
  const { role, answers } = draft.unit(spot);
  const { asks, status } = outcome;
  if (asks === undefined || status !== "failed" || spot.task.hook !== null || role === "repair") return false;
  if (answers.length >= most(LIMITS.questions, draft.state.start.limits)) return false;
  const allowed = new Set(answers.flatMap(({ allows }) => allows));
  return asks.kind === "question" || asks.wants.some((tool) => !allowed.has(tool));
}

/** No try is counted: nothing went wrong. */
export function askPerson(draft: Draft, spot: Spot, { kind, message, offers, wants }: AgentQuestion): void {
  const decision = question(draft, spot, {
    id: `${unitName(spot)}?${draft.unit(spot).attempt}`,
    kind,
    message,
    choices: kind === "permission" ? ["approve", "reject"] : ["answer", "reject"],
    ...(kind === "permission" ? { wants } : { offers }),
  });
  draft.setUnit(spot, { status: "waiting", reason: "approval", decision });
  raise(draft, decision);
}

export function questionDecided(draft: Draft, spot: Spot, decision: Decision, made: DecisionMade): void {
  withdrawDecision(draft, spot);
  const { by, comment } = made;
  if (made.choice === "reject") {
    const why = comment === null ? "" : `: ${comment}`;
    return endFailed(draft, spot, failure("rejected", `${by} said no to its ${decision.kind}${why}`));
  }
  const answer = {
    kind: decision.wants === undefined ? ("question" as const) : ("permission" as const),
    asked: decision.message,
    answer: comment ?? "yes",
    allows: decision.wants ?? [],
    by,
  };
  draft.setUnit(spot, { answers: [...draft.unit(spot).answers, answer] });
  draft.next({ do: "pass", spot });
}
