/** Long work on the loop, in pieces. */
import { type Clock, nextTurn } from "./clock.ts";

/** After so long everything else gets its turn. */
const TURN_MS = 5;

export class Turns {
  readonly #clock: Pick<Clock, "monotonic" | "soon">;
  #began: number;

  constructor(clock: Pick<Clock, "monotonic" | "soon">) {
    this.#clock = clock;
    this.#began = clock.monotonic();
  }

  /** Between two pieces of work: all that is done between such pauses takes up one turn. */
  async pause(): Promise<void> {
    if (this.#clock.monotonic() - this.#began < TURN_MS) return;
    await nextTurn(this.#clock);
    this.#began = this.#clock.monotonic();
  }

  /** Each in its order. However many there are, nothing else waits for longer than a turn and one of them. */
  async *over<T>(list: Iterable<T>): AsyncGenerator<T> {
    for (const one of list) {
      await this.pause();
      yield one;
    }
  }
}

export function inTurns<T>(list: Iterable<T>, clock: Pick<Clock, "monotonic" | "soon">): AsyncGenerator<T> {
  return new Turns(clock).over(list);
}
