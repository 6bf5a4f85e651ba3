/** decapod task move: a wish to have a task done again. Every other move follows from what its run does. */
import { EXIT } from "../../core/problem.ts";
import { type FoundFile, idOf } from "../../exchange/taskfile/task-folders.ts";
import { fileOfId } from "../../exchange/taskfile/task-id.ts";
import { lastRunOf } from "../../exchange/taskfile/task-run.ts";
import { sha256 } from "../../port/hash.ts";
import type { Project } from "../application.ts";
import { type Context, hint, type Options, projectOf } from "../context.ts";
import { shortRun } from "../ids.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { Refused, refused, take, usage } from "../refusal.ts";
import { findTask, foldersOf, letThroughOf } from "../taskfiles/here.ts";
import { attemptHere } from "../taskfiles/inside.ts";
import { shellWord } from "../text.ts";

export async function action(
  context: Context,
  [said = "", to = ""]: readonly string[],
  _options: Options,
): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  if (to !== "pending")
    throw usage(
      `a task file is not moved to ${clean(to, 40)} by hand: it goes there when its run does`,
      `${application.calledAs} task archive FILE puts it away`,
    );
  const folders = foldersOf(context, project);
  const file = findTask(context, project, said);
  const id = idOf(file);
  if (file.folder === "in-progress") {
    const reader = take(application.read(project));
    const row = reader === null ? null : lastRunOf(reader, id).row;
    const name = row === null ? "" : shortRun(reader, row.run);
    throw refused(
      "E_CONFLICT",
      `${clean(id)} is being done${name === "" ? "" : `, as ${name}`}, and cannot go back`,
      name === "" ? undefined : `${application.calledAs} cancel ${name}, then this again`,
    );
  }
  const isThere = file.folder === "pending";
  if (attemptHere() === null) letThrough(context, project, file);
  const trouble = isThere ? folders.touch(file) : folders.move(file, "pending");
  if (trouble !== null) throw new Refused([trouble]);
  const shown = folders.at("pending", fileOfId(id)).shown;
  if (globals.json) out.line(jsonText({ schemaVersion: 1, id, file: shown, changed: !isThere }));
  else
    out.line(
      isThere ? `${clean(shown)} lies there already` : `${out.paint("green", "✓ moved")}  ${clean(shown)}`,
    );
  hint(context, `next: ${application.calledAs} work ${shellWord(clean(shown))}`);
  return EXIT.done;
}

/** Whatever works meanwhile, and whoever wrote it: a person asks for it. */
function letThrough(context: Context, project: Project, file: FoundFile): void {
  const read = foldersOf(context, project).read(file, project.config.limits);
  if (read?.ok === true) letThroughOf(context, project).add(idOf(file), sha256(read.value));
}
