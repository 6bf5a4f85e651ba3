/**
 * Which tasks put to people what only they can do something about (formats.md 7): those of workers, and that of a task
 * file. Pinned with the definition, so that a run of an older decapod goes on as it began.
 */
import type { Json, JsonMap } from "../core/json.ts";
import { eachTask } from "./check.ts";
import type { Surroundings } from "./surroundings.ts";

/** Where a definition was written. */
export type WrittenAs = "workflow" | "task file";

/** A key that no file may have: it is made here. */
const KEY = "escalates";

export function pinEscalations(definition: JsonMap, { workers }: Surroundings, writtenAs: WrittenAs): void {
  eachTask(definition, [], 0, (task) => {
    if (writtenAs === "task file" || workers.has(String(task.agent)))
      (task as Record<string, Json>)[KEY] = true;
  });
}
