/** Timers of runs on the machine's clock. They only wake the decider; what has come due is judged from its state. */
import type { Timer } from "../core/effect.ts";
import type { Clock } from "../port/clock.ts";

/** Wall time may be set back or forward while we wait, so a wall timer looks again at least this often. */
const WALL_LOOK_MS = 60_000;
/** Longest delay a timer of the platform takes. */
const DELAY_MS_MAX = 2 ** 31 - 1;

export class TimerTable {
  readonly #clock: Clock;
  readonly #cancels = new Map<string, () => void>();
  /** Of timers that were due when they were set: how to fire each of them. */
  readonly #due = new Map<string, () => void>();
  readonly #fire: (run: string, timer: string) => void;

  constructor(clock: Clock, fire: (run: string, timer: string) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  /** `tick` is the run's tick now. Setting a timer again replaces it. */
  set(run: string, timer: Timer, tick: number): void {
    this.clear(run, timer.id);
    const due = this.#clock.monotonic() + remainingMs(timer, tick, this.#clock.wall());
    this.#arm(run, timer, due);
  }

  clear(run: string, id: string): void {
    const key = `${run}/${id}`;
    this.#cancels.get(key)?.();
    this.#cancels.delete(key);
    this.#due.delete(key);
  }

  /** Fires at once what came due while nobody looked. */
  fireDue(): void {
    for (const fire of [...this.#due.values()]) fire();
  }

  clearRun(run: string): void {
    for (const key of this.#cancels.keys())
      if (key.startsWith(`${run}/`)) this.clear(run, key.slice(run.length + 1));
  }

  clearAll(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
    this.#due.clear();
  }

  #arm(run: string, timer: Timer, due: number): void {
    const left = Math.max(0, due - this.#clock.monotonic());
    const step = Math.min(left, timer.kind === "wall" ? WALL_LOOK_MS : DELAY_MS_MAX);
    const key = `${run}/${timer.id}`;
    const cancel = this.#clock.after(step, () => this.#look(run, timer, due));
    this.#cancels.set(key, cancel);
    if (left === 0) this.#due.set(key, () => this.#fireNow(run, timer));
  }

  #look(run: string, timer: Timer, due: number): void {
    const now = this.#clock.monotonic();
    const left = timer.kind === "wall" ? timer.due - this.#clock.wall() : due - now;
    if (left > 0) return this.#arm(run, timer, now + left);
    this.#fireNow(run, timer);
  }

  #fireNow(run: string, timer: Timer): void {
    this.clear(run, timer.id);
    this.#fire(run, timer.id);
  }
}

/** A delay counts downtime but never more than its whole length, whatever the wall clock did meanwhile. */
function remainingMs(timer: Timer, tick: number, wall: number): number {
  switch (timer.kind) {
    case "tick":
      return Math.max(0, timer.due - tick);
    case "wall":
      return Math.max(0, timer.due - wall);
    case "delay":
      return Math.min(timer.delayMs, Math.max(0, timer.from + timer.delayMs - wall));
  }
}
