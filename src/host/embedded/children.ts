/** Child runs: how a group's body or a sub-workflow becomes a run, and what its parent is told at the end. */

import { starterOf } from "../../core/approvers.ts";
import { awaitedBy, isAwaited } from "../../core/awaited.ts";
import type { ChildRequest } from "../../core/effect.ts";
import type { ChildEnded, GivenEvent, Hold, ParentRef, RunStarted } from "../../core/event.ts";
import { childRunId } from "../../core/id.ts";
import { present } from "../../core/invariant.ts";
import type { Json, JsonMap } from "../../core/json.ts";
import { beyond, LIMITS, most } from "../../core/limits.ts";
import type { Lookup } from "../../core/lookup.ts";
import { type Failure, failure, type OutputValue } from "../../core/outcome.ts";
import { good, type Problem, type Result } from "../../core/problem.ts";
import type { Run } from "../../core/run.ts";
import type { SecretSources } from "../../core/secret-source.ts";
import { handedDown } from "../../core/secrets.ts";
import { at } from "../../core/vector.ts";
import { viewTask } from "../../core/view.ts";
import type { Workflow } from "../../core/workflow.ts";

/** A definition with its digest, as it will be kept. */
export interface Definition {
  readonly text: string;
  readonly digest: string;
  readonly name: string;
  readonly params: JsonMap;
}

/** Where sub-workflows come from: files by name or path, or a definition that a task gave. */
export interface ChildSources {
  /** With the secrets that the call hands down, and the definitions that its run began with. */
  named(
    source: ChildRequest["source"] & { readonly kind: "workflow" },
    given: { readonly secrets: SecretSources; readonly pinned: Workflow["workflows"] },
    rehearse: boolean,
  ): Result<Definition>;
  inline(
    source: ChildRequest["source"] & { readonly kind: "inline" },
    left: PlanLeft,
    rehearse: boolean,
  ): Result<Plan>;
}

/** What is left of the parent's limits for a plan. */
export interface PlanLeft {
  readonly timeoutSeconds: number;
  readonly maxParallel: number;
  readonly budget: ChildRequest["budget"];
}

export interface Plan extends Definition {
  /** Of what it may have, its own taken off. */
  readonly tasksLeft: number;
}

export interface ChildStart {
  readonly id: string;
  readonly definition: string;
  readonly started: RunStarted;
}

export function childId(parent: Run, child: ChildRequest, lookup: Lookup): string {
  return childRunId(parent.startedAt, { ...refOf(child), run: parent.id }, (text) => lookup.sha256(text));
}

/** What the host knows beside the parent and the request. */
export interface ChildAround {
  /** The parent's own definition. */
  readonly definition: string;
  readonly sources: ChildSources;
  readonly lookup: Lookup;
  /** What is left of the time of the parent and of all above it. */
  readonly secondsLeft: number;
}

export function childStart(parent: Run, child: ChildRequest, around: ChildAround): Result<ChildStart> {
  const depth = (parent.start.parent?.depth ?? 0) + 1;
  const { limits } = parent.start;
  if (depth > most(LIMITS.groupDepth, limits))
    return refused({
      code: "E_RANGE",
      message: `this would lie ${depth} deep; ${beyond(LIMITS.groupDepth, limits)}`,
    });
  const id = childId(parent, child, around.lookup);
  const { source } = child;
  const found = findDefinition(parent, child, around);
  if (!found.ok) return found;
  const detached = source.kind === "workflow" && source.detached;
  const ref: ParentRef = {
    ...refOf(child),
    run: parent.id,
    root: parent.start.parent?.root ?? parent.id,
    depth,
  };
  const events = eventsFor(parent, child);
  const holds = detached ? [] : holdsOf(parent, child, id);
  const started: RunStarted = {
    type: "run.started",
    rules: 1,
    workflow: found.value.name,
    digest: found.value.digest,
    path: source.kind === "body" ? source.path : [],
    params: source.kind === "body" ? parent.start.params : found.value.params,
    scope: source.kind === "body" ? source.scope : null,
    parent: detached ? null : ref,
    lanes: detached ? [] : child.lanes,
    ...(holds.length > 0 && { holds }),
    trigger:
      source.kind === "body"
        ? parent.start.trigger
        : { kind: "workflow", name: parent.workflow.name, run: { id: parent.id } },
    seed: parent.start.seed ^ depth,
    environment: parent.start.environment,
    rehearse: parent.start.rehearse,
    leftOut: null,
    maxParallel: null,
    budget: child.budget,
    label: parent.start.label,
    by: `run ${parent.id}`,
    onBehalfOf: starterOf(parent.start),
    retryOf: null,
    ...(events.length > 0 && { events }),
    ...child.notes,
    ...found.value.more,
  };
  return good({ id, definition: found.value.text, started });
}

/** Later passes of the same place wait for what comes after them: a repeat would take one event for ever. */
function eventsFor({ workflow, inbox }: Run, { task, attempt }: ChildRequest): readonly GivenEvent[] {
  if (attempt > 1) return [];
  const index = present(workflow.indexOf.get(task), `task ${task} exists`);
  const awaited = awaitedBy(present(workflow.tasks[index], `task ${task} exists`));
  return inbox.flatMap(({ name, key, data }) => (isAwaited(awaited, name) ? [{ name, key, data }] : []));
}

