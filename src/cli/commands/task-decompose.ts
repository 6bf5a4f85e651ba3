/** decapod task decompose: a task of a loop taken apart into tasks of their own, by a template. */
import { EXIT } from "../../core/problem.ts";
import { decompose, type Part, readyToDecompose } from "../../exchange/maintask/decompose.ts";
import {
  type Chosen,
  chooseDecomposition,
  findDecomposition,
} from "../../exchange/maintask/decompositions.ts";
import type { Files } from "../../port/files.ts";
import { type Context, flagOption, hint, type Options, projectOf, textOption } from "../context.ts";
import { jsonText } from "../json.ts";
import { loopTaskNamed, streamWords } from "../maintask/here.ts";
import { streamHere } from "../maintask/stream-here.ts";
import { clean } from "../print.ts";
import { refused, take } from "../refusal.ts";
import { foldersOf } from "../taskfiles/here.ts";

export async function action(
  context: Context,
  [said = ""]: readonly string[],
  options: Options,
): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const stream = streamHere(context, project, options);
  const folders = foldersOf(context, project);
  const how = howAsked(options);
  const task = loopTaskNamed(context, stream, said);
  const description = take(readyToDecompose(folders, task));
  const { decomposition, why } = choose(application.files, project.root, how, {
    name: task.name,
    description,
  });
  const nowMs = application.clock.wall();
  const { shown, parts } = take(decompose(folders, stream, { task, decomposition, description, nowMs }));
  if (globals.json) {
    const parent = { name: task.name, state: "running", stream: stream.name, file: shown };
    const subtasks = parts.map((part) => ({
      name: part.name,
      file: part.shown,
      folder: part.folder,
      isNew: part.isNew,
    }));
    out.line(jsonText({ schemaVersion: 1, task: parent, template: decomposition.name, subtasks }));
    return EXIT.done;
  }
  const because = why === "" ? "" : `: ${why}`;
  out.line(`${out.paint("green", "✓ decomposed")}  ${task.name} with ${decomposition.name}${clean(because)}`);
  out.lines(parts.map((part) => `  ${clean(part.shown)}${part.isNew ? "" : "  was there"}`));
  const [first] = parts;
  if (first !== undefined) hint(context, `next: ${nextOf(context, first, streamWords(stream), task.name)}`);
  return EXIT.done;
}

function nextOf({ application }: Context, { name }: Part, more: string, parent: string): string {
  const short = name.slice(parent.length + 1);
  return `${application.calledAs} main-task update continue "Execute ${short} subtask" --task ${name}${more}`;
}

/** The name of a template; null to choose one. */
function howAsked(options: Options): string | null {
  const [template, isAuto] = [textOption(options, "template"), flagOption(options, "auto")];
  if ((template !== null) !== isAuto) return template;
  throw refused(
    "E_OPTIONS",
    isAuto ? "--auto and --template exclude each other" : "it is not said how the task is to be taken apart",
    isAuto ? "keep one of them" : "--auto, or --template NAME",
  );
}

function choose(
  files: Files,
  root: string,
  template: string | null,
  task: { readonly name: string; readonly description: string },
): Chosen {
  if (template === null) return take(chooseDecomposition(files, root, task));
  return { decomposition: take(findDecomposition(files, root, template)), why: "" };
}
