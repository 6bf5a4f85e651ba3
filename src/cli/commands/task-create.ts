/** decapod task create: a task of a loop, as a file that a fresh agent can begin with, and its folder. */
import { EXIT } from "../../core/problem.ts";
import { createTask } from "../../exchange/maintask/create-task.ts";
import { type Context, hint, type Options, projectOf, textOption } from "../context.ts";
import { jsonText } from "../json.ts";
import { streamWords } from "../maintask/here.ts";
import { streamHere } from "../maintask/stream-here.ts";
import { clean } from "../print.ts";
import { take } from "../refusal.ts";
import { foldersOf } from "../taskfiles/here.ts";

export async function action(
  context: Context,
  [name = ""]: readonly string[],
  options: Options,
): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const stream = streamHere(context, project, options);
  const description = textOption(options, "description");
  const task = { name, title: null, description, outputs: [], parent: null };
  const nowMs = application.clock.wall();
  const { shown, folder } = take(createTask(foldersOf(context, project), stream, { task, nowMs }));
  if (globals.json) {
    const made = { name, state: "pending", stream: stream.name, file: shown, folder };
    out.line(jsonText({ schemaVersion: 1, task: made }));
    return EXIT.done;
  }
  out.line(`${out.paint("green", "✓ written")}  ${clean(shown)}`);
  out.line(`${out.paint("green", "✓ made")}     ${clean(folder)}/`);
  const more = streamWords(stream);
  hint(context, `next: ${application.calledAs} task decompose ${name} --auto${more}`);
  return EXIT.done;
}
