/** A copy of the journal outside the tree, or where somebody wants it. */
import { dirname } from "node:path";
import { backupFile, copyJournal } from "../host/embedded/backup.ts";
import { connect } from "../host/embedded/database.ts";
import { DATABASE_FILE } from "../host/embedded/guard.ts";
import { roomProblem } from "../host/embedded/keeping/upkeep.ts";
import { openReader } from "../host/embedded/reader.ts";
import { Reads } from "../host/embedded/reads.ts";
import type { Context } from "./context.ts";
import { type Keeping, noJournal } from "./keeping.ts";
import { Refused, refused, take } from "./refusal.ts";

export interface Copy {
  readonly file: string;
  readonly bytes: number;
}

/** `given`: an absolute path; null: among the backups of the project. */
export async function copyAway(context: Context, keeping: Keeping, given: string | null): Promise<Copy> {
  const { files, clock } = context.application;
  const { stateFolder, backups } = keeping;
  const journal = whole(context, keeping);
  const file = given ?? backupFile(backups, journal, clock.wall());
  if (given !== null && files.exists(file))
    throw refused("E_CONFLICT", `${file} is there already`, "name a file that is not there yet");
  const folder = dirname(file);
  if (given === null) files.makeFolder(folder);
  else if (files.statTarget(folder)?.kind !== "folder")
    throw refused("E_NOT_FOUND", `there is no folder ${folder}`, "make it first");
  const full = roomProblem(files, { stateFolder, backups: folder });
  if (full !== null) throw new Refused([{ ...full, code: "E_DISK_FULL" }]);
  await copyJournal(files, `${stateFolder}/${DATABASE_FILE}`, file);
  return { file, bytes: files.stat(file)?.size ?? 0 };
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
