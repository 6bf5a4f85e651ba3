/** Whose session an attempt goes on with. */
import type { Json } from "../core/json.ts";
import { Ancestors } from "./link-graph.ts";
import type { Place } from "./link-text.ts";
import { nearest } from "./nearest.ts";

/** `fresh`, `continue`, or `continue:TASK` of a task that has ended by then. */
export function checkSession(value: Json | undefined, place: Place): void {
  if (typeof value !== "string" || value.includes("${")) return;
  const { level, task } = place;
  const { findings } = level.root;
  const spot = { path: [...place.path, "session"] };
  if (value === "fresh" || value === "continue") return;
  const name = /^continue:(.*)$/.exec(value)?.[1]?.trim();
  const words = ["fresh", "continue", "continue:TASK"];
  if (name === undefined) {
    const message = `session must be one of ${words.join(", ")}, not "${value}"`;
    return findings.add("E_CHOICE", spot, { message, hint: nearest(value, words) });
  }
  const target = level.ids.get(name);
  if (target === undefined || target >= level.size) {
    const message = `task "${name}" does not exist here`;
    findings.add("E_UNKNOWN_TASK", spot, { message, hint: nearest(name, level.ids.keys()) });
  } else if (!new Ancestors(level).has(task, target)) {
    const message = `${name} need not have ended when its session is to go on`;
    findings.add("E_REF_NOT_ANCESTOR", spot, { message, hint: `dependencies: [${name}]` });
  }
}
