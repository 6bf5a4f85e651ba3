/** decapod run of a task file: the same as decapod work. */
import { action as work } from "../commands/work.ts";
import type { Context, Options } from "../context.ts";
import { usage } from "../refusal.ts";

/** Of a workflow; a task file says itself what it is done with. */
const OF_WORKFLOWS: ReadonlyMap<string, string> = new Map([
  ["var", "--var"],
  ["inputs", "--inputs"],
  ["dryRun", "--dry-run"],
  ["only", "--only"],
  ["from", "--from"],
  ["until", "--until"],
  ["rehearse", "--rehearse"],
  ["label", "--label"],
  ["key", "--key"],
  ["todo", "--todo"],
]);

export async function runTaskFile(
  context: Context,
  words: readonly string[],
  options: Options,
): Promise<number> {
  for (const [name, flag] of OF_WORKFLOWS)
    if (options[name] !== undefined)
      throw usage(
        `${flag} is for workflows, and means nothing for a task file`,
        `leave ${flag} out; ${context.application.calledAs} task lint FILE looks at it and starts nothing`,
      );
  return work(context, words, options);
}
