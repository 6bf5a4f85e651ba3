import { must } from "./invariant.ts";

const CHUNK = 64;

/**
 * An immutable list in chunks of 64. Changing one element copies its chunk and the list of chunks, so an event
 * costs the same whether a run has ten tasks or ten thousand, and old runs stay valid.
 */
export interface Vector<T> {
  readonly length: number;
  readonly chunks: readonly (readonly T[])[];
}

export function vectorOf<T>(items: readonly T[]): Vector<T> {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += CHUNK) chunks.push(items.slice(start, start + CHUNK));
  return { length: items.length, chunks };
}

export function at<T>(vector: Vector<T>, index: number): T {
  must(index >= 0 && index < vector.length, `index ${index} lies outside a list of ${vector.length}`);
  return (vector.chunks[index >> 6] as readonly T[])[index & 63] as T;
}

export function* each<T>(vector: Vector<T>): Generator<T> {
  for (const chunk of vector.chunks) yield* chunk;
}

/** A vector being changed: chunks are copied when first touched, and shared again once `frozen` was called. */
export class VectorDraft<T> {
  #base: Vector<T>;
  #chunks: T[][] | null = null;

  constructor(base: Vector<T>) {
    this.#base = base;
  }

  get length(): number {
    return this.#base.length;
  }

  get(index: number): T {
    if (this.#chunks === null) return at(this.#base, index);
    return (this.#chunks[index >> 6] as T[])[index & 63] as T;
  }

  set(index: number, value: T): void {
    must(
      index >= 0 && index < this.#base.length,
      `index ${index} lies outside a list of ${this.#base.length}`,
    );
    this.#chunks ??= this.#base.chunks.slice() as T[][];
    const place = index >> 6;
    // Still the old one: it is copied when it is first written to.
    if (this.#chunks[place] === this.#base.chunks[place])
      this.#chunks[place] = (this.#chunks[place] as T[]).slice();
    (this.#chunks[place] as T[])[index & 63] = value;
  }

  frozen(): Vector<T> {
    if (this.#chunks === null) return this.#base;
    this.#base = { length: this.#base.length, chunks: this.#chunks };
    this.#chunks = null;
    return this.#base;
  }
}

/** The vector with one element replaced. */
export function replaced<T>(vector: Vector<T>, index: number, value: T): Vector<T> {
  const draft = new VectorDraft(vector);
  draft.set(index, value);
  return draft.frozen();
}
