/** A rehearsal of a loop: each invocation does the obvious, at once and right. Shows how many there would be. */

import { actionOf } from "./action.ts";
import type { Cursor } from "./cursor.ts";
import { isPartOf, type LoopState } from "./loop-task.ts";

export interface Scene {
  readonly cursor: Cursor;
  /** In the order in which they were made. */
  readonly tasks: readonly { readonly name: string; readonly state: LoopState }[];
}

const PARTS = ["data-gathering", "analysis", "synthesis"];

export function obviousAfter(scene: Scene, invocations: number): Scene {
  let now = scene;
  for (let made = 0; made < invocations && now.cursor.status === "continue"; made += 1) now = obvious(now);
  return now;
}

function obvious({ cursor, tasks }: Scene): Scene {
  const { task } = cursor;
  const hasParts = tasks.some(({ name }) => task !== null && isPartOf(name, task));
  if (task !== null && actionOf(cursor.next) === "decompose" && !hasParts) {
    const parts = PARTS.map((part) => ({ name: `${task}-${part}`, state: "pending" as const }));
    return handedOn(cursor, [...change(tasks, task, "running"), ...parts]);
  }
  return handedOn(cursor, task === null ? tasks : change(tasks, task, "completed"));
}

function change(tasks: Scene["tasks"], name: string, state: LoopState): Scene["tasks"] {
  return tasks.map((task) => (task.name === name ? { name, state } : task));
}

/** First what has no open parts of its own: a parent comes after them. */
function handedOn(cursor: Cursor, tasks: Scene["tasks"]): Scene {
  const open = tasks.filter(({ state }) => state === "pending" || state === "running");
  const isParent = (name: string) => tasks.some((other) => isPartOf(other.name, name));
  const leaf = open.find(({ name }) => !open.some((other) => isPartOf(other.name, name)));
  const to = (status: Cursor["status"], next: string, task: string | null): Scene => ({
    cursor: { ...cursor, status, next, task, focus: null },
    tasks,
  });
  if (leaf === undefined) return to("completed", "All tasks completed", null);
  return to("continue", `${isParent(leaf.name) ? "Synthesize" : "Execute"} ${leaf.name}`, leaf.name);
}
