/** One task as written → one task as the decider reads it. */

import { parseCriterion } from "../core/criteria.ts";
import { literal, type Template } from "../core/expression/template.ts";
import { isMap, type Json, type JsonMap, own } from "../core/json.ts";
import { RANGES } from "../core/range.ts";
import type { Criterion, Task, TaskKind, TriggerRule, Workflow } from "../core/workflow.ts";
import { checkAgentFields, checkFieldValues } from "./field-values.ts";
import {
  AT_START as EARLY_ONCE,
  HOOK_RULES,
  type Level,
  type RawTask,
  type Rule,
  TASK_RULES,
} from "./level.ts";
import { checkParameters } from "./link-agents.ts";
import { approvalOfTask } from "./link-approval.ts";
import { budgetOf, mapOf, repeatOf, retryOf, workspaceOf } from "./link-blocks.ts";
import { environmentOf } from "./link-environment.ts";
import { checkFieldsFit } from "./link-fit.ts";
import { checkHook } from "./link-hooks.ts";
import { outputSchemaOf } from "./link-schema.ts";
import { checkSession } from "./link-session.ts";
import { checkShellScript } from "./link-shell.ts";
import {
  addProblem,
  below,
  conditionAt,
  noted,
  numberAt,
  type Place,
  ruled,
  template,
  templateAt,
  textAt,
} from "./link-text.ts";
import { checkTouches } from "./link-touches.ts";
import { BUILT_IN } from "./schema-agents.ts";

/** What a level gives to each of its tasks. */
export interface Around {
  readonly level: Level;
  readonly successors: readonly (readonly number[])[];
  readonly bodyOf: (host: number) => Workflow | null;
}

const KINDS: ReadonlyMap<string, TaskKind> = new Map([
  ["approval", "approval"],
  ["wait", "wait"],
  ["workflow", "workflow"],
  ["group", "group"],
  ["finish", "finish"],
]);

export function linkTask(around: Around, index: number, raw: RawTask): Task {
  const { level } = around;
  const { value } = raw;
  const rules = raw.hook === null ? TASK_RULES : HOOK_RULES;
  const place: Place = { level, task: index, path: raw.path, rule: rules.field };
  const agent = String(value.agent);
  const kind = KINDS.get(agent) ?? "attempt";
  if (!level.root.isTrusted) checkTask(value, place, agent, raw);
  const { early, once } = rules;
  return {
    index,
    id: String(value.id),
    kind,
    agent,
    hook: raw.hook,
    description: templateAt(value, "description", place),
    parameters: parametersOf(value, place, agent),
    options: templateAt(value, "options", place),
    dependencies: level.dependencies[index] ?? [],
    successors: around.successors[index] ?? [],
    rule: (value.trigger_rule ?? "all_success") as TriggerRule,
    condition: conditionAt(value, "condition", place, once),
    retry: retryOf(value, place, early),
    timeout: numberAt(value, "timeout", place, { range: RANGES.timeout, rule: early }),
    idleTimeout: numberAt(value, "idle_timeout", place, { range: RANGES.timeout, rule: early }),
    onFailure: (value.on_failure ?? "fail") as Task["onFailure"],
    approval: approvalOfTask(value, place, agent),
    map: mapOf(value, place, rules),
    repeat: repeatOf(value, place, rules),
    outputSchema: outputSchemaOf(value, place),
    expectedOutputs: textsOf(value.expected_outputs),
    criteria: criteriaOf(value, place),
    repair: repairOf(value.repair, place, early),
    fallback: fallbackOf(value.fallback, place),
    effect: (value.effect ?? "idempotent") as Task["effect"],
    check: templateAt(value, "check", place),
    cache: cacheOf(value.cache, place, once),
    artifacts: listAt(value, "artifacts", place),
    workspace: workspaceOf(value, place, early),
    touches: listAt(value, "touches", place, early),
    concurrency: laneOf(value.concurrency, place, early),
    session: templateAt(value, "session", place),
    rerun: value.rerun === true,
    pool: textAt(value, "pool", place, early) ?? "default",
    labels: listAt(value, "labels", place, early),
    priority: numberAt(value, "priority", place, { range: RANGES.priority, rule: early }) ?? 0,
    env: environmentOf(value, place, rules.environment),
    budget: budgetOf(value, place, EARLY_ONCE),
    body: kind === "group" ? around.bodyOf(index) : null,
    line: level.root.findings.cheapLine(raw.path),
    ...(value.escalates === true && { escalates: true as const }),
  };
}

