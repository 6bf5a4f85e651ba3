/** decapod task state: what has become of a task of a loop, as the name of its file and a line in its history. */
import { EXIT } from "../../core/problem.ts";
import { changeState } from "../../exchange/maintask/change-state.ts";
import { isLoopState, LOOP_STATES } from "../../exchange/maintask/loop-task.ts";
import { nearest } from "../../spec/nearest.ts";
import { type Context, flagOption, type Options, projectOf, textOption } from "../context.ts";
import { jsonText } from "../json.ts";
import { loopTaskNamed } from "../maintask/here.ts";
import { streamHere } from "../maintask/stream-here.ts";
import { clean } from "../print.ts";
import { take, usage } from "../refusal.ts";

export async function action(
  context: Context,
  [said = "", to = ""]: readonly string[],
  options: Options,
): Promise<number> {
  const { application, globals, out } = context;
  const stream = streamHere(context, projectOf(context), options);
  if (!isLoopState(to))
    throw usage(
      `"${clean(to, 40)}" is no state of a task`,
      nearest(to, LOOP_STATES) ?? `one of ${LOOP_STATES.join(", ")}`,
    );
  const task = loopTaskNamed(context, stream, said);
  const note = textOption(options, "note");
  const change = { to, note, isAgain: flagOption(options, "again"), nowMs: application.clock.wall() };
  const { shown, changed } = take(changeState(application.files, stream, task, change));
  if (globals.json) {
    const now = { name: task.name, state: to, before: task.state, stream: stream.name, file: shown, changed };
    out.line(jsonText({ schemaVersion: 1, task: now }));
    return EXIT.done;
  }
  const what = changed ? `${task.state} → ${to}` : `is ${to} already`;
  out.line(`${out.paint("green", changed ? "✓ changed" : "✓")}  ${task.name}  ${what}  ${clean(shown)}`);
  return EXIT.done;
}
