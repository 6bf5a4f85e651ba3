/** A graph without boxes: what is in a group stands beside the others, with the group's name before its own. */
import type { GraphNode } from "./graph.ts";

/** Nodes in file order; dependencies are places in this list. */
export function flattened(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const flat: GraphNode[] = [];
  add(nodes, [], flat);
  return flat;
}

/** What follows a group depends on what ends in it; what begins in it depends on what the group does. */
function add(nodes: readonly GraphNode[], outer: readonly number[], flat: GraphNode[]): readonly number[] {
  const exits = new Map<number, readonly number[]>();
  const isFollowed = new Set(nodes.flatMap(({ dependencies }) => dependencies));
  for (const at of inOrder(nodes)) {
    const node = nodes[at] as GraphNode;
    const own = node.dependencies.flatMap((before) => exits.get(before) ?? []);
    const dependencies = node.dependencies.length === 0 ? outer : own;
    if (node.body.length > 0) exits.set(at, add(node.body, dependencies, flat));
    else {
      exits.set(at, [flat.length]);
      flat.push({ ...node, name: node.id, dependencies });
    }
  }
  return [...exits].flatMap(([at, places]) => (isFollowed.has(at) ? [] : places));
}

/** Each after what it depends on, else as in the file. */
function inOrder(nodes: readonly GraphNode[]): readonly number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  const open = nodes.map((_, at) => at).reverse();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    const before = (nodes[at] as GraphNode).dependencies.filter((one) => !seen.has(one));
    if (before.length > 0) open.push(at, ...before.toReversed());
    else {
      seen.add(at);
      order.push(at);
    }
  }
  return order;
}
