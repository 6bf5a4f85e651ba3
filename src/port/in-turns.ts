/** Long lists on the loop, in pieces. */
import { type Clock, nextTurn } from "./clock.ts";

/** After so long everything else gets its turn. */
const TURN_MS = 10;

/** Each in its order. However many there are, nothing else waits for longer than a turn and one of them. */
export async function* inTurns<T>(
  list: Iterable<T>,
  clock: Pick<Clock, "monotonic" | "soon">,
): AsyncGenerator<T> {
  let began = clock.monotonic();
  for (const one of list) {
    yield one;
    if (clock.monotonic() - began < TURN_MS) continue;
    await nextTurn(clock);
    began = clock.monotonic();
  }
}
