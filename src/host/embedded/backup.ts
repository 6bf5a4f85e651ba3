/** Copies of the journal outside the tree, made while it is written. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { Files } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import { copyDatabase } from "./database.ts";

/** The user's state folder (XDG), by project, so that cleaning the tree leaves it alone. */
export function backupFolder(
  projectRoot: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const given = environment.XDG_STATE_HOME ?? "";
  // The specification says that a relative path is to be ignored.
  const state = isAbsolute(given) ? given : join(environment.HOME ?? homedir(), ".local", "state");
  return join(state, "decapod", sha256(projectRoot).slice(0, 16));
}

/** One copy for each journal the project has had, so that a new one does not overwrite the old one's. */
export function backupFile(folder: string, journalId: string): string {
  return join(folder, `${journalId.slice(0, 12)}.db`);
}

/** Under its name only when it is whole and on the disk. */
export async function copyJournal(files: Files, from: string, target: string): Promise<void> {
  const folder = target.slice(0, target.lastIndexOf("/"));
  const temporary = `${target}.tmp`;
  files.makeFolder(folder);
  files.remove(temporary);
  files.open(temporary, "create").close();
  await copyDatabase(from, temporary);
  const file = files.open(temporary, "write");
  try {
    await file.syncDataLater();
  } finally {
    file.close();
  }
  files.rename(temporary, target);
  files.syncFolder(folder);
}
