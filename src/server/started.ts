/** What a run is started with: its inputs completed, and the event that says so. */
import { instant } from "../core/calendar.ts";
import type { RunStarted } from "../core/event.ts";
import type { Scope } from "../core/expression/expression.ts";
import { render } from "../core/expression/template.ts";
import { type Json, type JsonMap, own } from "../core/json.ts";
import { type Limits, ofRun } from "../core/limits.ts";
import { bad, good, type Result } from "../core/problem.ts";
import { readSettings } from "../core/settings.ts";
import type { Workflow } from "../core/workflow.ts";
import { sha256 } from "../port/hash.ts";
import { completeParams } from "../spec/params.ts";
import type { Outputs } from "../work/outputs.ts";
import { type EarlierRuns, leftOut, type Selection, selectedTasks } from "./select.ts";

export interface RunInputs {
  readonly params: JsonMap;
  readonly trigger: JsonMap;
  readonly environment: JsonMap;
  /** The names that are known before anything has run. */
  readonly scope: Scope;
}

export interface InputsAround {
  readonly environment: JsonMap;
  readonly wall: number;
  /** Limits that the project made smaller. */
  readonly limits: Limits;
  /** Who asked, where it was no person at a command line. */
  readonly trigger?: AskedBy | undefined;
}

export type AskedBy =
  | {
      readonly kind: "manual" | "api";
      /** What the program calls itself. */
      readonly name: string | null;
    }
  /** A file that somebody wrote asks for it. */
  | {
      readonly kind: "files";
      readonly name: string;
      readonly files: readonly string[];
      readonly body: Json;
    };

const BY_HAND: AskedBy = { kind: "manual", name: null };

/** The values that a caller gave for the names under env.pass, and no others. */
export function passedOn(names: readonly string[], given: JsonMap): JsonMap {
  return Object.fromEntries(names.map((name) => [name, given[name] ?? null]));
}

/** Params as they were given, with defaults and what defaults may name. */
export function completeInputs(
  workflow: Workflow,
  given: JsonMap,
  { environment, wall, limits, trigger: asked = BY_HAND }: InputsAround,
): Result<RunInputs> {
  const now = instant(wall);
  const trigger = { body: null, files: [], ...asked, time: now, headers: {}, run: null };
  const names = { workflow, trigger, environment, now };
  const params = completeParams(workflow, given, { trigger: {}, scope: scopeOf(names, given) });
  if (!params.ok) return params;
  const scope = scopeOf(names, params.value);
  const settings = readSettings(workflow.settings, { scope, limits });
  // An expression that cannot be read yet is told of by the run.
  if (!settings.ok && !settings.failure.message.startsWith("E_"))
    return bad({ code: "E_RANGE", message: settings.failure.message });
  return good({ params: params.value, trigger, environment, scope });
}

interface Names {
  readonly workflow: Workflow;
  readonly trigger: JsonMap;
  readonly environment: JsonMap;
  readonly now: string;
}

/** Names that stand before the first task: params, variables, trigger, workflow, env, and what is known of the run. */
function scopeOf(names: Names, params: JsonMap): Scope {
  const { workflow, trigger, environment, now } = names;
  const variables: Record<string, Json> = {};
  const fixed: Readonly<Record<string, Json>> = {
    params,
    trigger,
    env: environment,
    workflow: { name: workflow.name, digest: workflow.digest },
    run: { name: workflow.name, branch: null, url: null, started_at: now, attempt: 1 },
    context: { variables },
  };
  const scope: Scope = {
    sha256,
    get: (name) => own(fixed, name) ?? own(params, name) ?? own(variables, name),
  };
  for (const [name, template] of workflow.variables) {
    const read = render(template, scope);
    if (read.ok) variables[name] = read.value;
  }
  return scope;
}

/** How it is to be run, as somebody asked. */
export interface StartOptions extends Selection {
  readonly rehearse: boolean;
  readonly maxParallel: number | null;
  readonly budget: RunStarted["budget"];
  readonly label: string | null;
}

export interface Start {
  readonly workflow: Workflow;
  readonly inputs: RunInputs;
  readonly options: StartOptions;
  /** Opened only when something of it is wanted. */
  readonly earlier: () => EarlierRuns;
  readonly outputs: Outputs;
  /** Where it lies, relative to the project where it lies inside. */
  readonly file: string;
  readonly limits: Limits;
  /** Where jitter comes from. */
  readonly seed: number;
  readonly by: string;
}

export function startedEvent(start: Start): Result<RunStarted> {
  const { workflow, inputs, options, earlier, outputs, file, seed, by } = start;
  const selected = selectedTasks(workflow, options);
  if (!selected.ok) return selected;
  const left = selected.value === null ? good(null) : leftOut(workflow, selected.value, earlier, outputs);
  if (!left.ok) return left;
  const { rehearse, maxParallel, budget, label } = options;
  const limits = ofRun(start.limits);
  const { params, trigger, environment } = inputs;
  return good({
    type: "run.started",
    rules: 1,
    workflow: workflow.name,
    digest: workflow.digest,
    path: [],
    params,
    scope: null,
    parent: null,
    lanes: [],
    trigger,
    seed,
    environment,
    rehearse,
    leftOut: left.value,
    maxParallel,
    budget,
    label,
    by,
    retryOf: null,
    file,
    ...(Object.keys(limits).length > 0 && { limits }),
  });
}
