/**
 * Tells people what happened, in order, once the mark of it is on the disk. The run goes on meanwhile: only the telling
 * waits. One sync at a time, whatever comes during it shares the next, and between two lies a pause, because a disk
 * that syncs without end holds up the commits.
 */
import type { Result } from "../../core/problem.ts";
import type { Change } from "../../core/replay.ts";
import type { Clock } from "../../port/clock.ts";
import type { Listener } from "./turn.ts";

/** Between the starts of two syncs; what comes after a quiet moment is told at once. */
export const TELL_MS_MIN = 50;

export interface TellerParts {
  readonly clock: Clock;
  /** Resolves once what was written so far is on the disk, or with why it is not. */
  readonly synced: () => Promise<Result<null>>;
}

export class Teller {
  readonly #parts: TellerParts;
  readonly #listeners = new Set<Listener>();
  #untold: (readonly Change[])[] = [];
  #last: Promise<void> = Promise.resolve();
  #lastMs = -Infinity;
  #cancel: (() => void) | null = null;

  constructor(parts: TellerParts) {
    this.#parts = parts;
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** To be told soon; the changes stand in the journal. */
  add(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    this.#untold.push(changes);
    const pauseMs = this.#lastMs + TELL_MS_MIN - this.#parts.clock.monotonic();
    this.#cancel ??= this.#parts.clock.after(pauseMs, () => void this.told());
  }

  /** Resolves when all that was added before is told. After a failed sync nothing is told any more. */
  told(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    this.#last = this.#last.then(() => this.#tell());
    return this.#last;
  }

  async #tell(): Promise<void> {
    const changes = this.#untold.splice(0).flat();
    if (changes.length === 0) return;
    this.#lastMs = this.#parts.clock.monotonic();
    const synced = await this.#parts.synced();
    if (synced.ok) for (const listener of [...this.#listeners]) listener(changes);
  }
}
