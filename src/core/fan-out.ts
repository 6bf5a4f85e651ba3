/** A foreach or matrix that would start more agents than the cap asks a person first: none of them has started yet. */
import { question, raise } from "./decision.ts";
import type { Draft } from "./draft.ts";
import type { Decision } from "./effect.ts";
import { failTask, withdrawTaskDecision } from "./end.ts";
import type { DecisionMade, RunStarted } from "./event.ts";
import type { Template } from "./expression/template.ts";
import type { ItemCost } from "./item-cost.ts";
import { isMap, type Json, type JsonMap, own } from "./json.ts";
import type { Fanned, Limits } from "./limits.ts";
import { failure } from "./outcome.ts";
import { thousands } from "./thousands.ts";
import type { MapSpec, Task, Workflow } from "./workflow.ts";

/** Its name under `limits:`, and in what a run notes when it starts. */
export const FAN_OUT = "fan_out";
export const FAN_OUT_DEFAULT = 20;
/** As many as a run may have instances: beyond that nothing would be asked. */
export const FAN_OUT_MAX = 10_000;

export interface FanOutSaid {
  /** null: it says nothing. */
  readonly project: number | null;
  readonly person: number | null;
  /** Where the person says it; null: they have no such place. */
  readonly personFile: string | null;
}

export interface FanOutCap {
  readonly cap: number;
  /** Which file to change for another one. */
  readonly file: string;
}

/** What a run notes when it starts. */
export function withFanOut(
  limits: Limits | undefined,
  said: FanOutSaid,
): Pick<RunStarted, "limits" | "fanOutFile"> {
  const { cap, file } = fanOutCap(said);
  return { limits: { ...limits, [FAN_OUT]: cap }, fanOutFile: file };
}

/** A project can only lower what the person says; one that says nothing says the default. */
export function fanOutCap({ project, person, personFile }: FanOutSaid): FanOutCap {
  const own = person ?? FAN_OUT_DEFAULT;
  if (project !== null && project < own) return { cap: project, file: "decapod.yaml" };
  return { cap: own, file: personFile ?? "your configuration" };
}

/** True when it was asked: the task waits. What a person has let start before is not asked again. */
export function asksFirst(draft: Draft, task: Task, items: number): boolean {
  const { start } = draft.state;
  // A run of a time that knew no cap has none; a rehearsal starts no agent.
  const cap = start.limits?.[FAN_OUT];
  if (cap === undefined || start.rehearse) return false;
  const each = agentsIn(task, draft.workflow);
  const { fanOut, round } = draft.task(task.index);
  const runs = start.fanned?.runs ?? 1;
  const agents = items * each * runs;
  if (agents <= Math.max(cap, fanOut) || isCounted(draft, task, items * each)) return false;
  const decision = question(
    draft,
    { task, item: -1 },
    {
      id: `${task.id}#${round}*${agents}`,
      kind: "approval",
      message: `${fanOutTold({ id: task.id, items, each, runs }, cap, start.fanOutFile)}.${costTold(start, task.id, items * runs)} Go on?`,
      choices: ["approve", "reject"],
      agents,
    },
  );
  draft.setTask(task.index, { status: "waiting", reason: "approval", decision });
  raise(draft, decision);
  return true;
}

/** The map around, which a person was asked about where it was too many, has counted that many of it. */
function isCounted({ state: { start }, workflow }: Draft, task: Task, agents: number): boolean {
  const isOfBody = start.fanned?.isCounted === true && task.index < workflow.size;
  return isOfBody && agents <= agentsOf(task, workflow);
}

/** What the run of a pass notes; undefined: nothing around it is mapped. */
export function fannedOf(draft: Draft, task: Task): Fanned | undefined {
  const { fanned } = draft.state.start;
  const { items } = draft.task(task.index);
  const isBody = task.body !== null;
  if (items !== null) return { runs: items.list.length * (fanned?.runs ?? 1), isCounted: isBody };
  if (fanned === undefined) return undefined;
  return { ...fanned, isCounted: fanned.isCounted && isBody && task.index < draft.workflow.size };
}

interface FannedOut {
  readonly id: string;
  readonly items: number;
  readonly each: number;
  /** Passes like the one that it is in. */
  readonly runs: number;
}

/** `47 agents would start (tasks review[…]); the cap is 20 (limits.fan_out in decapod.yaml)` */
export function fanOutTold(
  { id, items, each, runs }: FannedOut,
  cap: number,
  file: string | undefined,
): string {
  const inEach = each === 1 ? "" : `, ${each} in each`;
  const inRuns = runs === 1 ? "" : `, in each of ${thousands(runs)} runs like this one`;
  const count = thousands(items * each * runs);
  return `${count} agents would start (tasks ${id}[…]${inEach}${inRuns}); the cap is ${thousands(cap)} (${fanOutPlace(file)})`;
}

