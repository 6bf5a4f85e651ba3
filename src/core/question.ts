/**
 * An attempt is over, something is said to it, and the next one begins with that: a person's answer to what an agent asked,
 * or what is wrong with an output that does not fit its schema. No try is counted for either.
 */
import { question, raise } from "./decision.ts";
import type { Draft, Spot } from "./draft.ts";
import type { Decision } from "./effect.ts";
import { endFailed, withdrawDecision } from "./end.ts";
import type { AttemptOutcome, DecisionMade } from "./event.ts";
import { LIMITS, most } from "./limits.ts";
import { type AgentQuestion, type Failure, failure, type GivenAnswer } from "./outcome.ts";
import { unitName } from "./timer.ts";

type Asking = AttemptOutcome & { readonly asks: AgentQuestion };

/** Hooks and repairs ask nobody, and what was allowed or asked often enough is a failure like others. */
export function isAnswerable(draft: Draft, spot: Spot, outcome: AttemptOutcome): outcome is Asking {
  const { role, answers } = draft.unit(spot);
  const { asks, status } = outcome;
  if (asks === undefined || status !== "failed" || spot.task.hook !== null || role === "repair") return false;
  if (withoutMisfits(answers).length >= most(LIMITS.questions, draft.state.start.limits)) return false;
  const allowed = new Set(answers.flatMap(({ allows }) => allows));
  return asks.kind === "question" || asks.wants.some((tool) => !allowed.has(tool));
}

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
  goOnWith(draft, spot, answer);
}

type Misfit = AttemptOutcome & { readonly misfit: true; readonly failure: Failure };

/** Asked again the work is done again: what must not be done twice is not. */
export function isAskedAgain(draft: Draft, spot: Spot, outcome: AttemptOutcome): outcome is Misfit {
  if (outcome.misfit === undefined || outcome.failure === null) return false;
  const { effect } = spot.task;
  const asked = draft.unit(spot).answers.filter(({ kind }) => kind === "misfit");
  return effect === "idempotent" && asked.length < most(LIMITS.misfits, draft.state.start.limits);
}

export function askAgain(draft: Draft, spot: Spot, { failure: { message } }: Misfit): void {
  goOnWith(draft, spot, { kind: "misfit", asked: "", answer: message, allows: [], by: "decapod" });
}

/** A counted try ends what was said of its outputs: the next one may be wrong as often. */
export function withoutMisfits(answers: readonly GivenAnswer[]): readonly GivenAnswer[] {
  return answers.filter(({ kind }) => kind !== "misfit");
}

function goOnWith(draft: Draft, spot: Spot, answer: GivenAnswer): void {
  const { answers, attempt } = draft.unit(spot);
  draft.setUnit(spot, { answers: [...answers, answer], answered: attempt });
  draft.next({ do: "pass", spot });
}
