/** What the engine made of attempts that themselves said nothing was wrong: criteria, expected outputs, a schema. */
import type { AttemptRef, Event } from "../core/event.ts";
import { present } from "../core/invariant.ts";
import type { Failure } from "../core/outcome.ts";
import type { Change } from "../core/replay.ts";
import type { Run } from "../core/run.ts";
import { at } from "../core/vector.ts";

/** By attempt, of a task or one of its items (null: of the task itself), what it failed with. */
export function attemptErrors(
  changes: Iterable<Change>,
  task: string,
  item: number | null,
): ReadonlyMap<number, Failure> {
  const found = new Map<number, Failure>();
  for (const { entry, after } of changes) {
    const { event } = entry;
    if (event.type !== "attempt.ended" || !isOfTask(event, task, item)) continue;
    const error = errorIn(after, task, item);
    if (error !== null) found.set(event.attempt, error);
  }
  return found;
}

export function isOfTask(event: Event, task: string, item: number | null): event is Event & AttemptRef {
  return "attempt" in event && event.task === task && (event.item ?? null) === item;
}

function errorIn({ tasks, workflow }: Run, task: string, item: number | null): Failure | null {
  const state = at(tasks, present(workflow.indexOf.get(task), "an attempt is one of a task"));
  if (item === null) return state.unit.error;
  return state.items === null ? null : at(state.items.units, item).error;
}
