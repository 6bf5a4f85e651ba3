/** Asking a person before a task starts, or as a task of its own: what is looked at, what they read, what it is bound to. */
import { withDefaults } from "./answer-fields.ts";
import { approversOf } from "./approvers.ts";
import { instant } from "./calendar.ts";
import { question, raise } from "./decision.ts";
import type { Draft, Spot } from "./draft.ts";
import type { Decision } from "./effect.ts";
import { endFailed, endUnit, failTask } from "./end.ts";
import { type Gate, gateFacts, gateOf, measureAsked, readableParameters } from "./gate.ts";
import { must, present } from "./invariant.ts";
import { canonical, type Json, type JsonMap } from "./json.ts";
import { numberOf } from "./late.ts";
import { beyond, LIMITS, most } from "./limits.ts";
import { differenceOf, type Measured } from "./measured.ts";
import { type Failure, failure } from "./outcome.ts";
import { productionMessage } from "./production-message.ts";
import { RANGES } from "./range.ts";
import { type Read, readTemplate, scopeOf } from "./scope.ts";
import { unitName } from "./timer.ts";
import type { ApprovalSpec, Task } from "./workflow.ts";

/** Asks, if the block says that a person is needed. `not_needed`: the caller goes on. `ended`: the task has failed. */
export function ask(draft: Draft, spot: Spot, spec: ApprovalSpec): "asked" | "not_needed" | "ended" {
  if (isLookedAtFirst(draft, spot, spec)) {
    measure(draft, spot);
    return "asked";
  }
  const gate = gateOf(draft, spot, spec);
  if (!gate.ok) {
    fail(draft, spot, gate);
    return "ended";
  }
  if (!gate.value.needed) {
    letThrough(draft, spot, gate.value);
    return "not_needed";
  }
  const decision = makeDecision(draft, spot, gate.value);
  if (!decision.ok) {
    fail(draft, spot, decision);
    return "ended";
  }
  park(draft, spot, decision.value);
  return "asked";
}

/** Nothing real stands behind a rehearsal, and the items of a mapped task are not known yet. */
function isLookedAtFirst(draft: Draft, { task, item }: Spot, { measure: spec }: ApprovalSpec): boolean {
  const { measures, rehearse } = draft.state.start;
  if (spec === null || measures !== true || rehearse || item >= 0 || task.map !== null) return false;
  return draft.task(task.index).measured === null;
}

/** Also asked for again after a restart. */
export function measure(draft: Draft, spot: Spot): void {
  const { task } = spot;
  const spec = present(task.approval, `${task.id} has an approval`);
  draft.setTask(task.index, { status: "queued", reason: null, measuring: true });
  draft.effect({ do: "measure", task: task.id, asked: measureAsked(draft, spot, spec) });
}

export function measured(draft: Draft, task: Task, found: Measured): void {
  draft.setTask(task.index, { status: "pending", measuring: false, measured: found });
  askOrBegin(draft, task);
}

function askOrBegin(draft: Draft, task: Task): void {
  const spot = { task, item: -1 };
  const asked = ask(draft, spot, present(task.approval, `${task.id} has an approval`));
  if (asked === "not_needed" && task.kind !== "approval") draft.next({ do: "begin", task });
}

/** What is done is no longer what was approved: it is asked again, or fails where it changes every time. */
export function approvalVoid(draft: Draft, spot: Spot, found: Measured): void {
  const { task } = spot;
  const { measured: before, voided } = draft.task(task.index);
  const difference = differenceOf(present(before, "only what was looked at is found to be another"), found);
  must(spot.item < 0, "items are approved together, and nothing of theirs is looked at");
  const told = `what was approved has changed before it was done: ${difference ?? "it is another each time"}`;
  const { limits } = draft.state.start;
  if (voided >= most(LIMITS.voidApprovals, limits))
    return endFailed(
      draft,
      spot,
      failure("config_error", `${told}; ${beyond(LIMITS.voidApprovals, limits)}`),
    );
  draft.setUnit(spot, { status: "pending", reason: null, ...(draft.unit(spot).tries === 0 && NOT_BEGUN) });
  draft.setTask(task.index, { approval: null, measured: found, difference, voided: voided + 1 });
  askOrBegin(draft, task);
}

const NOT_BEGUN = { startedAt: null, startedTick: null } as const;

/** Nobody is asked; what was looked at and found small is told all the same. */
function letThrough(draft: Draft, spot: Spot, { significance }: Gate): void {
  const { task } = spot;
  if (task.kind !== "approval" && significance === null) return;
  const answer = {
    decision: "approve",
    comment: significance === null ? null : significance.reasons.join("; "),
    fields: withDefaults(task.approval?.fields ?? null, {}),
    by: "policy",
    at: instant(draft.state.at),
  };
  if (task.kind === "approval") answered(draft, spot, answer);
  else draft.setTask(task.index, { approval: answer });
}