function holdsOf(parent: Run, { touches }: ChildRequest, id: string): readonly Hold[] {
  const around = parent.start.holds ?? [];
  return touches.length === 0 ? around : [...around, { run: id, touches }];
}

function refOf(child: ChildRequest) {
  return child.item === undefined
    ? { task: child.task, attempt: child.attempt }
    : { task: child.task, item: child.item, attempt: child.attempt };
}

/** A definition with what its run gets of its parent: secrets, limits, what a plan may do. */
type Found = Definition & {
  readonly more: Pick<RunStarted, "secrets" | "limits" | "fanOutFile" | "measures" | "plan">;
};

function findDefinition(parent: Run, child: ChildRequest, around: ChildAround): Result<Found> {
  const { source } = child;
  const { secrets, plan, digest, workflow, params } = parent.start;
  const shared = sharedBy(parent);
  if (source.kind === "workflow") {
    const given = handedDown(parent, source.secrets);
    const handed = { secrets: given, pinned: parent.workflow.workflows };
    const found = around.sources.named(source, handed, parent.start.rehearse);
    const more = Object.keys(given).length === 0 ? shared : { ...shared, secrets: given };
    return found.ok ? good({ ...found.value, more }) : found;
  }
  if (source.kind === "inline") return findPlan(parent, child, source, around);
  // A body is part of its file: what the file was given is its own.
  const own = { ...shared, ...(secrets && { secrets }), ...(plan && { plan }) };
  const name = `${workflow}/${source.path.at(-1)}`;
  return good({ text: around.definition, digest, name, params, more: own });
}

function sharedBy({ start: { limits, fanOutFile, measures } }: Run): Found["more"] {
  return {
    ...(limits && { limits }),
    ...(fanOutFile !== undefined && { fanOutFile }),
    ...(measures && { measures }),
  };
}

/** A plan gets no more than is left of its parent's limits. */
function findPlan(
  parent: Run,
  child: ChildRequest,
  source: ChildRequest["source"] & { readonly kind: "inline" },
  { sources, secondsLeft }: ChildAround,
): Result<Found> {
  const lanes = child.lanes.filter(({ name }) => name.startsWith("run:"));
  const left = {
    timeoutSeconds: secondsLeft,
    maxParallel: Math.min(...lanes.map(({ limit }) => limit)),
    budget: child.budget,
  };
  const found = sources.inline(source, left, parent.start.rehearse);
  if (!found.ok) return found;
  const { limits } = parent.start;
  const instances = Math.max(0, most(LIMITS.instances, limits) - parent.instances);
  const plan = { allow: source.allow, maxTasks: found.value.tasksLeft };
  return good({
    ...found.value,
    more: { ...sharedBy(parent), limits: { ...limits, [LIMITS.instances.name]: instances }, plan },
  });
}

function refused(problem: Problem): Result<never> {
  return { ok: false, problems: [problem] };
}

/** What the parent is told of a child that has closed. */
export function childEnding(
  child: Run,
  put: (value: Json) => OutputValue,
  lookup: Lookup,
): ChildEnded | null {
  const { parent } = child.start;
  if (parent === null) return null;
  const tasks = tasksView(child, lookup);
  const outputs: Json =
    child.outputs ??
    Object.fromEntries(Object.entries(tasks).map(([id, view]) => [id, (view as JsonMap).output ?? null]));
  const { run: _run, root: _root, depth: _depth, ...ref } = parent;
  return {
    type: "child.ended",
    ...ref,
    child: child.id,
    status: child.status === "success" || child.status === "cancelled" ? child.status : "failed",
    output: put(outputs),
    tasks,
    failure: childFailure(child),
    durationMs: child.tick - child.startedTick,
    usage: child.usage,
  };
}

function tasksView(child: Run, lookup: Lookup): JsonMap {
  const views: Record<string, Json> = {};
  for (let index = 0; index < child.workflow.size; index++) {
    const task = child.workflow.tasks[index];
    if (task !== undefined) views[task.id] = viewTask(at(child.tasks, index), lookup);
  }
  return views;
}

/** Names the first failed task. */
function childFailure(child: Run): Failure | null {
  if (child.failure === null) return null;
  const where = child.failure.task === null ? child.start.workflow : `task ${child.failure.task}`;
  return failure("child_failed", `${where} failed (${child.failure.class}): ${child.failure.message}`);
}

/** A child that could not even begin. */
export function childRefused(child: ChildRequest, problems: readonly Problem[]): ChildEnded {
  const told = problems.map(problemText).join("; ");
  return {
    type: "child.ended",
    ...refOf(child),
    child: "",
    status: "failed",
    output: { value: null },
    tasks: {},
    failure: failure("config_error", told),
    durationMs: 0,
    usage: null,
  };
}

/** The file is another than the one whose run fails, so it is named. */
function problemText({ code, message, at }: Problem): string {
  return `${code} ${message}${at === undefined ? "" : ` (${at.file}:${at.line}:${at.column})`}`;
}

/** A detached child goes its own way: its parent's task ends at once. */
export function childDetached(child: ChildRequest, id: string): ChildEnded {
  return {
    ...childRefused(child, []),
    child: id,
    status: "success",
    output: { value: { run: id } },
    failure: null,
  };
}
