/** What an attempt is given: every expression of its task read, secrets still by name. */
import { budgetLeft } from "./budget.ts";
import { Draft, type Spot } from "./draft.ts";
import type { Assignment, AttemptRef, Entry } from "./event.ts";
import type { Scope } from "./expression.ts";
import { must, present } from "./invariant.ts";
import type { Json, JsonMap } from "./json.ts";
import { lateOrNull, lateTexts } from "./late.ts";
import type { Limits } from "./limits.ts";
import type { Lookup } from "./lookup.ts";
import type { Failure } from "./outcome.ts";
import { RANGES } from "./range.ts";
import type { Run, Unit } from "./run.ts";
import { type Read, readEnvironment, readMap, readTemplate, scopeOf } from "./scope.ts";
import type { EnvironmentValue, Template } from "./template.ts";
import { seenTask, viewTask } from "./view.ts";
import type { Task } from "./workflow.ts";

export type Assigned =
  | { readonly ok: true; readonly assignment: Assignment }
  | { readonly ok: false; readonly failure: Failure };

/** For an attempt that has just been started. An expression that errors fails the attempt as `config_error`. */
export function assign(run: Run, ref: AttemptRef, entry: Entry, lookup: Lookup): Assigned {
  const draft = new Draft(run, entry, lookup);
  const spot = present(draft.spot(ref), `${ref.task} has a place`);
  const scope = scopeOf(draft, spot);
  const texts = readTexts(spot.task, scope, run.start.limits);
  if (!texts.ok) return texts;
  const { items, feedback } = draft.task(spot.task.index);
  const current = draft.unit(spot);
  const key = items === null ? null : present(items.list[spot.item], "an item exists").key;
  const base = {
    ...ref,
    run: run.id,
    key,
    role: current.role,
    effect: spot.task.effect,
    outputSchema: spot.task.outputSchema,
    feedback,
    budget: budgetLeft(draft, spot.task),
    dependencies: dependenciesOf(draft, spot.task),
    ...texts.value,
  };
  const special = roleOf(spot, current, texts.value, scope);
  if (!special.ok) return special;
  const given = { ...base, ...special.value };
  const agentRole = run.workflow.roles.get(given.agent) ?? null;
  return { ok: true, assignment: { ...given, agentRole } };
}

type Texts = Pick<
  Assignment,
  | "agent"
  | "parameters"
  | "options"
  | "env"
  | "timeoutMs"
  | "idleTimeoutMs"
  | "check"
  | "cache"
  | "artifacts"
  | "session"
>;

function readTexts(task: Task, scope: Scope, limits: Limits | undefined): Read<Texts> {
  const parameters = mapOf(task.parameters, scope, "parameters");
  const options = mapOf(task.options, scope, "options");
  const env = environmentOf(task, scope);
  const asked = { range: RANGES.timeout, limits };
  const timeout = lateOrNull(task.timeout, scope, { ...asked, what: "timeout" });
  const idle = lateOrNull(task.idleTimeout, scope, { ...asked, what: "idle_timeout" });
  const check = lateTexts(task.check, scope, "check");
  const artifacts = lateTexts(task.artifacts, scope, "artifacts");
  const cache = cacheOf(task, scope);
  const session =
    task.session === null
      ? { ok: true as const, value: "fresh" }
      : readTemplate(task.session, scope, "session");
  for (const read of [parameters, options, env, timeout, idle, check, artifacts, cache, session])
    if (!read.ok) return read;
  return {
    ok: true,
    value: {
      agent: task.agent,
      parameters: value(parameters),
      options: value(options),
      env: value(env),
      timeoutMs: milliseconds(value(timeout)),
      idleTimeoutMs: milliseconds(value(idle)),
      check: task.check === null ? null : value(check),
      artifacts: value(artifacts),
      cache: value(cache),
      session: String(value(session)),
    },
  };
}

function value<T>(read: Read<T>): T {
  must(read.ok, "what could not be read was reported");
  return read.value;
}

function mapOf(template: Template | null, scope: Scope, what: string): Read<JsonMap> {
  return template === null ? { ok: true, value: {} } : readMap(template, scope, what);
}

function environmentOf(task: Task, scope: Scope): Read<Assignment["env"]> {
  const env: Record<string, EnvironmentValue> = {};
  for (const [name, template] of task.env) {
    const read = readEnvironment(template, scope, `env.${name}`);
    if (!read.ok) return read;
    env[name] = read.value;
  }
  return { ok: true, value: env };
}

function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}

function cacheOf(task: Task, scope: Scope): Read<Assignment["cache"]> {
  if (task.cache === null) return { ok: true, value: null };
  const files = lateTexts(task.cache.files, scope, "cache.files");
  if (!files.ok) return files;
  const key: Read<Json> =
    task.cache.key === null ? { ok: true, value: null } : readTemplate(task.cache.key, scope, "cache.key");
  if (!key.ok) return key;
  const expects = [...task.expectedOutputs, ...task.criteria.map(({ source }) => source)];
  return { ok: true, value: { key: key.value, files: files.value, paths: task.cache.paths, expects } };
}

function dependenciesOf(draft: Draft, task: Task): Assignment["dependencies"] {
  return task.dependencies.map((index) => {
    const state = seenTask(draft.task(index));
    const { id } = present(draft.workflow.tasks[index], "a dependency exists");
    const output =
      state.items === null ? state.output : { value: viewTask(state, draft.lookup).output as Json };
    return { id, status: state.status, output };
  });
}

/** A repair gets the class and the message of what it shall mend; a fallback is the same work for another agent. */
function roleOf(
  { task }: Spot,
  { role, error }: Unit,
  texts: Texts,
  scope: Scope,
): Read<Partial<Assignment>> {
  if (role === "repair" && task.repair !== null) {
    const { class: failureClass, message } = present(error, "a repair mends a failure");
    const told = `Task ${task.id} failed (${failureClass}): ${message}. Mend the cause; it is then run again.`;
    const { agent } = task.repair;
    const plain = {
      options: {},
      outputSchema: null,
      check: null,
      cache: null,
      artifacts: [],
      session: "fresh",
    };
    return { ok: true, value: { ...plain, agent, parameters: { task: told }, effect: "idempotent" } };
  }
  if (role !== "fallback" || task.fallback === null) return { ok: true, value: {} };
  const options = mapOf(task.fallback.options, scope, "fallback.options");
  if (!options.ok) return options;
  return { ok: true, value: { agent: task.fallback.agent, options: { ...texts.options, ...options.value } } };
}
