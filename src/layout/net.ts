/**
 * The graph with a place in every layer that an edge passes, so that edges can be ordered and placed like nodes.
 * Edges of one node share their way: what fans out late is one line until then, and there are fewer places.
 */

/** Above this many places, the longest ways get none and are drawn straight across. */
const WAYS_MAX = 40_000;

export interface Net {
  /** Places below this are nodes, the others are ways. */
  readonly nodes: number;
  readonly size: number;
  readonly layerCount: number;
  readonly layerOf: Int32Array;
  /** The first place of the way that leads on from a node, layer by layer; -1 when it has none. */
  readonly wayOf: Int32Array;
  /** Neighbours of each place in the layer before and the layer after. */
  readonly before: Links;
  readonly after: Links;
}

/** Lists of numbers in one: those of `place` stand from `starts[place]` to `starts[place + 1]`. */
export interface Links {
  readonly starts: Int32Array;
  readonly items: Int32Array;
}

export function makeNet(dependencies: readonly (readonly number[])[], layers: Int32Array): Net {
  const nodes = dependencies.length;
  const reach = reachOf(dependencies, layers);
  const spanMax = longestSpan(reach, layers);
  const wayOf = new Int32Array(nodes).fill(-1);
  let size = nodes;
  for (let node = 0; node < nodes; node++) {
    const passed = (reach[node] as number) - (layers[node] as number) - 1;
    if (passed < 1 || passed > spanMax) continue;
    wayOf[node] = size;
    size += passed;
  }
  const layerOf = new Int32Array(size);
  layerOf.set(layers);
  const froms: number[] = [];
  const tos: number[] = [];
  const link = (from: number, to: number) => {
    froms.push(from);
    tos.push(to);
  };
  for (let node = 0; node < nodes; node++) {
    const way = wayOf[node] as number;
    if (way < 0) continue;
    const passed = (reach[node] as number) - (layers[node] as number) - 1;
    for (let step = 0; step < passed; step++) {
      layerOf[way + step] = (layers[node] as number) + step + 1;
      link(step === 0 ? node : way + step - 1, way + step);
    }
  }
  for (const [node, before] of dependencies.entries()) {
    for (const one of before) {
      const passed = (layers[node] as number) - (layers[one] as number) - 1;
      if (passed === 0) link(one, node);
      else if ((wayOf[one] as number) >= 0) link((wayOf[one] as number) + passed - 1, node);
    }
  }
  const layerCount = layers.reduce((most, layer) => Math.max(most, layer + 1), 0);
  return {
    nodes,
    size,
    layerCount,
    layerOf,
    wayOf,
    before: linksOf(size, tos, froms),
    after: linksOf(size, froms, tos),
  };
}

/** The last layer that something leads to from each node. */
function reachOf(dependencies: readonly (readonly number[])[], layers: Int32Array): Int32Array {
  const reach = Int32Array.from(layers);
  for (const [node, before] of dependencies.entries()) {
    for (const one of before) reach[one] = Math.max(reach[one] as number, layers[node] as number);
  }
  return reach;
}

/** The longest way that gets places, so that there are not too many in all. */
function longestSpan(reach: Int32Array, layers: Int32Array): number {
  const counts: number[] = [];
  for (let node = 0; node < reach.length; node++) {
    const passed = (reach[node] as number) - (layers[node] as number) - 1;
    if (passed > 0) counts[passed] = (counts[passed] ?? 0) + 1;
  }
  let total = 0;
  for (let span = 1; span < counts.length; span++) {
    total += span * (counts[span] ?? 0);
    if (total > WAYS_MAX) return span - 1;
  }
  return counts.length;
}

function linksOf(size: number, keys: readonly number[], values: readonly number[]): Links {
  const starts = new Int32Array(size + 1);
  for (const key of keys) starts[key + 1] = (starts[key + 1] as number) + 1;
  for (let place = 0; place < size; place++)
    starts[place + 1] = (starts[place + 1] as number) + (starts[place] as number);
  const next = starts.slice(0, size);
  const items = new Int32Array(values.length);
  for (const [at, key] of keys.entries()) {
    items[next[key] as number] = values[at] as number;
    next[key] = (next[key] as number) + 1;
  }
  return { starts, items };
}
