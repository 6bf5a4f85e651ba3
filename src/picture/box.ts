/** How the nodes of a graph stand on a plane, groups as boxes around what is in them. */
import { present } from "../core/invariant.ts";
import { type Layered, layered } from "../layout/layered.ts";
import type { GraphNode } from "./graph.ts";

export interface Box {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** What lies in a group, in the same measure. */
  readonly inside: Plane | null;
}

export interface Plane {
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
  readonly width: number;
  readonly height: number;
}

/** From the right side of one box to the left side of another, by the points it passes. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Measure {
  widthOf(node: GraphNode): number;
  readonly height: number;
  readonly between: number;
  readonly spread: number;
  readonly beside: number;
  readonly way: number;
  /** Around what is in a group: at its sides and below, and above for its own name. */
  readonly margin: number;
  readonly head: number;
}

export function planeOf(nodes: readonly GraphNode[], measure: Measure): Plane {
  const insides = nodes.map(({ body }) => (body.length === 0 ? null : planeOf(body, measure)));
  const widths = nodes.map((node, at) => {
    const inside = insides[at] ?? null;
    const own = measure.widthOf(node);
    return inside === null ? own : Math.max(own, inside.width + 2 * measure.margin);
  });
  const heights = insides.map((inside) =>
    inside === null ? measure.height : inside.height + measure.head + measure.margin,
  );
  const placed = layered(
    { dependencies: nodes.map(({ dependencies }) => dependencies), lengths: widths, breadths: heights },
    measure,
  );
  const boxes = nodes.map((node, at): Box => {
    const [width, height] = [widths[at] as number, heights[at] as number];
    return {
      node,
      x: present(placed.starts[placed.layerOf[at] as number], "a node lies in a layer"),
      y: present(placed.across[at], "a node has its place") - height / 2,
      width,
      height,
      inside: insides[at] ?? null,
    };
  });
  return { boxes, edges: edgesOf(nodes, boxes, placed), width: placed.length, height: placed.breadth };
}

function edgesOf(nodes: readonly GraphNode[], boxes: readonly Box[], placed: Layered): readonly Edge[] {
  return nodes.flatMap(({ dependencies }, to) => dependencies.map((from) => edgeOf(boxes, placed, from, to)));
}

/** Straight through each layer it passes, so that it never runs behind a box. */
function edgeOf(boxes: readonly Box[], placed: Layered, from: number, to: number): Edge {
  const [start, end] = [
    present(boxes[from], "an edge begins at a node"),
    present(boxes[to], "an edge ends at a node"),
  ];
  const points = [{ x: start.x + start.width, y: start.y + start.height / 2 }];
  const layer = placed.layerOf[from] as number;
  const startsAt = placed.starts[layer] as number;
  // A node that is shorter than its layer: on to the end of the layer first.
  const layerEnd = startsAt + (placed.lengths[layer] as number);
  if (layerEnd > start.x + start.width) points.push({ x: layerEnd, y: start.y + start.height / 2 });
  for (const [step, y] of placed.passes(from, to).entries()) {
    const passed = layer + step + 1;
    const x = placed.starts[passed] as number;
    points.push({ x, y }, { x: x + (placed.lengths[passed] as number), y });
  }
  points.push({ x: end.x, y: end.y + end.height / 2 });
  return { from, to, points };
}
