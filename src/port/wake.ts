/** Waiting for something to change in folders: the file system's word is a hint, a bounded look is the truth. */
import type { Clock } from "./clock.ts";
import { errorCode, type Files } from "./files.ts";

/** The system has no watch left to give. */
const NO_WATCHES: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOSPC"]);

export class Wake {
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #isBlind: (code: string) => void;
  #isToldBlind = false;
  readonly #watched = new Map<string, () => void>();
  #isHinted = false;
  #call: (() => void) | null = null;

  /** `isBlind` hears once that the system gives no more watches, so that only looks find what is new. */
  constructor(files: Files, clock: Clock, isBlind: (code: string) => void = () => {}) {
    this.#files = files;
    this.#isBlind = isBlind;
    this.#clock = clock;
  }

  /** Hints from these folders alone. One that cannot be watched (too many are, or it is gone) gives none. */
  watch(folders: ReadonlySet<string>): void {
    for (const [folder, stop] of this.#watched) {
      if (folders.has(folder)) continue;
      stop();
      this.#watched.delete(folder);
    }
    for (const folder of folders) {
      if (!this.#watched.has(folder)) this.#watched.set(folder, this.#start(folder));
    }
  }

  #start(folder: string): () => void {
    try {
      return this.#files.watch(folder, () => this.hint());
    } catch (error) {
      const code = errorCode(error);
      if (NO_WATCHES.has(code) && !this.#isToldBlind) {
        this.#isToldBlind = true;
        this.#isBlind(code);
      }
      return () => {};
    }
  }

  /** Something may have changed. */
  hint(): void {
    this.#isHinted = true;
    this.#call?.();
  }

  /**
   * Until a hint came, the longest time has passed, or the signal is aborted; at least the shortest time, so that
   * something that changes all the time does not keep this process busy. Holds the process open.
   */
  wait(
    { leastMs, mostMs }: { readonly leastMs: number; readonly mostMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve) => {
      let isReady = false;
      const cancels: (() => void)[] = [];
      const end = () => {
        this.#call = null;
        this.#isHinted = false;
        for (const cancel of cancels) cancel();
        signal.removeEventListener("abort", end);
        resolve();
      };
      const hinted = () => {
        if (isReady && this.#isHinted) end();
      };
      if (signal.aborted) return end();
      this.#call = hinted;
      signal.addEventListener("abort", end);
      const ready = () => {
        isReady = true;
        hinted();
      };
      cancels.push(
        this.#clock.after(leastMs, ready, { hold: true }),
        this.#clock.after(mostMs, end, { hold: true }),
      );
    });
  }

  close(): void {
    this.watch(new Set());
  }
}
