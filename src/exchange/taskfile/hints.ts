/** What the system says of changes in `pending`, and the rest until there is something to do. A hint may be missed. */
import type { Clock } from "../../port/clock.ts";
import type { TaskFolders } from "./task-folders.ts";

/** By then a hint that it was written is here. */
const ARRIVAL_MS = 30;
/** With more at once the system may have dropped some. */
const TRUSTED = 2_000;

export class Hints {
  readonly #clock: Clock;
  readonly #names = new Set<string>();
  /** Files that came without being written here, and when. */
  readonly #arrived = new Map<string, number>();
  #isFullWanted = true;
  #isWoken = false;
  #wake: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns how to stop. Throws what the system says when it cannot be watched. */
  watch(folders: TaskFolders, failed: () => void): () => void {
    const path = folders.path({ folder: "pending", name: "" });
    return folders.files.watch(path, (name, isWrite) => this.#hint(name, isWrite), failed);
  }

  #hint(name: string | null, isWrite: boolean): void {
    if (name === null) this.#isFullWanted = true;
    else if (name.startsWith(".")) return;
    else {
      this.#names.add(name);
      if (isWrite) this.#arrived.delete(name);
      else if (this.#names.size < TRUSTED) this.#arrived.set(name, this.#clock.monotonic());
    }
    this.wake();
  }

  /** The files that may have changed, once. */
  take(): readonly string[] {
    const names = [...this.#names];
    this.#names.clear();
    return names;
  }

  /** Whether everything is to be looked at, once. */
  takeFull(): boolean {
    const isWanted = this.#isFullWanted;
    this.#isFullWanted = false;
    return isWanted;
  }

  /** In how many ms a file that came without being written here is whole; null: it did not. */
  wholeInMs(name: string): number | null {
    const arrived = this.#arrived.get(name);
    return arrived === undefined ? null : Math.max(0, arrived + ARRIVAL_MS - this.#clock.monotonic());
  }

  forget(name: string): void {
    this.#arrived.delete(name);
  }

  /** Something may have changed: a file, or a run that has ended. */
  wake(): void {
    this.#isWoken = true;
    this.#wake();
  }

  /** Until then, or until it is woken. */
  async rest(ms: number): Promise<void> {
    if (!this.#isWoken && ms > 0)
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(ms, resolve, { hold: true });
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
    this.#isWoken = false;
    this.#wake = () => {};
  }
}
