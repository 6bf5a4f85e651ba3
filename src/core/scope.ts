/** The names an expression may use at a place of a run, and the one way to read an expression there. */

import { instant } from "./calendar.ts";
import type { Draft, RunView, Spot } from "./draft.ts";
import { type Expression, type ExpressionProblem, evaluate, type Scope } from "./expression/expression.ts";
import { type EnvironmentValue, render, renderEnvironment, type Template } from "./expression/template.ts";
import { must, present } from "./invariant.ts";
import { isMap, type Json, type JsonMap, own, ownOfFirst } from "./json.ts";
import type { Lookup } from "./lookup.ts";
import { type Failure, failure } from "./outcome.ts";
import { at } from "./vector.ts";
import { lazyTask, UnreadableOutput, viewError } from "./view.ts";
import type { MapSpec } from "./workflow.ts";

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

/** Names that stand only at one place, such as an item being filtered or a body's tasks in `until`. */
export type LocalNames = Readonly<Record<string, Json>>;

export function scopeAt(view: RunView, lookup: Lookup, spot: Spot | null, local: LocalNames = {}): Scope {
  const names = spot === null ? local : { ...namesOfSpot(view, spot), ...local };
  return {
    sha256: (text) => lookup.sha256(text),
    get: (name) => {
      if (Object.hasOwn(names, name)) return names[name];
      const index = view.workflow.indexOf.get(name);
      if (index !== undefined) return lazyTask(view.taskAt(index), lookup);
      return nameOfRun(view, name);
    },
  };
}

/** Reads an expression or template; an error in it is a `config_error` of the task it stands in. */
export function readExpression(expression: Expression | boolean, scope: Scope): Read<Json> {
  if (typeof expression === "boolean") return { ok: true, value: expression };
  return caught(expression.source, () => evaluate(expression, scope));
}

export function readTemplate(template: Template, scope: Scope, what: string): Read<Json> {
  if (template.kind === "literal") return { ok: true, value: template.value };
  return caught(what, () => render(template, scope));
}

/** The text of a value under `env`, with secrets left as names. */
export function readEnvironment(template: Template, scope: Scope, what: string): Read<EnvironmentValue> {
  return caught(what, () => renderEnvironment(template, scope));
}

/** Of a field that the reader has checked to be a map. */
export function readMap(template: Template, scope: Scope, what: string): Read<JsonMap> {
  const read = readTemplate(template, scope, what);
  if (!read.ok) return read;
  must(isMap(read.value), `${what} is a map`);
  return { ok: true, value: read.value };
}

type Attempted<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: ExpressionProblem };

function caught<T>(what: string, call: () => Attempted<T>): Read<T> {
  try {
    const read = call();
    if (read.ok) return read;
    return {
      ok: false,
      failure: failure("config_error", `${read.problem.code} ${read.problem.message} (in ${what})`),
    };
  } catch (thrown) {
    if (!(thrown instanceof UnreadableOutput)) throw thrown;
    return { ok: false, failure: failure("config_error", `${thrown.message} (in ${what})`) };
  }
}

/** The same from within a transition. */
export function scopeOf(draft: Draft, spot: Spot | null, local: LocalNames = {}): Scope {
  return scopeAt(draft.view, draft.lookup, spot, local);
}

/** A body has the names of what is around it, but is a run of its own. */
function nameOfRun(view: RunView, name: string): Json | undefined {
  const outer = name === "run" ? undefined : own(view.start.scope ?? {}, name);
  if (outer !== undefined) return outer;
  switch (name) {
    case "params":
      return view.start.params;
    case "context":
      return { variables: view.variables };
    case "trigger":
      return view.start.trigger;
    case "env":
      return view.start.environment;
    case "run":
      return viewRun(view);
    case "workflow":
      return { name: view.workflow.name, digest: view.workflow.digest };
    default:
      return ownOfFirst(name, view.start.params, view.variables, UNREPEATED);
  }
}

/** Outside a repeat these names still mean something. */
const UNREPEATED: JsonMap = { iteration: 1, previous: null, feedback: null };

function viewRun(view: RunView): JsonMap {
  const outer = own(view.start.scope ?? {}, "run") as JsonMap | undefined;
  return {
    id: view.start.parent?.root ?? view.id,
    name: view.workflow.name,
    branch: outer?.branch ?? own(view.start.trigger, "branch") ?? null,
    url: outer?.url ?? null,
    started_at: outer?.started_at ?? instant(view.startedAt),
    attempt: view.reopened + 1,
    status: view.outcome ?? view.status,
    failed: view.failed.map((id) => failedView(view, id)),
    error: viewError(view.failure),
    duration_seconds: (view.tick - view.startedTick) / 1000,
    cost_usd: view.usage.costUsd,
  };
}

function failedView(view: RunView, id: string): JsonMap {
  const index = present(view.workflow.indexOf.get(id), `task ${id} exists`);
  const error = present(view.taskAt(index).error, "a failed task says why");
  return { id, class: error.class, message: error.message };
}

function namesOfSpot(view: RunView, { task, item }: Spot): LocalNames {
  const state = view.taskAt(task.index);
  const mapped = item < 0 ? null : state.items;
  const unit = mapped === null ? state.unit : at(mapped.units, item);
  const repeated: LocalNames =
    task.repeat === null ? {} : { iteration: unit.iteration, previous: unit.previous };
  const names: LocalNames = state.feedback === null ? repeated : { ...repeated, feedback: state.feedback };
  if (mapped === null || task.map === null) return names;
  const entry = present(mapped.list[item], `task ${task.id} has an item ${item}`);
  return { ...names, ...namesOfItem(task.map, entry.key, entry.value, item) };
}

/** `item` (or the `as` name), `index`, `key`; of a matrix `matrix`. */
export function namesOfItem(map: MapSpec, key: string, value: Json, index: number): LocalNames {
  if (map.kind === "matrix") return { matrix: value, key, index };
  return { item: value, [map.as]: value, key, index };
}
