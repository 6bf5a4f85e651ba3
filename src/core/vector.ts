import { must } from "./invariant.ts";

/** A node has 32 places, as the lists of a persistent vector usually have: short enough to copy, wide enough to stay flat. */
const BITS = 5;
const WIDTH = 1 << BITS;
const MASK = WIDTH - 1;

/**
 * An immutable list as a tree of short lists. Changing one element copies the three short lists on the way to it, so
 * an event costs the same whether a run has a hundred tasks or ten thousand, and old runs stay valid.
 */
export interface Vector<T> {
  readonly length: number;
  /** Levels of nodes above the leaves; leaves hold elements. */
  readonly depth: number;
  readonly root: Leaf<T> | Branch<T>;
}

type Leaf<T> = readonly T[];
/** The level says which of both a child is. */
type Branch<T> = readonly (Leaf<T> | Branch<T>)[];
type OwnBranch = unknown[][];

export function vectorOf<T>(items: readonly T[]): Vector<T> {
  let nodes: (Leaf<T> | Branch<T>)[] = grouped(items);
  let depth = 0;
  for (; nodes.length > 1; depth++) nodes = grouped(nodes) as Branch<T>[];
  return { length: items.length, depth, root: nodes[0] ?? [] };
}

function grouped<E>(elements: readonly E[]): E[][] {
  const groups: E[][] = [];
  for (let start = 0; start < elements.length; start += WIDTH)
    groups.push(elements.slice(start, start + WIDTH));
  return groups;
}

export function at<T>(vector: Vector<T>, index: number): T {
  mustLieIn(vector, index);
  return elementAt(vector.root, vector.depth, index);
}

function elementAt<T>(root: Leaf<T> | Branch<T>, depth: number, index: number): T {
  return leafAt(root, depth, index)[index & MASK] as T;
}

function leafAt<T>(root: Leaf<T> | Branch<T>, depth: number, index: number): Leaf<T> {
  let node = root;
  for (let shift = depth * BITS; shift > 0; shift -= BITS)
    node = (node as Branch<T>)[(index >> shift) & MASK] as Branch<T>;
  return node as Leaf<T>;
}

function mustLieIn({ length }: Vector<unknown>, index: number): void {
  must(index >= 0 && index < length, "an index lies inside its list", index);
}

export function* each<T>(vector: Vector<T>): Generator<T> {
  for (let start = 0; start < vector.length; start += WIDTH) yield* leafAt(vector.root, vector.depth, start);
}

/** Places of `after` that hold another element than in `before`; what both share is not looked into. */
export function changedPlaces<T>(before: Vector<T> | null, after: Vector<T>): readonly number[] {
  const places: number[] = [];
  const old = before !== null && before.depth === after.depth ? before.root : [];
  collectChanged(places, { old, node: after.root, depth: after.depth, start: 0 });
  return places;
}

interface Compared<T> {
  readonly old: Leaf<T> | Branch<T>;
  readonly node: Leaf<T> | Branch<T>;
  readonly depth: number;
  /** Index of the node's first element. */
  readonly start: number;
}

function collectChanged<T>(places: number[], { old, node, depth, start }: Compared<T>): void {
  for (let place = 0; place < node.length; place++) {
    if (node[place] === old[place]) continue;
    if (depth === 0) places.push(start + place);
    else
      collectChanged(places, {
        old: (old[place] as Branch<T> | undefined) ?? [],
        node: node[place] as Branch<T>,
        depth: depth - 1,
        start: start + (place << (depth * BITS)),
      });
  }
}

/** A vector being changed: nodes are copied when first touched, and shared again once `frozen` was called. */
export class VectorDraft<T> {
  #base: Vector<T>;
  #root: OwnBranch | null = null;

  constructor(base: Vector<T>) {
    this.#base = base;
  }

  get length(): number {
    return this.#base.length;
  }

  get(index: number): T {
    mustLieIn(this.#base, index);
    return elementAt((this.#root ?? this.#base.root) as Branch<T>, this.#base.depth, index);
  }

  set(index: number, value: T): void {
    mustLieIn(this.#base, index);
    let old = this.#base.root as OwnBranch;
    this.#root ??= old.slice();
    let node = this.#root;
    for (let shift = this.#base.depth * BITS; shift > 0; shift -= BITS) {
      const place = (index >> shift) & MASK;
      old = old[place] as OwnBranch;
      // Still the old one: it is copied when it is first written to.
      if (node[place] === old) node[place] = old.slice();
      node = node[place] as OwnBranch;
    }
    node[index & MASK] = value as unknown[];
  }

  frozen(): Vector<T> {
    if (this.#root === null) return this.#base;
    this.#base = { ...this.#base, root: this.#root as unknown as Branch<T> };
    this.#root = null;
    return this.#base;
  }
}

/** The vector with one element replaced. */
export function replaced<T>(vector: Vector<T>, index: number, value: T): Vector<T> {
  const draft = new VectorDraft(vector);
  draft.set(index, value);
  return draft.frozen();
}
