/** What an attempt is given: every expression of its task read, secrets still by name. */
import { budgetLeft } from "./budget.ts";
import { cacheOf } from "./cache.ts";
import { askedChanged } from "./criteria.ts";
import { keyOf } from "./decision.ts";
import { Draft, type Spot } from "./draft.ts";
import type { Assignment, AttemptRef, Entry } from "./event.ts";
import type { Scope } from "./expression/expression.ts";
import { measureAsked } from "./gate.ts";
import { type Given, mapOf, readGiven } from "./given.ts";
import { holdsProduction } from "./holds-production.ts";
import { childRunId } from "./id.ts";
import { must, present } from "./invariant.ts";
import type { Json } from "./json.ts";
import { lateOrNull, lateTexts } from "./late.ts";
import type { Limits } from "./limits.ts";
import type { Lookup } from "./lookup.ts";
import type { Failure } from "./outcome.ts";
import { RANGES } from "./range.ts";
import type { Run, Unit } from "./run.ts";
import { type Read, scopeOf } from "./scope.ts";
import { goesOnOf, keepsSession } from "./session.ts";
import { each } from "./vector.ts";
import { seenTask, viewTask } from "./view.ts";
import type { Task, Workflow } from "./workflow.ts";
import { readWorkspace } from "./workspace.ts";

export type Assigned =
  | { readonly ok: true; readonly assignment: Assignment }
  | { readonly ok: false; readonly failure: Failure };

/**
 * For an attempt that has just been started. An expression that errors fails the attempt as `config_error`. `outer`: the
 * run whose group or sub-workflow this one is.
 */
export function assign(run: Run, ref: AttemptRef, entry: Entry, lookup: Lookup, outer?: Run): Assigned {
  const draft = new Draft(run, entry, lookup);
  const spot = present(draft.spot(ref), "a task has a place", ref.task);
  const scope = scopeOf(draft, spot);
  const texts = readTexts(spot.task, scope, run.start.limits);
  if (!texts.ok) return texts;
  const { feedback } = draft.task(spot.task.index);
  const current = draft.unit(spot);
  const cache = cacheOfAttempt(draft, spot, current);
  if (!cache.ok) return cache;
  const goesOn = goesOnOf(draft, spot, scope);
  if (!goesOn.ok) return goesOn;
  const base = {
    ...texts.value,
    run: run.id,
    key: keyOf(draft, spot),
    role: current.role,
    effect: spot.task.effect,
    outputSchema: spot.task.outputSchema,
    cache: cache.value,
    feedback,
    answers: current.answers,
    goesOn: goesOn.value,
    keepsSession: keepsSession(draft, spot.task),
    budget: budgetLeft(draft, spot.task),
    dependencies: dependenciesOf(draft, spot.task),
    ...ref,
    ...approvedOf(draft, spot, current),
    ...(current.role !== "repair" &&
      holdsProduction(draft, spot.task) && { reachesProduction: true as const }),
  };
  const special = roleOf(spot, current, texts.value, scope);
  if (!special.ok) return special;
  const given = { ...base, ...special.value };
  const agentRole = run.workflow.roles.get(given.agent) ?? null;
  const own = worktreeOf(spot.task, scope, { unit: current, isAgent: agentRole !== null });
  // What a cache puts back was made, and counted, elsewhere.
  const uncached = own.worktree?.isCounted === true ? { cache: null } : {};
  const worker = run.workflow.workers.get(given.agent);
  const done = worker === undefined ? {} : { worker };
  const isKept =
    own.worktree === undefined && given.artifacts.length > 0 && isNeededApart(run, spot.task, outer);
  const carries = isKept ? { carries: true as const } : {};
  return { ok: true, assignment: { ...given, agentRole, ...done, ...own, ...uncached, ...carries } };
}

type Texts = Given & Pick<Assignment, "agent" | "timeoutMs" | "idleTimeoutMs" | "check" | "artifacts">;

function readTexts(task: Task, scope: Scope, limits: Limits | undefined): Read<Texts> {
  const given = readGiven(task, scope);
  const asked = { range: RANGES.timeout, limits };
  const timeout = lateOrNull(task.timeout, scope, { ...asked, what: "timeout" });
  const idle = lateOrNull(task.idleTimeout, scope, { ...asked, what: "idle_timeout" });
  const check = lateTexts(task.check, scope, "check");
  const artifacts = lateTexts(task.artifacts, scope, "artifacts");
  for (const read of [given, timeout, idle, check, artifacts]) if (!read.ok) return read;
  return {
    ok: true,
    value: {
      ...value(given),
      agent: task.agent,
      timeoutMs: milliseconds(value(timeout)),
      idleTimeoutMs: milliseconds(value(idle)),
      check: task.check === null ? null : value(check),
      artifacts: value(artifacts),
    },
  };
}

function value<T>(read: Read<T>): T {
  must(read.ok, "what could not be read was reported");
  return read.value;
}

function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}

