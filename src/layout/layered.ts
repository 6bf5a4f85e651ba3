/**
 * Where the nodes of a graph without cycles stand when it is drawn in layers: each after everything it depends on,
 * few crossings, long edges straight. Numbers in, numbers out: what a node is and how it is drawn is known elsewhere.
 */
import { present } from "../core/invariant.ts";
import { layersOf } from "./layers.ts";
import { makeNet, type Net } from "./net.ts";
import { orderLayers } from "./order.ts";
import { placeAcross } from "./place.ts";

export interface Shape {
  /** For each node the nodes it depends on. */
  readonly dependencies: readonly (readonly number[])[];
  /** For each node how much room it takes along the layers and across them. */
  readonly lengths: readonly number[];
  readonly breadths: readonly number[];
}

export interface Spacing {
  /** Between one layer and the next; wider where edges lead far up or down, by at most `spread`. */
  readonly between: number;
  readonly spread: number;
  /** Between neighbours in a layer. */
  readonly beside: number;
  /** How much room across a layer an edge takes that passes it. */
  readonly way: number;
}

export interface Layered {
  /** The nodes of each layer, in their order across it. */
  readonly layers: readonly (readonly number[])[];
  readonly layerOf: readonly number[];
  /** Where a layer begins, and how long its longest node is. */
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
  /** The middle of each node across the layers. */
  readonly across: readonly number[];
  readonly length: number;
  readonly breadth: number;
  /** What an edge passes on its way: the middle across of every layer between its ends. */
  passes(from: number, to: number): readonly number[];
}

export function layered(shape: Shape, spacing: Spacing): Layered {
  const layerOf = layersOf(shape.dependencies);
  const net = makeNet(shape.dependencies, layerOf);
  const order = orderLayers(net);
  const { across, breadth } = placeAcross(net, order, { breadths: shape.breadths, ...spacing });
  const gaps = gapsOf(net, across, spacing);
  const { starts, lengths, length } = placeAlong(net, shape.lengths, gaps);
  return {
    layers: order.map((layer) => [...layer].filter((place) => place < net.nodes)),
    layerOf: [...layerOf],
    starts,
    lengths,
    across: [...across.subarray(0, net.nodes)],
    length,
    breadth,
    passes: (from, to) => passesOf(net, across, from, to),
  };
}

/** Of the way that edges lead up or down on average, so much is added to the room they have for it. */
const SPREAD = 0.12;

function gapsOf(
  { size, layerCount, layerOf, after }: Net,
  across: Float64Array,
  spacing: Spacing,
): readonly number[] {
  const climbs = new Float64Array(layerCount);
  const counts = new Int32Array(layerCount);
  for (let place = 0; place < size; place++) {
    const layer = layerOf[place] as number;
    for (let at = after.starts[place] as number; at < (after.starts[place + 1] as number); at++) {
      const other = after.items[at] as number;
      climbs[layer] =
        (climbs[layer] as number) + Math.abs((across[place] as number) - (across[other] as number));
      counts[layer] = (counts[layer] as number) + 1;
    }
  }
  return Array.from(climbs, (climb, layer) => {
    const mean = climb / Math.max(1, counts[layer] as number);
    return spacing.between + Math.min(spacing.spread, mean * SPREAD);
  });
}

function placeAlong(
  { nodes, layerCount, layerOf }: Net,
  lengthOf: readonly number[],
  gaps: readonly number[],
): { readonly starts: readonly number[]; readonly lengths: readonly number[]; readonly length: number } {
  const lengths: number[] = new Array(layerCount).fill(0);
  for (let node = 0; node < nodes; node++) {
    const layer = layerOf[node] as number;
    lengths[layer] = Math.max(lengths[layer] as number, present(lengthOf[node], "a node has a length"));
  }
  const starts: number[] = [];
  let [at, end] = [0, 0];
  for (const [layer, length] of lengths.entries()) {
    starts.push(at);
    end = at + length;
    at = end + present(gaps[layer], "a layer has a gap behind it");
  }
  return { starts, lengths, length: end };
}

function passesOf(net: Net, across: Float64Array, from: number, to: number): readonly number[] {
  const first = net.wayOf[from] as number;
  const count = (net.layerOf[to] as number) - (net.layerOf[from] as number) - 1;
  return first < 0 ? [] : [...across.subarray(first, first + count)];
}
