/** decapod man: the manual page as man reads it. */
import { EXIT } from "../../core/problem.ts";
import { type Context, hint, type Options } from "../context.ts";
import { manPage } from "../man.ts";
import type { CommandTable } from "../registry/words.ts";

export async function action(
  context: Context,
  _words: readonly string[],
  _options: Options,
  table: CommandTable,
): Promise<number> {
  const { out, application } = context;
  out.output.write(manPage(table, application.version));
  if (out.isTerminal) hint(context, `to read it: ${application.calledAs} man | man -l -`);
  return EXIT.done;
}
