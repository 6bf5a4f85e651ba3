/** Room on the disk, as the engine finds it: what is decided waits while there is none, and people are told. */
import type { Problem } from "../../core/problem.ts";

export type RoomListener = (problem: Problem | null) => void;

export class Room {
  readonly #listeners = new Set<RoomListener>();
  #problem: Problem | null = null;
  #isHurried = false;

  /** Somebody waits for this process to end: a full disk is not waited for any longer than a busy one. */
  get isHurried(): boolean {
    return this.#isHurried;
  }

  hurry(): void {
    this.#isHurried = true;
  }

  /** What a look at the disk came to; null when there is room. */
  found(problem: Problem | null): void {
    if (problem?.message === this.#problem?.message) return;
    this.#problem = problem;
    for (const listener of [...this.#listeners]) listener(problem);
  }

  /** Calls back when the disk is full, and with null once there is room again. Returns how to stop. */
  listen(listener: RoomListener): () => void {
    this.#listeners.add(listener);
    if (this.#problem !== null) listener(this.#problem);
    return () => this.#listeners.delete(listener);
  }
}
