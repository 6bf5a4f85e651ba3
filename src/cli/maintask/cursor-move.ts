/** MAIN_TASK is moved by whoever owns the project. */
import { type MoveWords, moveAsked } from "../../exchange/maintask/asked-move.ts";
import type { Project } from "../application.ts";
import type { Context } from "../context.ts";
import { hereOrThere } from "../reach.ts";
import { take } from "../refusal.ts";

export async function moveHere(
  { application }: Context,
  project: Project,
  words: MoveWords,
): Promise<{ readonly revision: number }> {
  return take(
    await hereOrThere<{ readonly revision: number }>(application, project, {
      here: async () => {
        const moved = await application.withCursors(project, (cursors) =>
          moveAsked(cursors, project.root, words),
        );
        return moved.ok ? moved.value : moved;
      },
      there: ({ client }) => client.call("main-task.move", words),
    }),
    "MAIN_TASK was not moved",
  );
}