/** Nothing where nobody looked: in a run of a time that did not, and below the one at the top. */
function costTold({ itemCosts: costs, isPastTooLong }: RunStarted, id: string, items: number): string {
  if (costs === undefined) return "";
  const cost = Object.hasOwn(costs, id) ? costs[id] : undefined;
  if (cost === undefined)
    return isPastTooLong === true
      ? " What they cost is not known: the past runs are too long to read."
      : " What they cost no past run says.";
  const text = (value: number) =>
    cost.unit === "usd" ? `$${value.toFixed(2)}` : `${thousands(Math.round(value))} tokens`;
  const [likely, high] = [text(cost.likely * items), text(cost.high * items)];
  return ` By past runs they take ${likely}${likely === high ? "" : `, up to ${high}`}${tellersOf(cost)}.`;
}

/** What is unknown of the others may be far more. */
function tellersOf({ told, items }: ItemCost): string {
  if (told === undefined || items === undefined) return "";
  return `, as ${thousands(told)} of ${thousands(items)} past items ${told === 1 ? "tells" : "tell"} it`;
}

/** A run of a time that did not note the file names none. */
export function fanOutPlace(file: string | undefined): string {
  return file === undefined ? `limits.${FAN_OUT}` : `limits.${FAN_OUT} in ${file}`;
}

type Counted = Decision & { readonly agents: number };

export function isFanOut(decision: Decision): decision is Counted {
  return decision.agents !== undefined;
}

/** The items are read again: should they be more by then, that is asked anew. */
export function fanOutDecided(draft: Draft, task: Task, { agents }: Counted, made: DecisionMade): void {
  withdrawTaskDecision(draft, task.index);
  if (made.choice === "reject") {
    const why = made.comment === null ? "" : `: ${made.comment}`;
    return failTask(draft, task, failure("rejected", `rejected by ${made.by}${why}`));
  }
  draft.setTask(task.index, { status: "pending", reason: null, fanOut: agents });
  draft.next({ do: "begin", task });
}

/**
 * How many agents one pass of a task starts, hooks left out, as far as its file says. What is mapped inside counts as
 * often as it is written down; what only the run will know counts once and asks for itself.
 */
export function agentsIn(task: Task, workflow: Workflow): number {
  if (task.kind === "attempt") return Number(workflow.roles.has(task.agent));
  if (task.body !== null) {
    const { tasks, size } = task.body;
    return tasks.slice(0, size).reduce((sum, inner) => sum + agentsOf(inner, workflow), 0);
  }
  if (task.kind !== "workflow") return 0;
  const { parameters } = task;
  return agentsCalled(parameters.kind === "literal" ? parameters.value : null, workflow.workflows, []);
}

/** Of all of its items, where they stand in the file. */
function agentsOf(task: Task, workflow: Workflow): number {
  return agentsIn(task, workflow) * (task.map === null ? 1 : (itemsOf(task.map, sizeWritten) ?? 1));
}

/** How many there are, as far as `sizeOf` knows the lists they are made of. */
export function itemsOf(map: MapSpec, sizeOf: (list: Template) => number | null): number | null {
  if (map.kind === "foreach") return map.where === null ? sizeOf(map.items) : null;
  if (!Array.isArray(map.axes) || map.include !== null || map.exclude !== null) return null;
  const sizes = (map.axes as readonly (readonly [string, Template])[]).map(([, axis]) => sizeOf(axis));
  return sizes.reduce((product, size) => (product === null || size === null ? null : product * size), 1);
}

export function sizeWritten(template: Template): number | null {
  if (template.kind === "list") return template.items.length;
  return template.kind === "literal" && Array.isArray(template.value) ? template.value.length : null;
}

function agentsCalled(parameters: Json, pinned: Workflow["workflows"], within: readonly JsonMap[]): number {
  const name = isMap(parameters) ? (own(parameters, "path") ?? own(parameters, "name")) : undefined;
  const called = typeof name === "string" ? pinned.get(name) : undefined;
  if (called === undefined) return 1;
  // One that calls itself does so only as often as its conditions say.
  return within.includes(called)
    ? 0
    : agentsListed(called.tasks, called, { pinned, within: [...within, called] });
}

interface Calls {
  readonly pinned: Workflow["workflows"];
  readonly within: readonly JsonMap[];
}

function agentsListed(tasks: Json | undefined, called: JsonMap, calls: Calls): number {
  const roles = isMap(called.roles) ? called.roles : {};
  return (tasks as readonly JsonMap[]).reduce((sum, { agent, parameters = null }) => {
    if (agent === "workflow") return sum + agentsCalled(parameters, calls.pinned, calls.within);
    if (agent === "group") return sum + agentsListed((parameters as JsonMap).tasks, called, calls);
    return sum + Number(own(roles, String(agent)) !== undefined);
  }, 0);
}