function fail(draft: Draft, spot: Spot, read: { readonly failure: Failure }): void {
  if (spot.task.kind === "approval") endFailed(draft, spot, read.failure);
  else failTask(draft, spot.task, read.failure);
}

function makeDecision(draft: Draft, spot: Spot, gate: Gate): Read<Decision> {
  const { spec } = gate;
  const { task } = spot;
  const scope = scopeOf(draft, spot);
  const message = messageOf(draft, spot, gate);
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
  const id = idOf(draft, spot);
  return {
    ok: true,
    value: question(draft, spot, {
      id,
      kind: "approval",
      message: asWords(message.value),
      show: show.value === null ? null : { show: show.value },
      phraseRequired: spec.mode === "phrase",
      choices: spec.choices,
      fields: spec.fields,
      sendBackTo:
        spec.sendBackTo === null
          ? null
          : present(draft.workflow.tasks[spec.sendBackTo], "send_back_to exists").id,
      maxRounds: rounds.value,
      digest: draft.lookup.sha256(canonical({ ...plan, ...boundTo(draft, spot, id) })),
      expiresAt: draft.state.at + Math.min(expires.value, secondsMax) * 1000,
      onExpiry: spec.onExpiry,
      ...approvers.value,
      ...toldOf(draft, spot, gate),
    }),
  };
}

function messageOf(draft: Draft, spot: Spot, { spec, isProduction }: Gate): Read<Json> {
  const scope = scopeOf(draft, spot);
  const written = spec.message === null ? null : readTemplate(spec.message, scope, "approval.message");
  if (written?.ok === false) return written;
  if (!isProduction) return written ?? { ok: true, value: `Go on with ${spot.task.id}?` };
  const parameters = readableParameters(draft, spot);
  const { measured: found } = draft.task(spot.task.index);
  const message = written === null ? null : asWords(written.value);
  return { ok: true, value: productionMessage({ parameters, message, measured: found }) };
}

function asWords(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** One that replaces a void one has a name of its own, so that nobody answers the one for the other. */
function idOf(draft: Draft, spot: Spot): string {
  if (spot.task.kind === "approval") return `${unitName(spot)}@${draft.unit(spot).attempt + 1}`;
  const { round, voided } = draft.task(spot.task.index);
  return blockId(spot.task.id, round, voided);
}

function blockId(task: string, round: number, voided: number): string {
  return voided === 0 ? `${task}#${round}` : `${task}#${round}~${voided}`;
}

/** Also what lies there, where it was looked at. */
function boundTo(draft: Draft, spot: Spot, id: string): JsonMap {
  const { measured: found } = draft.task(spot.task.index);
  if (found === null) return {};
  const { target, commit, artefact, shown } = found;
  const attempt = draft.unit(spot).attempt + 1;
  const files = artefact === null ? null : artefact.digest;
  const text = shown === undefined ? null : shown.text;
  return { run: draft.state.id, decision: id, attempt, target, commit, artefact: files, text };
}

function toldOf(draft: Draft, spot: Spot, gate: Gate): Partial<Decision> {
  const { measured: found, round, voided } = draft.task(spot.task.index);
  const facts = gateFacts(draft, spot, gate);
  const before = voided === 0 ? null : blockId(spot.task.id, round, voided - 1);
  return {
    ...(facts.length > 0 && { facts }),
    ...(found?.shown !== undefined && { shown: found.shown }),
    ...(gate.isProduction && { production: true as const }),
    ...(before !== null && { replaces: before }),
  };
}

function park(draft: Draft, spot: Spot, decision: Decision): void {
  const waiting = { status: "waiting", reason: "approval" } as const;
  if (spot.task.kind === "approval")
    draft.setUnit(spot, { ...waiting, decision, attempt: draft.unit(spot).attempt + 1 });
  else draft.setTask(spot.task.index, { ...waiting, decision });
  raise(draft, decision);
}

/** Also by nobody: what the file lets through. */
export function answered(draft: Draft, spot: Spot, answer: JsonMap): void {
  if (spot.task.kind === "approval") {
    // The next item or iteration is looked at anew.
    draft.setTask(spot.task.index, { measured: null });
    return endUnit(draft, spot, { status: "success", output: { value: answer } });
  }
  draft.setTask(spot.task.index, { status: "pending", reason: null, approval: answer });
  draft.next({ do: "begin", task: spot.task });
}
