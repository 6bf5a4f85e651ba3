/** What comes of calls that an agent was refused: a person is asked where a rule can say just that, else it has failed. */
import { type Failure, failure } from "../../core/outcome.ts";
import { asking } from "./question.ts";
import { failedWith, type Verdict } from "./verdict.ts";

export interface Refusal {
  /** In words. */
  readonly call: string;
  /** Would allow just this call; null: there is none, or nobody may allow it here. */
  readonly rule: string | null;
  /** By what the person refuses ever: as if they had said no to it now. */
  readonly isEver: boolean;
}

const SHOWN = 3;
const WORDS_MAX = 120;

/** More than a person reads at once. */
const RULES_MAX = 10;

export function judgeRefusals(agent: string, refusals: readonly Refusal[]): Verdict {
  const ever = refusals.filter(({ isEver }) => isEver);
  if (ever.length > 0) return failedWith(refusedEver(agent, callsOf(ever)));
  const failed = denied(agent, callsOf(refusals));
  const wants = [...new Set(refusals.flatMap(({ rule }) => rule ?? []))];
  const isAskable = refusals.every(({ rule }) => rule !== null) && wants.length <= RULES_MAX;
  if (!isAskable) return failedWith(failed);
  const what = wants.length === 1 ? wants.join() : `${wants.length} tools or commands`;
  const asks = { kind: "permission", message: `${agent} wants to use ${what}`, offers: [], wants } as const;
  return { ...asking(asks), failure: failed };
}

function callsOf(refusals: readonly Refusal[]): readonly string[] {
  return refusals.map(({ call }) => call);
}

function refusedEver(agent: string, calls: readonly string[]): Failure {
  const told = callsText(calls);
  return failure(
    "rejected",
    `${agent} wanted what permissions.refuse of your configuration refuses: ${told}`,
  );
}

/** A job done without what it needed is not done. */
export function denied(agent: string, calls: readonly string[]): Failure {
  return failure(
    "config_error",
    `${agent} was not allowed to do what it wanted: ${callsText(calls)}; allow it with tools of the role or the task, or say in the task that it is not needed`,
  );
}

function callsText(calls: readonly string[]): string {
  const told = calls.slice(0, SHOWN).map((call) => call.slice(0, WORDS_MAX).trim());
  const more = calls.length > SHOWN ? ` and ${calls.length - SHOWN} more` : "";
  return `${told.join("; ")}${more}`;
}
