/** decapod db import: an export as the journal of a project that has none. */
import { resolve } from "node:path";
import { EXIT } from "../../core/problem.ts";
import { importJournal } from "../../host/embedded/keeping/import.ts";
import { realRandom } from "../../port/random.ts";
import { type Context, hint } from "../context.ts";
import { answer, keepingOf } from "../keeping.ts";
import { take } from "../refusal.ts";
import { count } from "../text.ts";

export async function action(context: Context, words: readonly string[]): Promise<number> {
  const { application } = context;
  const { files, clock, cwd, calledAs } = application;
  const { project, stateFolder } = keepingOf(context);
  const file = resolve(cwd, words[0] ?? "");
  const { link } = application.deciding(project);
  const imported = take(await importJournal({ files, clock, random: realRandom, stateFolder, file, link }));
  const { runs, entries, outputs } = imported;
  answer(context, { imported: { file, runs, entries, outputs } }, [
    `✓ imported ${file}: ${count(runs, "run")}, ${entries} entries, ${count(outputs, "output")}; every chain is whole`,
  ]);
  hint(context, `next: ${calledAs} runs`);
  return EXIT.done;
}
