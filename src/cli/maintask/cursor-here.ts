/** MAIN_TASK for the commands that read it. */
import type { Cursor } from "../../exchange/maintask/cursor.ts";
import { readCursorFile } from "../../exchange/maintask/cursor-file.ts";
import { CURSOR_FILE, cursorPath, type Stream } from "../../exchange/maintask/stream.ts";
import type { Files } from "../../port/files.ts";
import type { Context } from "../context.ts";
import { Refused, refused } from "../refusal.ts";

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
        text: textOf(application.files, cursorPath(stream)),
      });
    }
  }
}

const SHOWN_MAX = 4096;

/** To be shown beside its problems; only of a file, and a short one. */
function textOf(files: Files, path: string): string | null {
  const stat = files.stat(path);
  return stat?.kind === "file" && stat.size <= SHOWN_MAX ? files.readTextIf(path) : null;
}
