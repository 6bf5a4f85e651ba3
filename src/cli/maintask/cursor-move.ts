/** MAIN_TASK is moved by whoever owns the project. */
import { type MoveWords, moveAsked } from "../../exchange/maintask/asked-move.ts";
import type { Place } from "../application.ts";
import type { Context } from "../context.ts";
import { hereOrThere } from "../reach.ts";
import { take } from "../refusal.ts";

export async function moveHere(
  { application }: Context,
  place: Place,
  words: MoveWords,
): Promise<{ readonly revision: number }> {
  return take(
    await hereOrThere<{ readonly revision: number }>(application, place, {
      here: async () => {
        const moved = await application.withCursors(place, (cursors) =>
          moveAsked(cursors, place.root, words),
        );
        return moved.ok ? moved.value : moved;
      },
      there: ({ client }) => client.call("main-task.move", words),
    }),
    "MAIN_TASK was not moved",
  );
}
