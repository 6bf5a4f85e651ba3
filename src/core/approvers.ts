/** Who may answer a question (formats.md 6): the named approvers, and not for their own run unless the file says so. */
import type { Draft, Spot } from "./draft.ts";
import type { Decision } from "./effect.ts";
import type { RunStarted } from "./event.ts";
import { lateTexts } from "./late.ts";
import type { Problem } from "./problem.ts";
import { type Read, scopeOf } from "./scope.ts";
import type { ApprovalSpec } from "./workflow.ts";

/** Nobody's permission is at stake in a rehearsal: whoever rehearses plays the approvers too. */
export function approversOf(
  draft: Draft,
  spot: Spot,
  { approvers, selfApproval }: ApprovalSpec,
): Read<Pick<Decision, "approvers" | "notBy">> {
  const { start } = draft.state;
  if (approvers === null || start.rehearse) return { ok: true, value: {} };
  const named = lateTexts(approvers, scopeOf(draft, spot), "approval.approvers");
  if (!named.ok) return named;
  // An empty list names nobody.
  if (named.value.length === 0) return { ok: true, value: {} };
  const barred = selfApproval ? {} : { notBy: starterOf(start) };
  return { ok: true, value: { approvers: named.value, ...barred } };
}

export function starterOf({ by, onBehalfOf }: RunStarted): string {
  return onBehalfOf ?? by;
}

/** What anybody may answer who may answer at all: it lets nothing happen. */
const NO_APPROVAL: ReadonlySet<string> = new Set(["reject", "send_back"]);

/** Why this person may not give this answer; null when they may. */
export function refusePerson(decision: Decision, by: string, choice: string): Problem | null {
  const { approvers, notBy } = decision;
  if (approvers === undefined) return null;
  if (!approvers.includes(by)) {
    return {
      code: "E_NOT_APPROVER",
      message: `${by} is not among the approvers of ${decision.task}`,
      hint: `${approvers.join(" or ")} decides`,
    };
  }
  if (notBy !== by || NO_APPROVAL.has(choice)) return null;
  const others = approvers.filter((name) => name !== by);
  return {
    code: "E_SELF_APPROVAL",
    message: `${by} started the run and may not approve ${decision.task}`,
    hint:
      others.length > 0
        ? `${others.join(" or ")} approves`
        : "nobody else may: name another approver or write self_approval: true, and start it again",
  };
}
