/** Asking a person, and what their answer does (formats.md 6). The only place where approvals are decided. */

import { approversOf } from "./approvers.ts";
import { instant } from "./calendar.ts";
import { question, raise } from "./decision.ts";
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
import type { DecisionMade } from "./event.ts";
import { present } from "./invariant.ts";
import { canonical, isMap, type JsonMap } from "./json.ts";
import { numberOf } from "./late.ts";
import { LIMITS, most } from "./limits.ts";
import { type Failure, failure, NO_OUTPUT } from "./outcome.ts";
import { RANGES } from "./range.ts";
import { reopen } from "./reopen.ts";
import { iterationEnded } from "./repeat.ts";
import { type Read, readExpression, readTemplate, scopeOf } from "./scope.ts";
import { unitName } from "./timer.ts";
import type { ApprovalSpec } from "./workflow.ts";

/** Asks, if the block says that a person is needed. `not_needed`: the caller goes on. `ended`: the task has failed. */
export function ask(draft: Draft, spot: Spot, spec: ApprovalSpec): "asked" | "not_needed" | "ended" {
  const needed = isNeeded(draft, spot, spec);
  if (!needed.ok) {
    fail(draft, spot, needed);
    return "ended";
  }
  if (!needed.value) {
    if (spot.task.kind === "approval")
      answered(draft, spot, {
        decision: "approve",
        comment: null,
        fields: {},
        by: "policy",
        at: instant(draft.state.at),
      });
    return "not_needed";
  }
  const decision = makeDecision(draft, spot, spec);
  if (!decision.ok) {
    fail(draft, spot, decision);
    return "ended";
  }
  park(draft, spot, decision.value);
  return "asked";
}

function isNeeded(draft: Draft, spot: Spot, spec: ApprovalSpec): Read<boolean> {
  if (spec.mode === "none") return { ok: true, value: false };
  // A phrase has a condition only where the target, and so whether it is production, is read at run time.
  if (spec.when === null || spec.mode === "ask") return { ok: true, value: true };
  const read = readExpression(spec.when, scopeOf(draft, spot));
  if (!read.ok) return read;
  if (typeof read.value === "boolean") return { ok: true, value: read.value };
  return { ok: false, failure: failure("config_error", "approval.when must be true or false") };
}

function fail(draft: Draft, spot: Spot, read: { readonly failure: Failure }): void {
  if (spot.task.kind === "approval") endFailed(draft, spot, read.failure);
  else failTask(draft, spot.task, read.failure);
}

function makeDecision(draft: Draft, spot: Spot, spec: ApprovalSpec): Read<Decision> {
  const { task } = spot;
  const scope = scopeOf(draft, spot);
  const message =
    spec.message === null
      ? { ok: true as const, value: `Go on with ${task.id}?` }
      : readTemplate(spec.message, scope, "approval.message");
  if (!message.ok) return message;
  const show =
    spec.show === null ? { ok: true as const, value: null } : readTemplate(spec.show, scope, "approval.show");
  if (!show.ok) return show;
  const expires = numberOf(draft, spot, spec.expiresSeconds, {
    what: "approval.expires",
    range: RANGES.approval,
  });
  if (!expires.ok) return expires;
  const rounds = numberOf(draft, spot, spec.maxRounds, { what: "approval.max_rounds", range: RANGES.rounds });
  if (!rounds.ok) return rounds;
  const approvers = approversOf(draft, spot, spec);
  if (!approvers.ok) return approvers;
  const secondsMax = most(LIMITS.approvalSeconds, draft.state.start.limits);
  const parameters = readTemplate(task.parameters, scope, "parameters");
  const plan: JsonMap = {
    workflow: draft.workflow.digest,
    task: task.id,
    parameters: parameters.ok ? parameters.value : null,
    message: message.value,
    show: show.value,
  };
  const isTask = task.kind === "approval";
  const state = draft.task(task.index);
  return {
    ok: true,
    value: question(draft, spot, {
      id: isTask ? `${unitName(spot)}@${draft.unit(spot).attempt + 1}` : `${task.id}#${state.round}`,
      kind: "approval",
      message: typeof message.value === "string" ? message.value : JSON.stringify(message.value),
      show: show.value === null ? null : { show: show.value },
      phraseRequired: spec.mode === "phrase",
      choices: spec.choices,
      fields: spec.fields,
      sendBackTo:
        spec.sendBackTo === null
          ? null
          : present(draft.workflow.tasks[spec.sendBackTo], "send_back_to exists").id,
      maxRounds: rounds.value,
      digest: draft.lookup.sha256(canonical(plan)),
      expiresAt: draft.state.at + Math.min(expires.value, secondsMax) * 1000,
      onExpiry: spec.onExpiry,
      ...approvers.value,
    }),
  };
}

function park(draft: Draft, spot: Spot, decision: Decision): void {
  const waiting = { status: "waiting", reason: "approval" } as const;
  if (spot.task.kind === "approval")
    draft.setUnit(spot, { ...waiting, decision, attempt: draft.unit(spot).attempt + 1 });
  else draft.setTask(spot.task.index, { ...waiting, decision });
  raise(draft, decision);
}

/** A person's answer to an approval that refuse has let through. */
export function approvalDecided(draft: Draft, spot: Spot, decision: Decision, made: DecisionMade): void {
  withdraw(draft, spot);
  if (made.choice === "send_back")
    return sendBack(draft, present(made.to ?? decision.sendBackTo, "a send-back has a target"), made.comment);
  const answer = {
    decision: made.choice,
    comment: made.comment,
    fields: made.fields,
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

function answered(draft: Draft, spot: Spot, answer: JsonMap): void {
  if (spot.task.kind === "approval")
    return endUnit(draft, spot, { status: "success", output: { value: answer } });
  draft.setTask(spot.task.index, { status: "pending", reason: null, approval: answer });
  draft.next({ do: "begin", task: spot.task });
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
export function blockerDecided(draft: Draft, spot: Spot, made: DecisionMade): void {
  withdrawDecision(draft, spot);
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

/** Fields that a decision must carry are declared as parameters are; unknown ones are refused. */
export function unknownFields(decision: Decision, fields: JsonMap): readonly string[] {
  const known = isMap(decision.fields) ? Object.keys(decision.fields) : [];
  return Object.keys(fields).filter((name) => !known.includes(name));
}
