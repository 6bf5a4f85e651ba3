/** Walking over the units of a task. */
import { type Draft, isEnded, type Spot } from "./draft.ts";
import { at } from "./vector.ts";
import type { Task } from "./workflow.ts";

/** Units of a task that have begun and not ended; of an unmapped task its unit, begun or not. */
export function* begunSpots(draft: Draft, task: Task): Generator<Spot> {
  const { items, status } = draft.task(task.index);
  if (isEnded(status)) return;
  if (task.map === null) {
    yield { task, item: -1 };
    return;
  }
  if (items === null) return;
  for (let item = 0; item < items.begun; item++) {
    if (!isEnded(at(items.units, item).status)) yield { task, item };
  }
}

export function* liveSpots(draft: Draft, task: Task): Generator<Spot> {
  for (const spot of begunSpots(draft, task)) if (draft.unit(spot).live) yield spot;
}
