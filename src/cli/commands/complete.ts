/** decapod __complete: `value<tab>what` lines for a shell, then `:files` or `:folders` where the shell is to add them. */
import { EXIT } from "../../core/problem.ts";
import { complete, understand } from "../completion/complete.ts";
import { sourcesOf } from "../completion/sources.ts";
import { type Context, flagOption, type Options } from "../context.ts";
import type { CommandTable } from "../registry/words.ts";
import { topicCandidates } from "../topics.ts";

/** More than these nobody reads. */
const CANDIDATES_MAX = 200;

export async function action(
  { application, out }: Context,
  words: readonly string[],
  options: Options,
  table: CommandTable,
): Promise<number> {
  const typed = flagOption(options, "new") ? [...words, ""] : words;
  const said = understand(typed.slice(0, -1), table);
  const project = table.globalOptions.find(({ flags }) => flags.startsWith("--project "));
  const asked = project === undefined ? null : (said.options.get(project) ?? null);
  const { candidates, files } = complete(typed, sourcesOf(application, asked, topicCandidates), table);
  // What a shell would take for two lines or columns is left out.
  const shown = candidates.filter(({ value }) => !/\p{Cc}/u.test(value)).slice(0, CANDIDATES_MAX);
  out.lines(shown.map(({ value, what }) => (what === "" ? value : `${value}\t${what.replace(/\s+/g, " ")}`)));
  if (files !== null) out.line(`:${files}`);
  return EXIT.done;
}