function checkTask(value: JsonMap, place: Place, agent: string, raw: RawTask): void {
  const { findings, surroundings } = place.level.root;
  checkParameters(value, place, agent);
  checkShellScript(value, place, agent);
  if (raw.hook !== null) checkHook(raw.written, place);
  checkFieldsFit(raw.written, place, agent);
  checkFieldValues(raw.written, place.path, findings, surroundings.failureClasses);
  if (BUILT_IN.has(agent)) checkAgentFields(raw.written, place.path, findings);
  checkSession(raw.written.session, place);
  checkCachePaths(value, place);
  checkTouches(value, place);
  if (value.foreach !== undefined && value.matrix !== undefined) {
    const path = [...place.path, raw.written.matrix === undefined ? "foreach" : "matrix"];
    findings.add(
      "E_FIELD_CONTEXT",
      { path, part: "key" },
      { message: "a task has foreach or matrix, not both", hint: "put one of them into a group" },
    );
  }
  const { dependencies } = raw.written;
  const isEmpty = !Array.isArray(dependencies) || dependencies.length === 0;
  const hasNone = isEmpty && (place.level.dependencies[place.task] ?? []).length === 0;
  if (
    raw.hook === null &&
    hasNone &&
    !place.level.broken.has(place.task) &&
    NEEDS_DEPENDENCIES.has(String(raw.written.trigger_rule))
  ) {
    const message = `trigger_rule ${String(raw.written.trigger_rule)} can never be met: the task has no dependencies`;
    findings.add(
      "E_TRIGGER_RULE",
      { path: [...place.path, "trigger_rule"] },
      { message, hint: "add dependencies" },
    );
  }
  const isGone = (field: string) => findings.isGone([...place.path, field]);
  if (value.effect === "checkable" && value.check === undefined && !isGone("check")) {
    const message = "an effect that is checkable needs check: the command that says whether it happened";
    findings.add(
      "E_REQUIRED",
      { path: [...place.path, "effect"] },
      { message, hint: "check: [program, argument]" },
    );
  }
  if (raw.written.check !== undefined && value.effect !== "checkable" && !isGone("effect")) {
    const message = "check means something only with effect: checkable";
    findings.add(
      "E_FIELD_CONTEXT",
      { path: [...place.path, "check"], part: "key" },
      { message, hint: "effect: checkable" },
    );
  }
}

const NEEDS_DEPENDENCIES: ReadonlySet<string> = new Set([
  "one_success",
  "none_failed_min_one_success",
  "one_failed",
  "all_failed",
]);

/** What is kept and put back lies inside the workspace. */
function checkCachePaths({ cache }: JsonMap, place: Place): void {
  if (!isMap(cache)) return;
  textsOf(cache.paths).forEach((path, index) => {
    const isBelow = !path.startsWith("/") && !path.split("/").includes("..") && !/^[./]*$/.test(path);
    if (isBelow) return;
    place.level.root.findings.add(
      "E_OUTSIDE_ROOT",
      { path: [...place.path, "cache", "paths", index] },
      { message: `${path} is not inside the workspace`, hint: "name files or folders below it" },
    );
  });
}

function repairOf(value: Json | undefined, place: Place, rule: Rule): Task["repair"] {
  if (!isMap(value)) return null;
  return {
    agent: String(value.agent),
    on: textsOf(value.on),
    max: numberAt(value, "max", below(place, "repair"), { range: RANGES.repairs, rule }) ?? 1,
  };
}

function fallbackOf(value: Json | undefined, place: Place): Task["fallback"] {
  if (!isMap(value)) return null;
  return { agent: String(value.agent), options: templateAt(value, "options", below(place, "fallback")) };
}

