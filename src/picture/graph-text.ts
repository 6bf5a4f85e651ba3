/** What a graph says in words: for pictures that are read aloud, and for terminals too narrow for a drawing. */
import { layersOf } from "../layout/layers.ts";
import { count, duration, money } from "./figures.ts";
import { type Count, countsOf, everyNode, type Graph, type GraphNode } from "./graph.ts";
import { labelOf } from "./label.ts";

export function titleOf({ name, nodes }: Graph): string {
  return `${labelOf(name)}: ${count(nodes.length, "task")}`;
}

/** One line a task, in the order in which they could begin. */
export function describeGraph({ nodes, hooks }: Graph): readonly string[] {
  return [...stagesOf(nodes), hooks].flat().flatMap((node) => describeNode(node, nodes));
}

function describeNode(node: GraphNode, beside: readonly GraphNode[]): readonly string[] {
  const after = node.dependencies.map((at) => labelOf(beside[at]?.name ?? ""));
  const note = noteOf(node);
  const line = [
    labelOf(node.id),
    note === "" ? "" : `: ${note}`,
    after.length === 0 ? "" : `, after ${after.join(", ")}`,
  ].join("");
  return [
    line,
    ...stagesOf(node.body)
      .flat()
      .flatMap((one) => describeNode(one, node.body)),
  ];
}

/** Lists of tasks that could begin together. */
export function stagesOf(nodes: readonly GraphNode[]): readonly (readonly GraphNode[])[] {
  const stages: GraphNode[][] = [];
  for (const [at, layer] of layersOf(nodes.map(({ dependencies }) => dependencies)).entries()) {
    const stage = stages[layer] ?? [];
    stage.push(nodes[at] as GraphNode);
    stages[layer] = stage;
  }
  return stages;
}

/** `success · shell · 18s · $0.08`, `foreach · 48 success, 2 failed` */
export function noteOf({ agent, each, state, kind, body }: GraphNode): string {
  const inside = body.length > 0 ? count(body.length, "task") : "";
  const own = [labelOf(agent), each ?? "", state === null ? inside : ""];
  if (kind === "hooks") return "hooks";
  if (state === null) return own.filter((part) => part !== "").join(" · ");
  const { look, status, reason, counts, attempts, durationMs, costUsd } = state;
  const why = status === "waiting" && look.tone === "pending" && reason !== null ? ` for ${reason}` : "";
  const parts = [
    look.word + why,
    ...own,
    counts === null ? "" : countsText(counts),
    attempts > 1 && counts === null ? `${attempts} attempts` : "",
    durationMs === null || status === "skipped" ? "" : duration(durationMs),
    money(costUsd),
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

export function countsText(counts: readonly Count[]): string {
  return counts.map(({ look, count: number }) => `${number} ${look.word}`).join(", ");
}

/** How many tasks are in which state; null for a workflow that is not run. */
export function legendOf({ nodes }: Graph): readonly Count[] | null {
  const states = [...everyNode(nodes)].flatMap(({ state, body }) =>
    state === null || body.length > 0 ? [] : [state],
  );
  return states.length === 0 ? null : countsOf(states);
}
