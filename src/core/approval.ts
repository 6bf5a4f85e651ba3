/** What the answer of a person does (formats.md 6). The only place where approvals are decided. */

import { withDefaults } from "./answer-fields.ts";
import { answered } from "./ask.ts";
import { instant } from "./calendar.ts";
import type { Draft, Spot } from "./draft.ts";
import type { Decision } from "./effect.ts";
import {
  descendantsOf,
  endFailed,
  endUnit,
  failTask,
  withdrawDecision,
  withdrawTaskDecision,
} from "./end.ts";
import { escalationDecided, GIVE_UP } from "./escalation.ts";
import type { DecisionMade } from "./event.ts";
import { present } from "./invariant.ts";
import type { JsonMap } from "./json.ts";
import { failure, NO_OUTPUT } from "./outcome.ts";
import { reopen } from "./reopen.ts";
import { iterationEnded } from "./repeat.ts";

/** Whether an answer takes what is asked for, so that others go on with what it carries. */
export function isYes(choice: string): boolean {
  return choice !== "reject" && choice !== "send_back";
}

/** A person's answer to an approval that refuse has let through. */
export function approvalDecided(draft: Draft, spot: Spot, decision: Decision, made: DecisionMade): void {
  withdraw(draft, spot);
  if (made.choice === "send_back")
    return sendBack(draft, present(made.to ?? decision.sendBackTo, "a send-back has a target"), made.comment);
  const answer = {
    decision: made.choice,
    comment: made.comment,
    fields: isYes(made.choice) ? withDefaults(decision.fields, made.fields) : made.fields,
    by: made.by,
    at: instant(draft.state.at),
  };
  if (made.choice === "reject") rejected(draft, spot, answer);
  else answered(draft, spot, answer);
}

/** Nobody answered in time. */
export function approvalExpired(draft: Draft, spot: Spot, decision: Decision): void {
  if (decision.onExpiry === "escalate") return escalated(draft, spot, decision);
  withdraw(draft, spot);
  rejected(draft, spot, {
    decision: "reject",
    comment: "expired",
    fields: {},
    by: "expiry",
    at: instant(draft.state.at),
  });
}

/** It stays open, for more people and for ever. */
function escalated(draft: Draft, spot: Spot, decision: Decision): void {
  const kept = { ...decision, expiresAt: null, onExpiry: null };
  if (spot.task.kind === "approval") draft.setUnit(spot, { decision: kept });
  else draft.setTask(spot.task.index, { decision: kept });
  draft.effect({ do: "escalate", decision: decision.id });
}

function withdraw(draft: Draft, spot: Spot): void {
  if (spot.task.kind === "approval") withdrawDecision(draft, spot);
  else withdrawTaskDecision(draft, spot.task.index);
}

function rejected(draft: Draft, spot: Spot, answer: JsonMap): void {
  const comment = typeof answer.comment === "string" ? `: ${answer.comment}` : "";
  const error = failure("rejected", `rejected by ${String(answer.by)}${comment}`);
  const { task } = spot;
  if (task.kind !== "approval") {
    draft.setTask(task.index, { approval: answer });
    return failTask(draft, task, error);
  }
  if (task.approval?.onReject === "continue")
    return endUnit(draft, spot, { status: "success", output: { value: answer } });
  endFailed(draft, spot, error);
}

function sendBack(draft: Draft, to: string, comment: string | null): void {
  const index = present(draft.workflow.indexOf.get(to), `send_back target ${to} exists`);
  reopen(draft, new Set([index, ...descendantsOf(draft.workflow, [index])]), {
    target: index,
    feedback: comment,
  });
}

/** The answer to a blocker: it happened, do it again, or give up. */
export function blockerDecided(draft: Draft, spot: Spot, { choices }: Decision, made: DecisionMade): void {
  withdrawDecision(draft, spot);
  if (choices.includes(GIVE_UP)) return escalationDecided(draft, spot, made);
  if (made.choice === "retry") return draft.next({ do: "pass", spot });
  if (made.choice === "happened") {
    draft.setUnit(spot, { output: NO_OUTPUT });
    return iterationEnded(draft, spot, null);
  }
  endFailed(draft, spot, failure("lost", `${made.by} said that it did not happen`));
}

/** Whether a typed phrase is the one asked for: the same bytes, nothing trimmed or folded. Names the difference, never mends it. */
export function phraseDifference(wanted: string, typed: string): string | null {
  if (typed === wanted) return null;
  if (typed.trim() === wanted) return "there is white space at the start or end";
  if (typed.toUpperCase() === wanted.toUpperCase()) return "capital letters differ";
  if (typed.replace(/\s+/gu, " ") === wanted) return "the white space inside differs";
  if (typed.normalize("NFKC").replace(/[^\x20-\x7e]/gu, "") !== typed)
    return "there is a look-alike or invisible letter";
  return "it is another text";
}
