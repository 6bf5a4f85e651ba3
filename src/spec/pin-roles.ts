/**
 * The roles and workers a workflow names become part of its definition: a run goes on with them as they were when it
 * began. What they say for their tasks is written into those that do not say it, as if it stood there.
 */
import { isMap, type Json, type JsonMap, own } from "../core/json.ts";
import type { Problem } from "../core/problem.ts";
import type { Worker } from "../core/worker.ts";
import type { Role } from "../core/workflow.ts";
import { eachTask } from "./check.ts";
import type { Findings } from "./findings.ts";
import { PinnedSkills } from "./pin-skills.ts";
import { BUILT_IN, isRole } from "./schema-agents.ts";
import type { Path } from "./source.ts";
import type { Surroundings } from "./surroundings.ts";

/** Keys that no file may have: they are made here, from files beside the workflow. */
const KEYS = ["roles", "workers"] as const;

export function pinRoles(definition: JsonMap, surroundings: Surroundings, findings: Findings): void {
  const pinned = { roles: new Map<string, Role>(), workers: new Map<string, Worker>() };
  const fields = new Map<string, JsonMap>();
  const skills = new PinnedSkills(surroundings, findings);
  const pin = (agent: Json | undefined, pathOf: () => Path) => {
    if (typeof agent !== "string" || fields.has(agent)) return;
    const read = readAgent(agent, surroundings);
    if (read === null) return;
    findings.addOthers(read.problems, pathOf());
    fields.set(agent, read.fields);
    if (read.role !== null) pinned.roles.set(agent, read.role);
    if (read.role !== null) skills.askOf(agent, read.role, pathOf);
    if (read.worker !== null) pinned.workers.set(agent, read.worker);
  };
  const pinAll = (task: JsonMap, pathOf: () => Path) => {
    pin(task.agent, () => [...pathOf(), "agent"]);
    for (const key of ["repair", "fallback"]) {
      const block = task[key];
      if (isMap(block)) pin(block.agent, () => [...pathOf(), key, "agent"]);
    }
    skills.askIn(task.options, pathOf);
    if (isMap(task.fallback)) skills.askIn(task.fallback.options, () => [...pathOf(), "fallback"]);
  };
  eachTask(definition, [], 0, (task, path, index) => {
    pinAll(task, () => [...path, index]);
    const said = fields.get(String(task.agent));
    if (said === undefined) return;
    refuseLoosened(task, said, { definition, findings, path: [...path, index] });
    fillIn(task, said, { definition, surroundings });
  });
  if (isMap(definition.defaults)) pinAll(definition.defaults, () => ["defaults"]);
  for (const [agent, role] of pinned.roles) pinned.roles.set(agent, skills.given(role));
  for (const key of KEYS) {
    if (pinned[key].size === 0) continue;
    const sorted = [...pinned[key]].sort(([one], [other]) => (one < other ? -1 : 1));
    (definition as Record<string, Json>)[key] = Object.fromEntries(sorted) as unknown as JsonMap;
  }
}

interface ReadAgent {
  readonly role: Role | null;
  readonly worker: Worker | null;
  readonly fields: JsonMap;
  readonly problems: readonly Problem[];
}

/** null: it is built in, or unknown. */
function readAgent(agent: string, surroundings: Surroundings): ReadAgent | null {
  if (BUILT_IN.has(agent)) return null;
  if (surroundings.workers.has(agent)) {
    const read = surroundings.worker?.(agent);
    if (read === undefined) return null;
    if (!read.ok) return { role: null, worker: null, fields: {}, problems: read.problems };
    return { role: null, worker: read.value.worker, fields: read.value.fields, problems: [] };
  }
  if (!isRole(agent, surroundings)) return null;
  const read = surroundings.role?.(agent);
  if (read === undefined) return null;
  if (!read.ok) return { role: null, worker: null, fields: {}, problems: read.problems };
  const said = surroundings.roleFields?.(agent);
  return { role: read.value, worker: null, fields: said?.fields ?? {}, problems: said?.problems ?? [] };
}

interface Filling {
  readonly definition: JsonMap;
  readonly surroundings: Surroundings;
}

/** What may be done only once is so whoever asks for it: nobody makes it safe to repeat by saying so. */
function refuseLoosened(
  task: JsonMap,
  { effect }: JsonMap,
  { definition, findings, path }: { definition: JsonMap; findings: Findings; path: Path },
): void {
  if (effect !== "once") return;
  const defaults = isMap(definition.defaults) ? definition.defaults : {};
  const said = own(task, "effect");
  const written = said ?? own(defaults, "effect");
  if (written === undefined || written === "once") return;
  const at = said === undefined ? ["defaults", "effect"] : [...path, "effect"];
  const message = `${String(task.agent)} is done at most once: a task cannot call it ${String(written)}`;
  findings.add("E_NOT_ALLOWED", { path: at }, { message, hint: "leave effect out" });
}

/** What the workflow says, in the task or in `defaults`, stands over its role. */
function fillIn(task: JsonMap, fields: JsonMap, { definition, surroundings }: Filling): void {
  const defaults = isMap(definition.defaults) ? definition.defaults : {};
  for (const [key, value] of Object.entries(fields)) {
    if (own(task, key) !== undefined || own(defaults, key) !== undefined) continue;
    if (key === "workspace" && !takesWorkspace(value, definition, surroundings)) continue;
    (task as Record<string, Json>)[key] = value;
  }
}

/** Who wants a worktree gets it where there can be one. */
function takesWorkspace(value: Json, definition: JsonMap, { worktrees }: Surroundings): boolean {
  if (modeOf(value) !== "worktree") return true;
  if (worktrees?.isPossible() !== true) return false;
  worktrees.isUsed ||= workspaceOf(definition) === undefined;
  return true;
}

function workspaceOf({ settings }: JsonMap): Json | undefined {
  return isMap(settings) ? own(settings, "workspace") : undefined;
}

function modeOf(workspace: Json): Json | undefined {
  return isMap(workspace) ? own(workspace, "mode") : workspace;
}

/**
 * For a file and what it calls: where the run says that it is shared, no role takes its tasks out of it. The others
 * would not see what they merge.
 */
export function asRunSays(definition: JsonMap, surroundings: Surroundings): Surroundings {
  const said = workspaceOf(definition);
  if (said === undefined || modeOf(said) === "worktree") return surroundings;
  const { worktrees: _, ...others } = surroundings;
  return others;
}

/** Once all is read that the file calls: the run itself works on the branch that its roles' worktrees are merged into. */
export function joinWorktrees(definition: JsonMap, { worktrees, pinning }: Surroundings): void {
  const isTop = pinning === undefined;
  if (!isTop || worktrees?.isUsed !== true || workspaceOf(definition) !== undefined) return;
  const settings = isMap(definition.settings) ? definition.settings : {};
  (definition as Record<string, Json>).settings = { ...settings, workspace: "worktree" };
}

/** Of a definition that was pinned before; empty for one of a time when roles were not. */
export function pinnedRoles(definition: JsonMap): ReadonlyMap<string, Role> {
  return pinnedUnder<Role>(definition, "roles");
}

export function pinnedWorkers(definition: JsonMap): ReadonlyMap<string, Worker> {
  return pinnedUnder<Worker>(definition, "workers");
}

function pinnedUnder<Pinned>(definition: JsonMap, key: (typeof KEYS)[number]): ReadonlyMap<string, Pinned> {
  const written = definition[key];
  return new Map(
    isMap(written) ? Object.entries(written as unknown as Readonly<Record<string, Pinned>>) : [],
  );
}
