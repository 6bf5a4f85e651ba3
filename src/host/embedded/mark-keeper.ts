/**
 * Brings the mark to the disk: in the thread pool, one sync in flight, shared by all who wait, and by itself at
 * least every 50 ms while there is something new. After a failed sync nothing is believed any more.
 *
 * In `durable` the log was synced by the commit, so the mark is written at once. In `fast` it was not: the log is
 * synced first and the mark written after it, or a power cut could leave a mark ahead of its database.
 */
import type { Clock } from "../../port/clock.ts";
import type { OpenFile } from "../../port/files.ts";
import type { Mark, MarkFile } from "./sidecar.ts";

const SYNC_MS_MAX = 50;

export interface KeeperParts {
  readonly mark: MarkFile;
  /** The log, in `fast`. */
  readonly log: (() => OpenFile) | null;
  readonly clock: Clock;
  /** Throws when the files that are synced are not the journal's any more. */
  readonly check: () => void;
  readonly failed: (error: unknown) => Error;
}

interface Waiter {
  readonly number: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class MarkKeeper {
  readonly #parts: KeeperParts;
  #noted: Mark;
  /** The commit whose mark was synced by this process; what an earlier one wrote may not have been. */
  #onDisk = 0;
  #waiters: Waiter[] = [];
  #isSyncing = false;
  /** Something new was due while a sync was in flight. */
  #isLate = false;
  #cancelTimer: (() => void) | null = null;
  #fault: Error | null = null;

  constructor(parts: KeeperParts, mark: Mark) {
    this.#parts = parts;
    this.#noted = mark;
  }

  /** A commit stands. Never throws: what fails here shows in `synced` and stops the next commit. */
  note(mark: Mark): void {
    this.#noted = mark;
    try {
      if (this.#parts.log === null) this.#parts.mark.write(mark);
    } catch (error) {
      return this.#fail(error);
    }
    this.#cancelTimer ??= this.#parts.clock.after(SYNC_MS_MAX, () => {
      this.#cancelTimer = null;
      this.#start();
    });
  }

  synced(): Promise<void> {
    if (this.#fault !== null) return Promise.reject(this.#fault);
    const { number } = this.#noted;
    return new Promise((resolve, reject) => {
      this.#waiters.push({ number, resolve, reject });
      this.#start();
    });
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #start(): void {
    if (this.#fault !== null) return;
    this.stop();
    this.#isLate = this.#isSyncing;
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    const mark = this.#noted;
    this.#sync(mark).then(
      () => this.#done(mark.number),
      (error: unknown) => this.#fail(error),
    );
  }

  async #sync(mark: Mark): Promise<void> {
    if (this.#onDisk < mark.number) {
      if (this.#parts.log !== null) {
        await this.#parts.log().syncDataLater();
        this.#parts.mark.write(mark);
      }
      await this.#parts.mark.file.syncDataLater();
    }
    this.#parts.check();
  }

  #done(number: number): void {
    this.#isSyncing = false;
    this.#onDisk = number;
    const waiting = this.#waiters;
    this.#waiters = waiting.filter((waiter) => waiter.number > number);
    for (const waiter of waiting) if (waiter.number <= number) waiter.resolve();
    if (this.#isLate) this.#start();
  }

  #fail(error: unknown): void {
    this.#isSyncing = false;
    this.#fault ??= this.#parts.failed(error);
    this.stop();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#fault);
  }
}
