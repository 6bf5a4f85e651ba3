/** MAIN_TASK for the commands: which stream is meant, and who moves it. */
import { type MoveWords, moveAsked } from "../../exchange/maintask/asked-move.ts";
import type { Cursor } from "../../exchange/maintask/cursor.ts";
import { readCursorFile } from "../../exchange/maintask/cursors.ts";
import { CURSOR_FILE, type Stream, streamOf } from "../../exchange/maintask/stream.ts";
import type { Project } from "../application.ts";
import { type Context, type Options, textOption } from "../context.ts";
import { hereOrThere } from "../reach.ts";
import { Refused, refused, take } from "../refusal.ts";

/** Inside of an invocation the loop's own, where nothing else is said. */
export const STREAM_VARIABLE = "MAIN_TASK_STREAM";
/** The revision that an invocation began with: it moves that one and no other. */
export const REVISION_VARIABLE = "MAIN_TASK_REVISION";

export function streamHere({ application }: Context, { root }: Project, options: Options): Stream {
  const inherited = application.environment[STREAM_VARIABLE] ?? "";
  return take(streamOf(root, textOption(options, "stream") ?? (inherited === "" ? null : inherited)));
}

/** As its file says it; a file that cannot be used is refused with its line. */
export function cursorHere({ application }: Context, stream: Stream): Cursor {
  const file = readCursorFile(application.files, stream);
  const path = `${stream.shown}/${CURSOR_FILE}`;
  switch (file.state) {
    case "read":
      return file.cursor;
    case "missing": {
      const of = stream.name === null ? "" : ` --stream ${stream.name}`;
      throw refused(
        "E_NOT_FOUND",
        `there is no ${path} yet`,
        `${application.calledAs} main-task update${of} continue "Decompose my-research task" --task my-research`,
      );
    }
    case "broken": {
      const { problems } = file;
      throw new Refused(problems, {
        text: textOf(application.files.readTextIf(`${stream.folder}/${CURSOR_FILE}`)),
      });
    }
  }
}

const SHOWN_MAX = 4096;

function textOf(text: string | null): string | null {
  return text === null || text.length > SHOWN_MAX ? null : text;
}

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
