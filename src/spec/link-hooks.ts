/** What a hook may not be, have or hold inside (formats.md 1.11). */
import { isMap, type JsonMap } from "../core/json.ts";
import type { Findings } from "./findings.ts";
import type { Place } from "./link-text.ts";
import type { Path } from "./source.ts";

const AGENTS: ReadonlyMap<string, string> = new Map([
  ["approval", "hooks ask nobody and wait for nothing"],
  ["wait", "hooks ask nobody and wait for nothing"],
  ["finish", "what the run has come to stands when its hooks run; fail on_start to start no task"],
]);
const FIELDS: readonly string[] = ["approval", "foreach", "matrix", "repeat"];

export function checkHook(task: JsonMap, place: Place): void {
  const { findings } = place.level.root;
  checkAgents(task, place.path, { findings, what: "be" });
  for (const field of FIELDS) {
    if (task[field] === undefined) continue;
    findings.add(
      "E_FIELD_CONTEXT",
      { path: [...place.path, field], part: "key" },
      { message: `a hook has no ${field}`, hint: "make it a task" },
    );
  }
}

/** Of a group also what lies in it: it is done within the hook. There `finish` ends the group alone. */
function checkAgents(
  task: JsonMap,
  path: Path,
  { findings, what }: { readonly findings: Findings; readonly what: "be" | "hold" },
): void {
  const agent = String(task.agent);
  const hint = AGENTS.get(agent);
  if (hint !== undefined && (what === "be" || agent !== "finish")) {
    const message =
      what === "be" ? `a hook cannot be of agent ${agent}` : `a hook cannot hold agent ${agent}`;
    findings.add("E_FIELD_CONTEXT", { path: [...path, "agent"] }, { message, hint });
  }
  if (what === "hold" && task.approval !== undefined) {
    const message = "a hook cannot hold an approval";
    const asks = { path: [...path, "approval"], part: "key" } as const;
    findings.add("E_FIELD_CONTEXT", asks, { message, hint: "hooks ask nobody and wait for nothing" });
  }
  const { parameters } = task;
  if (agent !== "group" || !isMap(parameters) || !Array.isArray(parameters.tasks)) return;
  for (const [place, inner] of parameters.tasks.entries())
    if (isMap(inner)) checkAgents(inner, [...path, "parameters", "tasks", place], { findings, what: "hold" });
}
