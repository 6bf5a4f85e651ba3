/** decapod main-task read: where a loop stands. */
import { EXIT } from "../../core/problem.ts";
import { type Context, type Options, placeOf } from "../context.ts";
import { cursorHere } from "../maintask/cursor-here.ts";
import { cursorLines } from "../maintask/cursor-lines.ts";
import { streamHere } from "../maintask/stream-here.ts";

export async function action(context: Context, _words: readonly string[], options: Options): Promise<number> {
  const stream = streamHere(context, placeOf(context), options);
  const { status, next, task, focus } = cursorHere(context, stream);
  // These four and nothing more: scripts of the founding texts read them.
  if (context.globals.json) context.out.line(JSON.stringify({ status, next, task, focus }));
  else context.out.lines(cursorLines({ status, next, task, focus }));
  return EXIT.done;
}