/** A repair and what follows it go on in the files of what failed; it hands nothing in, so it need not change anything. */
function worktreeOf(
  { workspace, touches, criteria, repair }: Task,
  scope: Scope,
  { unit, isAgent }: { readonly unit: Unit; readonly isAgent: boolean },
): Pick<Assignment, "worktree"> {
  const read = readWorkspace(workspace, scope, "workspace");
  must(read.ok, "a workspace that cannot be read was reported before the pass");
  const { mode, merge, keep } = read.value;
  if (mode === "shared") return {};
  const isRepair = unit.role === "repair";
  const mustChange = isAgent && !isRepair && value(lateTexts(touches, scope, "touches")).length > 0;
  const asked = isRepair ? [] : askedChanged(criteria);
  const more = {
    ...(unit.worksIn != null && { of: unit.worksIn }),
    ...(asked.length > 0 && { isCounted: true as const }),
    ...(asked.includes("paths") && { isListed: true as const }),
  };
  // What may be mended yet must not go when its attempt has failed.
  const kept = repair !== null && keep === "never" ? "on_failure" : keep;
  return { worktree: { merge, keep: kept, mustChange, ...more } };
}

/** Of a mapped task it was asked before the first item began; of a repeated one it is asked before the first iteration. */
function cacheOfAttempt(draft: Draft, { task }: Spot, { role, iteration }: Unit): Read<Assignment["cache"]> {
  if (task.map !== null || role !== "task" || iteration > 1) return { ok: true, value: null };
  return cacheOf(draft, task, null);
}

function dependenciesOf(draft: Draft, task: Task): Assignment["dependencies"] {
  return task.dependencies.map((index) => {
    const state = seenTask(draft.task(index));
    const { id } = present(draft.workflow.tasks[index], "a dependency exists");
    const output =
      state.items === null ? state.output : { value: viewTask(state, draft.lookup).output as Json };
    return { id, status: state.status, output, ...(isApart(task) && runsOf(draft, index)) };
  });
}

/** Of the last pass of a group or sub-workflow, or of each of its items. */
function runsOf(draft: Draft, index: number): { readonly runs?: readonly string[] } {
  const { id, kind } = present(draft.workflow.tasks[index], "a dependency exists");
  if (kind !== "group" && kind !== "workflow") return {};
  const { unit, items } = draft.task(index);
  const { id: run, startedAt } = draft.state;
  const sha256 = (text: string) => draft.lookup.sha256(text);
  const passes =
    items === null ? [{ unit }] : [...each(items.units)].map((one, item) => ({ unit: one, item }));
  const begun = passes.filter((pass) => pass.unit.attempt > 0);
  return {
    runs: begun.map(({ unit: { attempt }, ...item }) =>
      childRunId(startedAt, { run, task: id, attempt, ...item }, sha256),
    ),
  };
}

/** An expression may say that it has a worktree. */
function isApart({ workspace }: Task): boolean {
  const mode = workspace?.mode ?? "shared";
  return mode !== "shared";
}

/** By a direct dependant, or by one of the group or sub-workflow in which it lies. */
export function isNeededApart({ workflow, start }: Run, task: Task, outer: Run | undefined): boolean {
  const hasApart = ({ tasks }: Workflow, index: number | undefined) =>
    tasks.some((one) => isApart(one) && one.dependencies.some((dependency) => dependency === index));
  if (hasApart(workflow, task.index)) return true;
  return start.parent !== null && outer !== undefined
    ? hasApart(outer.workflow, outer.workflow.indexOf.get(start.parent.task))
    : false;
}

/** Nothing that belongs to the work itself: neither its time, nor its secrets, nor what was said to it. */
const OF_A_REPAIR = {
  options: {},
  env: {},
  timeoutMs: null,
  idleTimeoutMs: null,
  outputSchema: null,
  effect: "idempotent",
  check: null,
  artifacts: [],
  answers: [],
  goesOn: null,
  keepsSession: false,
} as const;

/** What mends a failure does nothing of what was approved. */
function approvedOf(draft: Draft, spot: Spot, { role }: Unit): Pick<Assignment, "approved"> {
  const { measured, approval } = draft.task(spot.task.index);
  const spec = spot.task.approval;
  if (measured === null || approval === null || spec === null || role === "repair") return {};
  const why = approval.by === "policy" ? String(approval.comment) : null;
  return { approved: { asked: measureAsked(draft, spot, spec), found: measured, why } };
}

/** A repair gets the class and the message of what it shall mend; a fallback is the same work for another agent. */
function roleOf(
  { task }: Spot,
  { role, error, mends }: Unit,
  texts: Texts,
  scope: Scope,
): Read<Partial<Assignment>> {
  if (role === "repair" && task.repair !== null) {
    const { class: failureClass, message } = present(error, "a repair mends a failure");
    const told = `Task ${task.id} failed (${failureClass}): ${message}. Mend the cause; it is then run again.`;
    const { agent } = task.repair;
    const attempt = present(mends, "a repair mends an attempt");
    const failed = { attempt, agent: texts.agent, parameters: texts.parameters };
    const mended = { ...failed, class: failureClass, message };
    return { ok: true, value: { ...OF_A_REPAIR, agent, parameters: { task: told }, mends: mended } };
  }
  if (role !== "fallback" || task.fallback === null) return { ok: true, value: {} };
  const options = mapOf(task.fallback.options, scope, "fallback.options");
  if (!options.ok) return options;
  return { ok: true, value: { agent: task.fallback.agent, options: { ...texts.options, ...options.value } } };
}
