/** What a hook may not be or have (formats.md 1.11). */
import type { JsonMap } from "../core/json.ts";
import type { Place } from "./link-text.ts";

const AGENTS: ReadonlySet<string> = new Set(["approval", "wait"]);
const FIELDS: readonly string[] = ["approval", "foreach", "matrix", "repeat"];

export function checkHook(task: JsonMap, place: Place): void {
  const { findings } = place.level.root;
  const agent = String(task.agent);
  if (AGENTS.has(agent)) {
    findings.add(
      "E_FIELD_CONTEXT",
      { path: [...place.path, "agent"] },
      { message: `a hook cannot be of agent ${agent}`, hint: "hooks ask nobody and wait for nothing" },
    );
  }
  for (const field of FIELDS) {
    if (task[field] === undefined) continue;
    findings.add(
      "E_FIELD_CONTEXT",
      { path: [...place.path, field], part: "key" },
      { message: `a hook has no ${field}`, hint: "make it a task" },
    );
  }
}
