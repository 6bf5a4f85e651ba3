/**
 * The graph of a workflow, or of a run with the states of its tasks. Groups and sub-workflows hold the graph of what
 * is in them; what was done several times (items, passes) is counted.
 */
import { present } from "../core/invariant.ts";
import { isMap } from "../core/json.ts";
import type { HookName, Task, TaskKind, Workflow } from "../core/workflow.ts";
import type { TaskRow } from "../host/host.ts";
import { type Look, look, lookOfTask, TONES } from "./looks.ts";

export interface Graph {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  /** A box for each list of hooks that has any; they stand beside the graph. */
  readonly hooks: readonly GraphNode[];
}

export interface GraphNode {
  /** With the way to it: `rollout/ship`. */
  readonly id: string;
  readonly name: string;
  readonly agent: string;
  readonly kind: TaskKind | "hooks";
  /** `foreach`, `matrix`; null for what is done once. */
  readonly each: string | null;
  /** Places of other nodes of the same list. */
  readonly dependencies: readonly number[];
  /** null where nothing was run. */
  readonly state: NodeState | null;
  /** Empty for what is no group. */
  readonly body: readonly GraphNode[];
}

export interface NodeState {
  readonly look: Look;
  /** As the journal has it; of several the most pressing. */
  readonly status: string;
  readonly reason: string | null;
  /** How many items or passes are in which state; null for what is done once. */
  readonly counts: readonly Count[] | null;
  readonly attempts: number;
  readonly durationMs: number | null;
  readonly costUsd: number | null;
}

export interface Count {
  readonly look: Look;
  readonly count: number;
}

/** A run, or several passes of the same body, as far as a graph shows them. */
export interface Played {
  readonly workflow: Workflow;
  /** For each pass the rows of its tasks. */
  readonly passes: readonly (readonly TaskRow[])[];
  /** What groups and sub-workflows of these passes did, by the task that called them. */
  readonly children: ReadonlyMap<string, Played>;
}

export function graphOf(workflow: Workflow): Graph {
  return graph(workflow, null);
}

export function graphOfRun(played: Played): Graph {
  return graph(played.workflow, played);
}

function graph(workflow: Workflow, played: Played | null): Graph {
  const rows = played === null ? null : rowsOf(played);
  const around = { workflow, played, rows, prefix: "" };
  const hooks = (Object.keys(workflow.hooks) as HookName[]).filter((list) => workflow.hooks[list].length > 0);
  return { name: workflow.name, nodes: nodesOf(around), hooks: hooks.map((list) => hookNode(around, list)) };
}

interface Around {
  readonly workflow: Workflow;
  readonly played: Played | null;
  readonly rows: Rows | null;
  readonly prefix: string;
}

/** Rows by task id, and those of items by the task that was mapped. */
interface Rows {
  readonly tasks: ReadonlyMap<string, readonly TaskRow[]>;
  readonly items: ReadonlyMap<string, readonly TaskRow[]>;
}

function rowsOf({ passes }: Played): Rows {
  const tasks = new Map<string, TaskRow[]>();
  const items = new Map<string, TaskRow[]>();
  for (const row of passes.flat()) {
    const bracket = row.task.indexOf("[");
    const [map, id] = bracket < 0 ? [tasks, row.task] : [items, row.task.slice(0, bracket)];
    const known = map.get(id);
    if (known === undefined) map.set(id, [row]);
    else known.push(row);
  }
  return { tasks, items };
}

function nodesOf(around: Around): readonly GraphNode[] {
  const { workflow } = around;
  return workflow.tasks.slice(0, workflow.size).map((task) => nodeOf(around, task, task.dependencies));
}

/** Hooks of a list run one after another. */
function hookNode(around: Around, list: HookName): GraphNode {
  const { workflow, prefix } = around;
  const body = workflow.hooks[list].map((index, place) => {
    const task = present(workflow.tasks[index], "a hook is a task");
    return nodeOf(around, task, place === 0 ? [] : [place - 1]);
  });
  const id = `${prefix}${list}`;
  return { id, name: list, agent: "", kind: "hooks", each: null, dependencies: [], state: null, body };
}

function nodeOf(around: Around, task: Task, dependencies: readonly number[]): GraphNode {
  const id = around.prefix + task.id;
  return {
    id,
    name: task.id,
    agent: task.agent,
    kind: task.kind,
    each: task.map?.kind ?? null,
    dependencies,
    state: stateOf(around, task),
    body: bodyOf(around, task, `${id}/`),
  };
}

function bodyOf({ played }: Around, task: Task, prefix: string): readonly GraphNode[] {
  const child = played?.children.get(task.id) ?? null;
  const workflow = child?.workflow ?? task.body;
  if (workflow === null) return [];
  // Of a run that never came to this group, the body is shown as pending.
  const shown = child ?? (played === null ? null : { workflow, passes: [], children: new Map() });
  return nodesOf({ workflow, played: shown, rows: shown === null ? null : rowsOf(shown), prefix });
}

function stateOf({ played, rows }: Around, task: Task): NodeState | null {
  if (played === null || rows === null) return null;
  const own = rows.tasks.get(task.id) ?? [];
  const items = rows.items.get(task.id) ?? [];
  const missing = Math.max(0, played.passes.length - own.length);
  const states = own.map(({ status, reason }) => ({ status, reason }));
  for (let count = 0; count < missing || states.length === 0; count++) states.push(PENDING);
  const most = mostPressing(states);
  const unbegun = own.reduce((sum, row) => sum + itemsOf(row), 0) - items.length;
  const all = [...items, ...Array.from({ length: Math.max(0, unbegun) }, () => PENDING)];
  const counted = all.length > 0 ? all : states.length > 1 ? states : null;
  return {
    look: lookOfTask(most.status, most.reason),
    ...most,
    counts: counted === null ? null : countsOf(counted),
    attempts: own.reduce((sum, row) => sum + row.attempts, 0),
    durationMs: states.length === 1 ? (own[0]?.durationMs ?? null) : null,
    costUsd: own.reduce<number | null>(
      (sum, row) => (row.costUsd === null ? sum : (sum ?? 0) + row.costUsd),
      null,
    ),
  };
}

/** How many items a mapped task has; what has not begun has no row. */
function itemsOf({ detail }: TaskRow): number {
  return isMap(detail) && typeof detail.items === "number" ? detail.items : 0;
}

interface State {
  readonly status: string;
  readonly reason: string | null;
}

const PENDING: State = { status: "pending", reason: null };

function mostPressing(states: readonly State[]): State {
  const rank = ({ status, reason }: State) => TONES.indexOf(lookOfTask(status, reason).tone);
  return states.reduce((one, other) => (rank(other) < rank(one) ? other : one));
}

/** By what people see, most pressing first. */
export function countsOf(states: readonly State[]): readonly Count[] {
  const counts = new Map<string, number>();
  for (const { status, reason } of states) {
    const { tone, word } = lookOfTask(status, reason);
    const key = `${TONES.indexOf(tone)} ${word}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, count]) => {
      const tone = present(TONES[Number(key[0])], "a state has a tone");
      return { look: look(tone, key.slice(2)), count };
    });
}

/** Every node, groups before what is in them. */
export function* everyNode(nodes: readonly GraphNode[]): Generator<GraphNode> {
  for (const node of nodes) {
    yield node;
    yield* everyNode(node.body);
  }
}
