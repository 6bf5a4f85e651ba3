/** decapod db restore: back to a backup. Keeps what was there, and says what is lost. */
import { resolve } from "node:path";
import { instant } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import { backupsIn } from "../../host/embedded/backup.ts";
import { lossText } from "../../host/embedded/keeping/losses.ts";
import { type Restored, restoreJournal } from "../../host/embedded/keeping/restore.ts";
import { realRandom } from "../../port/random.ts";
import { type Context, flagOption, hint, type Options } from "../context.ts";
import { answer, type Keeping, keepingOf } from "../keeping.ts";
import { refused, take, usage } from "../refusal.ts";
import { count } from "../text.ts";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { files, clock } = context.application;
  const keeping = keepingOf(context);
  const backup = chosen(context, keeping, words[0], flagOption(options, "latest"));
  const { stateFolder } = keeping;
  const replace = flagOption(options, "replace");
  const restored = take(
    await restoreJournal({ files, clock, random: realRandom, stateFolder, backup, replace }),
  );
  answer(context, documentOf(backup, restored), linesOf(backup, restored));
  if (restored.losses.length > 0)
    hint(context, "what those runs did outside is not undone: look before you start them again");
  hint(context, `next: ${context.application.calledAs} runs`);
  return EXIT.done;
}

function chosen(
  { application }: Context,
  { backups }: Keeping,
  given: string | undefined,
  latest: boolean,
): string {
  const { files, cwd, calledAs } = application;
  if (given !== undefined && latest)
    throw usage("a file and --latest exclude each other", "name one of them");
  if (given !== undefined) return resolve(cwd, given);
  const [newest] = backupsIn(files, backups);
  if (newest === undefined) {
    const message = `there is no backup of this project in ${backups}`;
    const hint = `${calledAs} db backup makes one of what is here; a copy that lies elsewhere is taken by its path`;
    throw refused("E_NOT_FOUND", message, hint);
  }
  if (latest) return newest.path;
  const message = `no backup is named; the newest is of ${instant(newest.at)}, in ${backups}`;
  throw usage(message, `${calledAs} db restore --latest`);
}

function documentOf(backup: string, { runs, entries, kept, losses, unreadable }: Restored): object {
  return { restored: { file: backup, runs, entries }, kept, lost: losses, unreadable };
}

function linesOf(backup: string, { runs, entries, kept, losses, unreadable }: Restored): readonly string[] {
  return [
    `✓ restored from ${backup}: ${count(runs, "run")}, ${count(entries, "entry").replace("entrys", "entries")}`,
    ...losses.map((loss) => `  lost: ${lossText(loss)}`),
    ...(unreadable > 0
      ? [`  lost: ${unreadable} more entries that could not be read, of which runs is not known`]
      : []),
    ...(losses.length === 0 && unreadable === 0 ? ["  nothing is known to be lost"] : []),
    ...(kept === null ? [] : [`  what was here is kept in ${kept}`]),
  ];
}
