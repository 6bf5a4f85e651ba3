/** The roles a workflow names become part of its definition: a run goes on with them as they were when it began. */
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import type { Role } from "../core/workflow.ts";
import { eachTask } from "./check.ts";
import type { Findings } from "./findings.ts";
import { isRole } from "./schema-agents.ts";
import type { Path } from "./source.ts";
import type { Surroundings } from "./surroundings.ts";

/** A key that no file may have: it is made here, from files beside the workflow. */
const KEY = "roles";

export function pinRoles(definition: JsonMap, surroundings: Surroundings, findings: Findings): void {
  const pinned = new Map<string, Role>();
  const pin = (agent: Json | undefined, path: Path) => {
    if (typeof agent !== "string" || pinned.has(agent) || !isRole(agent, surroundings)) return;
    const read = surroundings.role?.(agent);
    if (read?.ok === true) pinned.set(agent, read.value);
    for (const { code, message, hint } of read?.ok === false ? read.problems : [])
      findings.add(code === "E_TOO_LARGE" ? code : "E_NOT_FOUND", { path }, { message, hint });
  };
  const pinAll = (task: JsonMap, path: Path) => {
    pin(task.agent, [...path, "agent"]);
    for (const key of ["repair", "fallback"]) {
      const block = task[key];
      if (isMap(block)) pin(block.agent, [...path, key, "agent"]);
    }
  };
  eachTask(definition, [], 0, (task, path, index) => pinAll(task, [...path, index]));
  if (isMap(definition.defaults)) pinAll(definition.defaults, ["defaults"]);
  if (pinned.size === 0) return;
  const sorted = [...pinned].sort(([one], [other]) => (one < other ? -1 : 1));
  (definition as Record<string, Json>)[KEY] = Object.fromEntries(sorted) as unknown as JsonMap;
}

/** Of a definition that was pinned before; empty for one of a time when roles were not. */
export function pinnedRoles(definition: JsonMap): ReadonlyMap<string, Role> {
  const written = definition[KEY];
  return new Map(isMap(written) ? Object.entries(written as unknown as Readonly<Record<string, Role>>) : []);
}