function cacheOf(value: Json | undefined, place: Place, rule: Rule): Task["cache"] {
  if (!isMap(value)) return null;
  const at = below(place, "cache");
  return {
    key: templateAt(value, "key", at, rule),
    files: listAt(value, "files", at, rule),
    paths: textsOf(value.paths),
  };
}

function laneOf(value: Json | undefined, place: Place, rule: Rule): Task["concurrency"] {
  if (!isMap(value)) return null;
  const at = below(place, "concurrency");
  const group = textAt(value, "group", at, rule) ?? "";
  const limit = numberAt(value, "limit", at, { range: RANGES.parallel, rule }) ?? 1;
  if (typeof group === "string" && typeof limit === "number") checkGroupLimit(group, limit, at);
  return { group, limit };
}

/** Two users of one group must agree, or the smaller limit would be none. */
function checkGroupLimit(group: string, limit: number, { path, level }: Place): void {
  const { findings, groupLimits } = level.root;
  const first = groupLimits.get(group);
  if (first === undefined) {
    groupLimits.set(group, { limit, line: findings.line(path) });
    return;
  }
  if (first.limit === limit) return;
  const message = `group ${group} has the limit ${first.limit} on line ${first.line} and ${limit} here`;
  findings.add("E_FIELD_CONTEXT", { path }, { message, hint: "one limit for all its users" });
}

const EMPTY: JsonMap = {};
const NO_PARAMETERS: Template = literal(EMPTY);

function parametersOf(value: JsonMap, place: Place, agent: string): Template {
  const written = value.parameters;
  if (!isMap(written)) return NO_PARAMETERS;
  if (agent === "group") return NO_PARAMETERS;
  const at = below(place, "parameters");
  if (agent === "shell" && typeof written.run === "string") return shellParameters(written, at);
  // Its questions stand in `approval`, read there.
  if (agent === "approval") return NO_PARAMETERS;
  if (agent === "http" && own(written, "credential") !== undefined) return withCredential(written, at);
  return template(written, at);
}

/** A script is fixed text: what looks like an expression in it is the shell's own. */
function shellParameters(written: JsonMap, place: Place): Template {
  if (Object.keys(written).length === 1) return literal(written);
  const { run, ...others } = written;
  const rest = template(others, place);
  const script = literal(run as Json);
  if (rest.kind === "literal") return literal({ ...(rest.value as JsonMap), run: run as Json });
  return rest.kind === "map" ? { kind: "map", entries: [...rest.entries, ["run", script]] } : script;
}

function withCredential(written: JsonMap, place: Place): Template {
  const entries = Object.entries(written).map(([key, value]) => {
    const at = ruled(below(place, key), key === "credential" ? { ...place.rule, secrets: true } : place.rule);
    return [key, template(value, at)] as const;
  });
  return { kind: "map", entries };
}

function criteriaOf({ success_criteria: value }: JsonMap, place: Place): readonly Criterion[] {
  if (!Array.isArray(value)) return NONE;
  return value.flatMap((one: Json, index) => {
    const parsed = parseCriterion(one);
    const at = below(place, "success_criteria", index);
    if (!parsed.ok) addProblem(parsed.problem, typeof one === "string" ? one : "", at);
    else if (parsed.criterion.kind === "expression") noteSecrets(parsed.criterion, String(one), at);
    return parsed.ok ? [parsed.criterion] : [];
  });
}

const NONE: readonly never[] = [];

/** Names in a criterion are keys of an output nobody knows yet; only secrets can be refused now. */
function noteSecrets(
  criterion: Extract<Criterion, { kind: "expression" }>,
  text: string,
  place: Place,
): void {
  const references = criterion.expression.references.filter(({ head }) => head === "secrets");
  if (references.length > 0) noted({ ...criterion.expression, references }, text, place);
}

/** One text or several: the decider always reads several. */
function listAt(map: JsonMap, key: string, place: Place, rule?: Rule): Template | null {
  const value = map[key];
  if (typeof value !== "string") return templateAt(map, key, place, rule);
  const one = template(value, ruled(below(place, key), rule ?? place.rule));
  return one.kind === "literal" ? literal([one.value]) : { kind: "list", items: [one] };
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : NONE;
}
