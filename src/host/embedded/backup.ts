/** Copies of the journal outside the tree, made while it is written. */
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { instant } from "../../core/calendar.ts";
import type { Files } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import { makeLastingFolder } from "../../port/lasting-folder.ts";
import { copyDatabase } from "./database.ts";
import { writeWholeLater } from "./whole-file.ts";

export interface Backup {
  readonly path: string;
  /** The first letters of the name of the journal it is a copy of. */
  readonly journal: string;
  /** When the copy was whole, ms since the epoch. */
  readonly at: number;
  readonly bytes: number;
}

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

const JOURNAL_LETTERS = 12;

/** By journal and time, so that a new journal's copies do not take the place of the old one's. */
export function backupFile(folder: string, journalId: string, at: number): string {
  const time = instant(at).replaceAll(/[-:]|\.\d+/g, "");
  return join(folder, `${journalId.slice(0, JOURNAL_LETTERS)}-${time}.db`);
}

const NAME = /^([0-9a-f]{12})-\d{8}T\d{6}Z\.db$/;

/** Whole copies only, the newest first. */
export function backupsIn(files: Files, folder: string): readonly Backup[] {
  const found = files.list(folder).flatMap(({ name, kind }): readonly Backup[] => {
    const journal = NAME.exec(name)?.[1];
    const path = join(folder, name);
    const stat = journal === undefined || kind !== "file" ? null : files.stat(path);
    if (journal === undefined || stat === null) return [];
    return [{ path, journal, at: stat.modifiedMs, bytes: stat.size }];
  });
  return found.sort((left, right) => right.at - left.at || (left.path < right.path ? 1 : -1));
}

const DAY_MS = 86_400_000;
/** Of one journal: the newest, and the newest that is older than each of these. */
const NEWEST = 3;
const OLDER_MS: readonly number[] = [DAY_MS, 7 * DAY_MS];
/** Of journals that the project had before: one copy each, of so many. */
const EARLIER_JOURNALS = 5;

/** The copies that nobody misses once there is a newer one of this journal. */
export function dispensable(copies: readonly Backup[], journalId: string, now: number): readonly Backup[] {
  const journal = journalId.slice(0, JOURNAL_LETTERS);
  const own = copies.filter((copy) => copy.journal === journal);
  const aged = OLDER_MS.flatMap((age) => own.find(({ at }) => now - at > age) ?? []);
  const earlier = copies.filter((copy) => copy.journal !== journal);
  const last = earlier.filter(
    (copy, place) => earlier.findIndex((other) => other.journal === copy.journal) === place,
  );
  const kept = new Set([...own.slice(0, NEWEST), ...aged, ...last.slice(0, EARLIER_JOURNALS)]);
  return copies.filter((copy) => !kept.has(copy));
}

/** Under its name only when it is whole and on the disk. */
export async function copyJournal(files: Files, from: string, target: string): Promise<void> {
  makeLastingFolder(files, dirname(target));
  await writeWholeLater(files, target, (path) => copyDatabase(from, path));
}
