/** decapod task archive: task files that have ended go out of the way; their results and runs stay. */
import { join } from "node:path";
import { EXIT } from "../../core/problem.ts";
import { ARCHIVE, type FoundFile } from "../../exchange/taskfile/task-folders.ts";
import { type Context, type Options, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { Refused, refused } from "../refusal.ts";
import { findTask, foldersOf } from "../taskfiles/here.ts";
import { count } from "../text.ts";

export async function action(context: Context, words: readonly string[], _options: Options): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const folders = foldersOf(context, project);
  const chosen =
    words.length > 0 ? words.map((word) => findTask(context, project, word)) : folders.list("completed");
  const planned = chosen.map((file) => ({ file, to: placeOf(file) }));
  // All or none: who reads the refusal knows where each of them lies.
  for (const { file, to } of planned) {
    if (file.folder === "in-progress") throw stillDone(file);
    if (application.files.exists(join(project.root, to))) throw taken(to);
  }
  const moved = planned.map(({ file, to }) => {
    const trouble = folders.moveTo(file, to);
    if (trouble !== null) throw new Refused([trouble]);
    return { from: file.shown, to };
  });
  if (globals.json) out.line(jsonText({ schemaVersion: 1, moved }));
  else out.line(`${count(moved.length, "task file")} put into ${ARCHIVE}/`);
  return EXIT.done;
}

/** By the month that its name begins with, so that a folder never gets too long. */
function placeOf({ name }: FoundFile): string {
  return `${ARCHIVE}/${/^\d{4}-\d{2}/.exec(name)?.[0] ?? "other"}/${name}`;
}

function stillDone({ shown }: FoundFile) {
  return refused("E_CONFLICT", `${clean(shown)} is being done`, "wait for its end");
}

function taken(shown: string) {
  return refused("E_CONFLICT", `there is ${clean(shown)} already`, "move that one away first");
}
