/** When work leaves the machine: soon after there is something, again after growing waits, once more at the end. */
import type { Clock } from "../port/clock.ts";
import type { Random } from "../port/random.ts";

/** refused: the remote is there, and took some of it at most; unreached: it gave no answer. */
export type Went = "all" | "refused" | "unreached";

export interface PushLoopOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Pushes what is not there yet. `signal`: nobody waits any longer. */
  readonly push: (signal: AbortSignal) => Promise<Went>;
}

/** What is made close together goes together. */
const SOON_MS = 2_000;
const AGAIN_MS = 10_000;
const AGAIN_MS_MAX = 30 * 60_000;
/** The end of a command waits so long; what has not gone then goes with the next. */
const END_MS = 3_000;

export class PushLoop {
  readonly #options: PushLoopOptions;
  readonly #stop = new AbortController();
  #againMs = AGAIN_MS;
  #isReached = true;
  #hasMore = false;
  #isEnded = false;
  #cancel = () => {};
  #running: Promise<void> | null = null;

  constructor(options: PushLoopOptions) {
    this.#options = options;
  }

  /** There is something new. Where nobody answers it waits with the rest. */
  soon(): void {
    if (this.#isEnded || this.#hasMore) return;
    this.#hasMore = true;
    if (this.#running === null && this.#isReached) this.#after(SOON_MS);
  }

  async end(): Promise<void> {
    const wasRunning = this.#running !== null;
    this.#isEnded = true;
    this.#cancel();
    const cancel = this.#options.clock.after(END_MS, () => this.#stop.abort(), { hold: true });
    await this.#running;
    if (!this.#stop.signal.aborted && (this.#hasMore || !wasRunning)) await this.#push();
    cancel();
  }

  #after(delayMs: number): void {
    this.#cancel();
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#running = this.#push().then((went) => this.#came(went));
    });
  }

  async #push(): Promise<Went> {
    this.#hasMore = false;
    try {
      return await this.#options.push(this.#stop.signal);
    } catch {
      // A disk that is full, a repository that is gone: no run fails of it, and it is tried again.
      return "unreached";
    }
  }

  #came(went: Went): void {
    this.#running = null;
    this.#isReached = went !== "unreached";
    if (this.#isEnded) return;
    if (went === "all") this.#againMs = AGAIN_MS;
    if (this.#hasMore && this.#isReached) this.#after(SOON_MS);
    else if (went !== "all") this.#again();
  }

  /** Between half of the wait and all of it, so that not all machines come at once. */
  #again(): void {
    const [letter = 0] = this.#options.random.bytes(1);
    this.#after((this.#againMs * (1 + letter / 255)) / 2);
    this.#againMs = Math.min(this.#againMs * 2, AGAIN_MS_MAX);
  }
}
