/**
 * The order of places within their layers, so that few edges cross: each place goes to the mean of its neighbours in
 * the layer before, then of those in the layer after, over and over; the best order that was seen is kept.
 */
import type { Links, Net } from "./net.ts";

/** Sweeps over a small graph; a large one gets fewer, so that the work is about the same. */
const SWEEPS_MAX = 24;
const SWEEPS_MIN = 4;
const WORK_MAX = 400_000;
/** Sweeps without anything better, after which it is given up. */
const PATIENCE = 4;

export function orderLayers(net: Net): readonly Int32Array[] {
  const layers = firstOrder(net);
  const position = new Float64Array(net.size);
  for (const layer of layers) note(layer, position);
  const sweeps = Math.max(SWEEPS_MIN, Math.min(SWEEPS_MAX, Math.floor(WORK_MAX / Math.max(1, net.size))));
  let best = layers.map((layer) => layer.slice());
  let bestCount = crossings(net, layers, position);
  for (let sweep = 0, idle = 0; sweep < sweeps && idle < PATIENCE && bestCount > 0; sweep++) {
    sortAll(net, layers, position, sweep);
    const count = crossings(net, layers, position);
    idle = count < bestCount ? 0 : idle + 1;
    if (count >= bestCount) continue;
    bestCount = count;
    best = layers.map((layer) => layer.slice());
  }
  return best;
}

/** As in the file, ways behind the nodes. */
function firstOrder({ size, layerCount, layerOf }: Net): readonly Int32Array[] {
  const layers: number[][] = Array.from({ length: layerCount }, () => []);
  for (let place = 0; place < size; place++) (layers[layerOf[place] as number] as number[]).push(place);
  return layers.map((layer) => Int32Array.from(layer));
}

function note(layer: Int32Array, position: Float64Array): void {
  for (let at = 0; at < layer.length; at++) position[layer[at] as number] = at;
}

/** Down and up in turn. Every second pair breaks ties the other way, or what is symmetric would never move. */
function sortAll(net: Net, layers: readonly Int32Array[], position: Float64Array, sweep: number): void {
  const isDown = sweep % 2 === 0;
  const isTurned = sweep % 4 > 1;
  const links = isDown ? net.before : net.after;
  const wish = new Float64Array(net.size);
  for (let step = 1; step < layers.length; step++) {
    const layer = layers[isDown ? step : layers.length - 1 - step] as Int32Array;
    for (const place of layer) wish[place] = meanOf(links, place, position);
    const tie = isTurned ? -1 : 1;
    layer.sort((one, other) => {
      const by = (wish[one] as number) - (wish[other] as number);
      return by !== 0 ? by : tie * ((position[one] as number) - (position[other] as number));
    });
    note(layer, position);
  }
}

/** Where its neighbours stand; what has none stays. */
function meanOf({ starts, items }: Links, place: number, position: Float64Array): number {
  const from = starts[place] as number;
  const to = starts[place + 1] as number;
  if (from === to) return position[place] as number;
  let sum = 0;
  for (let at = from; at < to; at++) sum += position[items[at] as number] as number;
  return sum / (to - from);
}

/** How many pairs of edges cross, counted with a tree of partial sums over each layer. */
function crossings({ after }: Net, layers: readonly Int32Array[], position: Float64Array): number {
  let count = 0;
  for (let at = 0; at + 1 < layers.length; at++) {
    const below = layers[at + 1] as Int32Array;
    const sums = new Int32Array(below.length + 1);
    let seen = 0;
    for (const place of layers[at] as Int32Array) {
      const [from, to] = [after.starts[place] as number, after.starts[place + 1] as number];
      for (let link = from; link < to; link++) {
        const end = position[after.items[link] as number] as number;
        count += seen - sumUpTo(sums, end);
      }
      for (let link = from; link < to; link++) add(sums, position[after.items[link] as number] as number);
      seen += to - from;
    }
  }
  return count;
}

/** How many ends were added at positions up to this one. */
function sumUpTo(sums: Int32Array, end: number): number {
  let sum = 0;
  for (let at = end + 1; at > 0; at -= at & -at) sum += sums[at] as number;
  return sum;
}

function add(sums: Int32Array, end: number): void {
  for (let at = end + 1; at < sums.length; at += at & -at) sums[at] = (sums[at] as number) + 1;
}
