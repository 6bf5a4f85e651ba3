/** Whether a person has let this task reach production: by its own approval, or by that of a gate before it. */
import type { Draft } from "./draft.ts";
import { PRODUCTION_PHRASE } from "./gate.ts";
import { present } from "./invariant.ts";
import { isMap, type Json } from "./json.ts";
import type { Task } from "./workflow.ts";

export function holdsProduction(draft: Draft, task: Task): boolean {
  const seen = new Set([task.index]);
  // Grows while it is walked through.
  for (const index of seen) {
    const one = present(draft.workflow.tasks[index], "a dependency exists");
    if (isGate(one) && isYes(answerTo(draft, one))) return true;
    for (const before of one.dependencies) seen.add(before);
  }
  return false;
}

function isGate({ approval }: Task): boolean {
  return approval?.mode === "phrase" && approval.phrase === PRODUCTION_PHRASE && approval.when === null;
}

function answerTo(draft: Draft, { index, kind }: Task): Json {
  const { approval, status, output } = draft.task(index);
  if (kind !== "approval") return approval;
  return status === "success" && "value" in output ? output.value : null;
}

function isYes(answer: Json): boolean {
  return isMap(answer) && answer.decision === "approve" && answer.by !== "policy";
}
