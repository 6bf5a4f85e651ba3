/** A graph as data: names as they are, nothing cut. */
import type { Graph, GraphNode } from "./graph.ts";
import { stagesOf } from "./graph-text.ts";

export interface NodeDocument {
  readonly id: string;
  readonly agent: string;
  readonly kind: string;
  /** The group it lies in; null at the top. */
  readonly parent: string | null;
  readonly each: string | null;
  readonly status: string | null;
  readonly reason: string | null;
  /** What people see of it: success, running, needs you, … */
  readonly state: string | null;
  readonly counts: Readonly<Record<string, number>> | null;
  readonly attempts: number | null;
  readonly durationSeconds: number | null;
  readonly costUsd: number | null;
}

export interface GraphDocument {
  readonly nodes: readonly NodeDocument[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  /** Ids of the top, each after those before it; what is in a group has its own order by its edges. */
  readonly layers: readonly (readonly string[])[];
}

export function graphDocument({ nodes, hooks }: Graph): GraphDocument {
  const all = [...nodes, ...hooks];
  return {
    nodes: all.flatMap((node) => nodeDocuments(node, null)),
    edges: edgesOf(all),
    layers: stagesOf(nodes).map((stage) => stage.map(({ id }) => id)),
  };
}

function nodeDocuments(node: GraphNode, parent: string | null): readonly NodeDocument[] {
  const { id, agent, kind, each, state, body } = node;
  const counts = state?.counts ?? null;
  const own: NodeDocument = {
    id,
    agent,
    kind,
    parent,
    each,
    status: state?.status ?? null,
    reason: state?.reason ?? null,
    state: state?.look.word ?? null,
    counts: counts === null ? null : Object.fromEntries(counts.map(({ look, count }) => [look.word, count])),
    attempts: state?.attempts ?? null,
    durationSeconds: state?.durationMs == null ? null : state.durationMs / 1000,
    costUsd: state?.costUsd ?? null,
  };
  return [own, ...body.flatMap((one) => nodeDocuments(one, id))];
}

function edgesOf(nodes: readonly GraphNode[]): readonly { readonly from: string; readonly to: string }[] {
  return nodes.flatMap(({ id, dependencies, body }) => [
    ...dependencies.map((at) => ({ from: nodes[at]?.id ?? "", to: id })),
    ...edgesOf(body),
  ]);
}
