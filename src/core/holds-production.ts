/** Whether a person has let this task reach production: by its own approval, or by that of a gate before it. */
import type { Draft } from "./draft.ts";
import { PRODUCTION_PHRASE } from "./gate.ts";
import { present } from "./invariant.ts";
import { isMap, type Json } from "./json.ts";
import type { Task } from "./workflow.ts";

export function holdsProduction(draft: Draft, { index }: Task): boolean {
  const { tasks, gatesBefore } = draft.workflow;
  const gates = present(gatesBefore[index], "a list for each task");
  return gates.some((gate) => isYes(answerTo(draft, present(tasks[gate], "a gate is a task"))));
}

export function isProductionGate({ approval }: Pick<Task, "approval">): boolean {
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
