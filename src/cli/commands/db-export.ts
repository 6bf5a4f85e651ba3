/** decapod db export: the journal as one file of JSON lines. */
import { dirname, resolve } from "node:path";
import { EXIT } from "../../core/problem.ts";
import { exportJournal } from "../../host/embedded/keeping/export.ts";
import { bytesText } from "../../host/embedded/keeping/size.ts";
import type { Context } from "../context.ts";
import { answer, keepingOf, noJournal } from "../keeping.ts";
import { refused, take } from "../refusal.ts";
import { count } from "../text.ts";

export async function action(context: Context, words: readonly string[]): Promise<number> {
  const { files, cwd } = context.application;
  const { stateFolder } = keepingOf(context);
  const file = resolve(cwd, words[0] ?? "");
  if (files.exists(file))
    throw refused("E_CONFLICT", `${file} is there already`, "name a file that is not there yet");
  if (files.statTarget(dirname(file))?.kind !== "folder")
    throw refused("E_NOT_FOUND", `there is no folder ${dirname(file)}`, "make it first");
  const exported = take(exportJournal(files, stateFolder, file));
  if (exported === null) throw noJournal(context);
  const { runs, entries, outputs, bytes } = exported;
  answer(context, { exported: { file, runs, entries, outputs, bytes } }, [
    `✓ exported to ${file}: ${count(runs, "run")}, ${entries} entries, ${count(outputs, "output")} (${bytesText(bytes)})`,
  ]);
  return EXIT.done;
}
