/** A definition of the right shape → a linked workflow. Problems go to the findings; the result is for use only without. */
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { highest, RANGES } from "../core/range.ts";
import type { HookName, Task, Workflow } from "../core/workflow.ts";
import { checkFieldValues } from "./field-values.ts";
import type { Findings } from "./findings.ts";
import { AT_START, type Level, OUTPUTS, type Root, type Rule } from "./level.ts";
import { gatesBefore, successorsOf } from "./link-graph.ts";
import { makeLevel } from "./link-level.ts";
import { checkVariables, declareParams, linkDefaults, orderValues, secretsOf } from "./link-params.ts";
import { resolveUses } from "./link-references.ts";
import { settingsOf, triggersOf } from "./link-settings.ts";
import { linkTask } from "./link-task.ts";
import { entries, numberAt, type Place } from "./link-text.ts";
import { warn } from "./link-warnings.ts";
import { pinnedRoles, pinnedWorkers } from "./pin-roles.ts";
import { pinnedWorkflows } from "./pin-workflows.ts";
import type { Surroundings } from "./surroundings.ts";

export interface Linking {
  readonly definition: JsonMap;
  readonly digest: string;
  readonly surroundings: Surroundings;
  readonly findings: Findings;
  readonly isTrusted: boolean;
}

export function link(linking: Linking): Workflow {
  const { definition, findings } = linking;
  findings.readFrom(definition);
  const root = rootOf(linking);
  const context = isMap(definition.context) ? definition.context : {};
  declareParams(root, definition.params);
  checkVariables(root, context.variables);
  const secrets = secretsOf(root, context.secrets);
  if (!root.isTrusted)
    checkFieldValues(root.defaults, ["defaults"], findings, root.surroundings.failureClasses);
  const level = makeLevel(root, { map: definition, path: [], parent: null, host: -1, names: [] });
  const at = (rule: Rule, ...path: string[]): Place => ({ level, task: -1, path, rule });
  if (isMap(definition.params)) linkDefaults(root, definition.params, at(AT_START, "params"));
  const settings = settingsOf(definition.settings, at(AT_START, "settings"));
  const written = entries(mapOr(context.variables), at(AT_START, "context", "variables"));
  const variables = orderValues(root, written);
  const triggers = triggersOf(definition.triggers, at(AT_START, "triggers"));
  const outputs = isMap(definition.outputs) ? entries(definition.outputs, at(OUTPUTS, "outputs")) : null;
  const shared = {
    description: textOf(definition.description),
    metadata: mapOr(definition.metadata),
    secrets,
    settings,
    roles: pinnedRoles(definition),
    workers: pinnedWorkers(definition),
    workflows: pinnedWorkflows(definition),
  };
  const workflow = assemble(level, shared, { variables, triggers, outputs });
  resolveUses(level);
  if (!root.isTrusted) warn(level, workflow, findings);
  return { ...workflow, params: [...root.params.values()] };
}

function rootOf({ definition, digest, surroundings, findings, isTrusted }: Linking): Root {
  const context = isMap(definition.context) ? definition.context : {};
  return {
    findings,
    surroundings,
    digest,
    isTrusted,
    name: textOf(definition.name),
    defaults: mapOr(definition.defaults),
    places: new Map(),
    duplicates: new Set(),
    cyclic: new Set(),
    groupLimits: new Map(),
    params: new Map(),
    paramsDeclared: definition.params !== undefined,
    variables: new Set(Object.keys(mapOr(context.variables))),
    secrets: new Set([...Object.keys(mapOr(context.secrets)), ...(surroundings.secretsGiven ?? [])]),
    workers: pinnedWorkers(definition),
  };
}

/** What a body has in common with its file. */
type Shared = Pick<
  Workflow,
  "description" | "metadata" | "secrets" | "settings" | "roles" | "workers" | "workflows"
>;
type Own = Pick<Workflow, "variables" | "triggers" | "outputs">;

function assemble(level: Level, shared: Shared, own: Own): Workflow {
  const { root, names } = level;
  const successors = successorsOf(level.dependencies);
  const bodyOf = (host: number) => bodyAt(level, host, shared);
  const tasks = level.raws.map((raw, index) => linkTask({ level, successors, bodyOf }, index, raw));
  return {
    name: root.name,
    digest: names.length === 0 ? root.digest : `${root.digest}#${names.join("/")}`,
    tasks,
    size: level.size,
    hooks: hooksOf(tasks),
    gatesBefore: gatesBefore(level, tasks),
    indexOf: level.ids,
    sessions: tasks.flatMap(({ session }) => (session === null ? [] : [session])),
    params: [],
    paramsDeclared: root.paramsDeclared,
    outerNames: level.outerNames,
    ...shared,
    ...own,
  };
}

function bodyAt(level: Level, host: number, shared: Shared): Workflow | null {
  const body = level.bodies.get(host);
  const raw = level.raws[host];
  if (body === undefined || raw === undefined) return null;
  const parameters = mapOr(raw.value.parameters);
  const written = mapOr(parameters.settings);
  const at = (rule: Rule, ...steps: readonly string[]): Place => {
    return { level: body, task: -1, path: [...raw.path, "parameters", ...steps], rule };
  };
  const own = numberAt(written, "max_parallel", at(AT_START, "settings"), { range: RANGES.parallel });
  const { maxParallel, timeoutSeconds } = shared.settings;
  const settings = {
    // What its file says by an expression holds for it by the lanes and the clock of the run it lies in.
    maxParallel: own ?? (typeof maxParallel === "number" ? maxParallel : highest(RANGES.parallel)),
    timeoutSeconds: typeof timeoutSeconds === "number" ? timeoutSeconds : highest(RANGES.runTimeout),
    onFailure: written.on_failure === "continue" ? "continue" : "stop",
    budget: null,
    concurrency: null,
    workspace: null,
  } as const;
  const outputs = isMap(parameters.outputs) ? entries(parameters.outputs, at(OUTPUTS, "outputs")) : null;
  return assemble(body, { ...shared, settings }, { variables: [], triggers: [], outputs });
}

function hooksOf(tasks: readonly Task[]): Readonly<Record<HookName, readonly number[]>> {
  const hooks: Record<HookName, number[]> = { on_start: [], on_success: [], on_failure: [], on_complete: [] };
  for (const task of tasks) if (task.hook !== null) hooks[task.hook].push(task.index);
  return hooks;
}

function mapOr(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
