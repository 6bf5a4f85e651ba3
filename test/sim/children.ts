/** Children: what they are called, and their end as the parent hears of it: some have a branch that is merged first, which some of them cannot be. */
import type { AttemptRef, ChildEnded } from "../../src/core/event.ts";
import type { Json, JsonMap } from "../../src/core/json.ts";
import type { Lookup } from "../../src/core/lookup.ts";
import { failure, type OutputValue } from "../../src/core/outcome.ts";
import type { Run } from "../../src/core/run.ts";
import { at } from "../../src/core/vector.ts";
import { viewTask } from "../../src/core/view.ts";

export function childId(parent: string, ref: AttemptRef): string {
  return `${parent}.${ref.task}_${ref.item ?? ""}_${ref.attempt}`;
}

/** The same of one child however often its end is told, as the repository has it. */
export function fateOf({ id, status }: Run, lookup: Lookup): "told" | "merged" | "conflict" {
  const [letter = ""] = lookup.sha256(id);
  if (status !== "success" || !"012".includes(letter)) return "told";
  return letter === "0" ? "conflict" : "merged";
}

export function endingOf(
  run: Run,
  lookup: Lookup,
  put: (value: Json) => OutputValue,
): Pick<ChildEnded, "status" | "output" | "tasks" | "failure" | "usage"> {
  const tasks: Record<string, Json> = {};
  for (const task of run.workflow.tasks.slice(0, run.workflow.size))
    tasks[task.id] = viewTask(at(run.tasks, task.index), lookup);
  const given = Object.entries(tasks).map(([task, view]) => [task, (view as JsonMap).output ?? null]);
  const ended = { output: put(run.outputs ?? Object.fromEntries(given)), tasks, usage: run.usage };
  if (fateOf(run, lookup) === "conflict")
    return { ...ended, status: "failed", failure: failure("git_merge_conflict", "a.txt") };
  const isPlain = run.status === "success" || run.status === "cancelled";
  const failed = run.failure === null ? null : failure("child_failed", run.failure.message);
  return { ...ended, status: isPlain ? (run.status as ChildEnded["status"]) : "failed", failure: failed };
}
