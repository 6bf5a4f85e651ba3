/**
 * Where places stand across their layer: as near to the mean of their neighbours as their order and the room they
 * take allow. For one layer that is a regression under order, solved exactly by pooling places that would overlap;
 * layers take turns, so that each settles against its neighbours.
 */
import type { Links, Net } from "./net.ts";

const ROUNDS = 4;
const ROUNDS_LARGE = 2;
const LARGE = 20_000;
/** How much an edge wants to be straight: most where it passes others, least between two nodes. */
const PULL_WAY = 8;
const PULL_END = 2;
const PULL_SHORT = 1;
/** Of a place without neighbours on that side. */
const PULL_NONE = 0.01;

export interface Room {
  readonly breadths: readonly number[];
  readonly beside: number;
  /** The breadth of a place that an edge passes. */
  readonly way: number;
}

export interface Placed {
  /** The middle of each place, the smallest edge being at 0. */
  readonly across: Float64Array;
  readonly breadth: number;
}

export function placeAcross(net: Net, layers: readonly Int32Array[], room: Room): Placed {
  const across = new Float64Array(net.size);
  const offsets = layers.map((layer) => offsetsOf(net, layer, room));
  for (const [at, layer] of layers.entries()) stack(layer, offsets[at] as Float64Array, across);
  const rounds = net.size > LARGE ? ROUNDS_LARGE : ROUNDS;
  const onward = () => {
    for (let at = 1; at < layers.length; at++) settle(net, net.before, layers[at], offsets[at], across);
  };
  for (let round = 0; round < rounds; round++) {
    onward();
    for (let at = layers.length - 2; at >= 0; at--) settle(net, net.after, layers[at], offsets[at], across);
  }
  // The last word has what comes before: a chain is a straight line then.
  onward();
  return fromZero(net, across, room);
}

/** How far each place of a layer stands from its first one when all are as close as may be. */
function offsetsOf({ nodes }: Net, layer: Int32Array, room: Room): Float64Array {
  const offsets = new Float64Array(layer.length);
  for (let at = 1; at < layer.length; at++) {
    const halves = (breadthOf(room, nodes, layer[at - 1]) + breadthOf(room, nodes, layer[at])) / 2;
    offsets[at] = (offsets[at - 1] as number) + halves + room.beside;
  }
  return offsets;
}

function breadthOf({ breadths, way }: Room, nodes: number, place = 0): number {
  return place < nodes ? (breadths[place] as number) : way;
}

/** The first guess: every layer around the same middle. */
function stack(layer: Int32Array, offsets: Float64Array, across: Float64Array): void {
  const middle = (offsets.at(-1) ?? 0) / 2;
  for (let at = 0; at < layer.length; at++) across[layer[at] as number] = (offsets[at] as number) - middle;
}

function settle(
  net: Net,
  links: Links,
  layer: Int32Array | undefined,
  offsets: Float64Array | undefined,
  across: Float64Array,
): void {
  if (layer === undefined || offsets === undefined) return;
  const pool = new Pool(layer.length);
  for (let at = 0; at < layer.length; at++) {
    const { wish, weight } = wishOf(net, links, layer[at] as number, across);
    pool.add(wish - (offsets[at] as number), weight);
  }
  pool.each((at, value) => {
    across[layer[at] as number] = value + (offsets[at] as number);
  });
}

function wishOf(
  { nodes }: Net,
  { starts, items }: Links,
  place: number,
  across: Float64Array,
): { readonly wish: number; readonly weight: number } {
  let sum = 0;
  let weight = 0;
  for (let at = starts[place] as number; at < (starts[place + 1] as number); at++) {
    const other = items[at] as number;
    const ways = Number(place >= nodes) + Number(other >= nodes);
    const pull = ways === 2 ? PULL_WAY : ways === 1 ? PULL_END : PULL_SHORT;
    sum += pull * (across[other] as number);
    weight += pull;
  }
  return weight === 0 ? { wish: across[place] as number, weight: PULL_NONE } : { wish: sum / weight, weight };
}

/** Values that must not fall: where one would, it and those before it share their mean. */
class Pool {
  readonly #sums: Float64Array;
  readonly #weights: Float64Array;
  readonly #counts: Int32Array;
  #size = 0;

  constructor(most: number) {
    this.#sums = new Float64Array(most);
    this.#weights = new Float64Array(most);
    this.#counts = new Int32Array(most);
  }

  add(value: number, weight: number): void {
    let [sum, total, count] = [value * weight, weight, 1];
    while (this.#size > 0 && this.#mean(this.#size - 1) > sum / total) {
      this.#size -= 1;
      sum += this.#sums[this.#size] as number;
      total += this.#weights[this.#size] as number;
      count += this.#counts[this.#size] as number;
    }
    this.#sums[this.#size] = sum;
    this.#weights[this.#size] = total;
    this.#counts[this.#size] = count;
    this.#size += 1;
  }

  each(call: (at: number, value: number) => void): void {
    let at = 0;
    for (let block = 0; block < this.#size; block++) {
      const value = this.#mean(block);
      for (let count = this.#counts[block] as number; count > 0; count--) call(at++, value);
    }
  }

  #mean(block: number): number {
    return (this.#sums[block] as number) / (this.#weights[block] as number);
  }
}

function fromZero({ nodes, size }: Net, across: Float64Array, room: Room): Placed {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let place = 0; place < size; place++) {
    const half = breadthOf(room, nodes, place) / 2;
    least = Math.min(least, (across[place] as number) - half);
    most = Math.max(most, (across[place] as number) + half);
  }
  if (size === 0) return { across, breadth: 0 };
  for (let place = 0; place < size; place++) across[place] = (across[place] as number) - least;
  return { across, breadth: most - least };
}
