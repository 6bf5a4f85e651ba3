/**
 * What only a person can do something about (formats.md 7): of a task that escalates, a failure that nothing else goes on
 * with is put to people as a blocker. They say that it is tried again, with a comment, or that it is given up.
 */
import { refusalCode } from "./codes.ts";
import { keyOf, question, raise } from "./decision.ts";
import { type Draft, isStopped, type Spot } from "./draft.ts";
import { endFailed } from "./end.ts";
import type { DecisionMade } from "./event.ts";
import { instanceName } from "./id.ts";
import { present } from "./invariant.ts";
import { causeOf, subjectOf } from "./mending.ts";
import type { Failure } from "./outcome.ts";
import type { Unit } from "./run.ts";
import { unitName } from "./timer.ts";
import type { Task } from "./workflow.ts";

export const GIVE_UP = "give_up";

/** A person has said so already, or the run itself is over. */
const DECIDED: ReadonlySet<string> = new Set(["rejected", "budget", "finished"]);

/**
 * Asked when no repair, retry or fallback is left. Nobody is asked about what is gone on after, or what has failed whatever
 * they say. Neither about a refusal of the engine: what it refused is said in a file, and the run has failed of it.
 */
export function isEscalated(draft: Draft, { task }: Spot, failed: Failure): boolean {
  if (task.escalates !== true || isGoneOnAfter(draft, task) || isLost(draft, task)) return false;
  if (DECIDED.has(failed.class) || refusalCode(failed.class, failed.message) !== null) return false;
  return failed.action === "escalate" || isMendable(task, failed);
}

/** Forgiven, or only one item or iteration of many, here or around this run; or a hook. Counts for all inside it, too. */
export function isGoneOnAfter(draft: Draft, { hook, onFailure, map, repeat }: Task): boolean {
  if (draft.state.start.escalates === false || hook !== null || onFailure === "skip") return true;
  return repeat?.onFailure === "continue" || (map !== null && map.onFailure !== "stop");
}

/** The run has failed of another task, or this task of another item: an answer would save neither. */
function isLost(draft: Draft, task: Task): boolean {
  return isStopped(draft, task) || draft.task(task.index).items?.stopped === true;
}

function isMendable({ repair }: Task, { class: failureClass }: Failure): boolean {
  return repair?.on.includes(failureClass) === true;
}

export function escalate(draft: Draft, spot: Spot, failed: Failure): void {
  const { task } = spot;
  const unit = draft.unit(spot);
  const facts = { failure: `${failed.class}: ${failed.message}`, tried: triedText(task, unit) };
  const decision = question(draft, spot, {
    id: `${unitName(spot)}!${unit.attempt}`,
    kind: "blocker",
    message: escalationText(task, failed, { ...unit, key: keyOf(draft, spot) }),
    show: { show: facts },
    choices: ["retry", GIVE_UP],
  });
  draft.setUnit(spot, { status: "waiting", reason: "blocked", decision });
  raise(draft, decision);
}

/** The comment goes with the next try; what was tried before counts no more. */
export function escalationDecided(draft: Draft, spot: Spot, { choice, comment }: DecisionMade): void {
  const { error } = draft.unit(spot);
  if (choice === GIVE_UP) return endFailed(draft, spot, present(error, "what is given up has failed"));
  if (comment !== null) draft.setTask(spot.task.index, { feedback: comment });
  draft.setUnit(spot, { role: "task", tries: 0, repairs: 0, fallbackUsed: false });
  draft.next({ do: "pass", spot });
}

type Tried = Pick<Unit, "attempt" | "repairs" | "fallbackUsed">;
/** With the key of an item. */
type Failing = Tried & { readonly key: string | null };

/** The words of the founding texts, one sentence or two. */
export function escalationText(
  task: Pick<Task, "id" | "agent" | "repair">,
  failed: Failure,
  unit: Failing,
): string {
  const { message, words } = failed;
  if (words !== undefined) return words;
  const cause = causeOf(message);
  switch (failed.class) {
    case "aws_credentials":
      return "Please check AWS credentials on laptop";
    case "cloudfront_config":
      return message.startsWith(BY_HAND) ? message : `${BY_HAND}: ${cause}`;
    case "git_merge_conflict":
      return message.startsWith(CONFLICT) ? message : `${CONFLICT}: ${cause}`;
    default:
      return `${instanceName(subjectOf(task), unit.key)} ${reasonText(task, failed, unit)}. How would you like to proceed?`;
  }
}

/** Who found the failure may have said it in these words already. */
const BY_HAND = "Manual intervention needed";
const CONFLICT = "Merge conflict detected, please resolve";

function reasonText({ repair }: Pick<Task, "repair">, failed: Failure, { repairs }: Tried): string {
  const cause = causeOf(failed.message);
  if (failed.action === "escalate" || repair === null) return `failed with unexpected error: ${cause}`;
  return `failed due to ${cause}, and ${times(repairs, "repair")} did not mend it`;
}

/** What was done about it before a person is asked: `3 attempts, 1 repair by coder`. */
export function triedText({ repair, fallback }: Pick<Task, "repair" | "fallback">, unit: Tried): string {
  const { attempt, repairs, fallbackUsed } = unit;
  return [
    times(attempt - repairs, "attempt"),
    ...(repairs > 0 && repair !== null ? [`${times(repairs, "repair")} by ${repair.agent}`] : []),
    ...(fallbackUsed && fallback !== null ? [`the last by ${fallback.agent}`] : []),
  ].join(", ");
}

function times(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
