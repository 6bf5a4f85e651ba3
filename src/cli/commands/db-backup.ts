/** decapod db backup: a copy of the journal, also while runs go on. */
import { dirname, resolve } from "node:path";
import { instant } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import { backupFile, copyJournal } from "../../host/embedded/backup.ts";
import { connect } from "../../host/embedded/database.ts";
import { DATABASE_FILE } from "../../host/embedded/guard.ts";
import { bytesText } from "../../host/embedded/keeping/size.ts";
import { roomProblem } from "../../host/embedded/keeping/upkeep.ts";
import { openReader } from "../../host/embedded/reader.ts";
import { Reads } from "../../host/embedded/reads.ts";
import type { Context } from "../context.ts";
import { answer, type Keeping, keepingOf, noJournal } from "../keeping.ts";
import { Refused, refused, take } from "../refusal.ts";

export async function action(context: Context, words: readonly string[]): Promise<number> {
  const { files, clock, cwd } = context.application;
  const keeping = keepingOf(context);
  const { stateFolder, backups } = keeping;
  const journal = whole(context, keeping);
  const [given] = words;
  const target = given === undefined ? backupFile(backups, journal, clock.wall()) : resolve(cwd, given);
  if (given !== undefined && files.exists(target))
    throw refused("E_CONFLICT", `${target} is there already`, "name a file that is not there yet");
  const folder = dirname(target);
  if (given === undefined) files.makeFolder(folder);
  else if (files.statTarget(folder)?.kind !== "folder")
    throw refused("E_NOT_FOUND", `there is no folder ${folder}`, "make it first");
  const full = roomProblem(files, { stateFolder, backups: folder });
  if (full !== null) throw new Refused([{ ...full, code: "E_DISK_FULL" }]);
  await copyJournal(files, `${stateFolder}/${DATABASE_FILE}`, target);
  const bytes = files.stat(target)?.size ?? 0;
  answer(context, { backup: { file: target, bytes, at: instant(clock.wall()) } }, [
    `✓ backed up: ${target} (${bytesText(bytes)})`,
  ]);
  return EXIT.done;
}

/** The journal's own name. What is damaged is not copied over what is whole. */
function whole(context: Context, { stateFolder, backups }: Keeping): string {
  const reader = take(openReader(stateFolder, context.application.files, { backups }));
  if (reader === null) throw noJournal(context);
  const { damage } = reader;
  reader.close();
  if (damage !== null) throw new Refused([damage]);
  const database = connect(`${stateFolder}/${DATABASE_FILE}`, { readOnly: true });
  try {
    return new Reads(database).id();
  } finally {
    database.close();
  }
}
