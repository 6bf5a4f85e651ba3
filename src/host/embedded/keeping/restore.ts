/**
 * Puts a backup in the place of the journal. What was there is moved aside first and kept. Killed at any moment, this
 * leaves the old journal, the new one, or none and says so at the next start: never a mixture of the two.
 */
import { basename, dirname, join } from "node:path";
import { instant } from "../../../core/calendar.ts";
import { bad, good, type Problem, type Result } from "../../../core/problem.ts";
import type { Clock } from "../../../port/clock.ts";
import type { Files } from "../../../port/files.ts";
import type { Random } from "../../../port/random.ts";
import { connect, copyDatabase, type Database } from "../database.ts";
import { journalProblem, problemOf } from "../faults.ts";
import { DATABASE_FILE } from "../guard.ts";
import { openJournal } from "../open-journal.ts";
import { becomeOwner } from "../owner.ts";
import { Reads } from "../reads.ts";
import { MARK_FILE, makeMark, NO_MARK, readMark } from "../sidecar.ts";
import { type Verified, verifyJournal } from "../verify.ts";
import { type Heads, headsOf, type Loss, lossesOf, lossText } from "./losses.ts";

export interface Restoring {
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  readonly stateFolder: string;
  /** The copy to go back to. It is read, never changed. */
  readonly backup: string;
  /** Goes back even where the journal is whole and holds more. */
  readonly replace: boolean;
}

export interface Restored {
  readonly runs: number;
  readonly entries: number;
  /** Where the journal lies that was here; null when there was none. */
  readonly kept: string | null;
  readonly losses: readonly Loss[];
  /** Entries that there were and that can be read nowhere any more, beside the losses. */
  readonly unreadable: number;
}

/** The log before the database: SQLite would put the log of one database into another. */
const FILES = [`${DATABASE_FILE}-wal`, `${DATABASE_FILE}-shm`, DATABASE_FILE, MARK_FILE] as const;
const FOLDER = "restoring";

export async function restoreJournal(restoring: Restoring): Promise<Result<Restored>> {
  const { files, stateFolder } = restoring;
  if (files.statTarget(restoring.backup)?.kind !== "file") return bad(noBackup(restoring.backup));
  const owner = becomeOwner(stateFolder);
  if (!owner.ok) return owner;
  try {
    return await restoreOwned(restoring);
  } catch (thrown) {
    return bad(problemOf(thrown, stateFolder));
  } finally {
    files.removeTree(join(stateFolder, FOLDER));
    owner.value.release();
  }
}

function noBackup(path: string): Problem {
  const hint = "decapod db restore --latest takes the newest backup of this project";
  return { code: "E_NOT_FOUND", message: `there is no backup ${path}`, hint };
}

async function restoreOwned(restoring: Restoring): Promise<Result<Restored>> {
  const { files, stateFolder, backup, replace } = restoring;
  const prepared = await prepare(restoring);
  if (!prepared.ok) return prepared;
  const here = surveyOf(files, stateFolder);
  const { losses } = here;
  // It may be whole: nobody could look.
  if (here.verified.refused !== null && !replace) return bad(here.verified.refused);
  if (here.isWhole && losses.length > 0 && !replace) return bad(wouldLose(losses));
  const kept = moveAside(restoring);
  const next = join(stateFolder, FOLDER);
  for (const name of [MARK_FILE, DATABASE_FILE]) files.rename(join(next, name), join(stateFolder, name));
  files.syncFolder(stateFolder);
  const opened = openJournal({ ...restoring, folder: stateFolder, durability: "durable" });
  if (!opened.ok) return opened;
  const { runs, readable } = prepared.value;
  const from = kept === null ? "" : `, the one before it is in ${kept}`;
  opened.value.audit("journal.restored", `${readable} entries of ${backup}${from}`);
  await opened.value.synced();
  await opened.value.close();
  const unreadable = unknownLoss(here, prepared.value);
  return good({ runs, entries: readable, kept, losses, unreadable });
}

/** A copy of the copy beside the journal, checked as a whole. */
async function prepare({ files, stateFolder, backup }: Restoring): Promise<Result<Verified>> {
  const folder = join(stateFolder, FOLDER);
  files.removeTree(folder);
  files.makeFolder(folder);
  // Before the copy: a journal in use goes on, and its mark must not be ahead of what was copied.
  const mark = basename(backup) === DATABASE_FILE ? readMark(files, dirname(backup)) : NO_MARK;
  await copyBackup(files, backup, join(folder, DATABASE_FILE));
  makeMark(files, folder, typeof mark === "string" ? NO_MARK : mark);
  const verified = verifyJournal(folder, files);
  const [first] = verified.damage;
  if (first !== undefined || verified.tail.number === 0) {
    const why = first ?? "it holds no journal";
    return bad(
      journalProblem(`the backup ${backup} cannot be used: ${why}`, "nothing was changed; take another one"),
    );
  }
  makeMark(files, folder, verified.tail);
  const database = files.open(join(folder, DATABASE_FILE), "write");
  try {
    database.syncData();
  } finally {
    database.close();
  }
  return good(verified);
}

/** A whole journal may lie there, with commits in its log: SQLite reads both. A copy made by us has none. */
async function copyBackup(files: Files, backup: string, target: string): Promise<void> {
  const hasLog = (files.stat(`${backup}-wal`)?.size ?? 0) > 0;
  if (hasLog) await copyDatabase(backup, target);
  else files.copy(backup, target);
  files.setMode(target, 0o600);
}

/** Entries that the mark knows of, and that stand neither in the backup nor among the losses. */
function unknownLoss({ verified, losses, isSame }: Here, backup: Verified): number {
  if (!isSame) return verified.entries - verified.readable;
  const listed = losses.reduce(
    (sum, { from, to }) => sum + (from === null || to === null ? 0 : to - from + 1),
    0,
  );
  return Math.max(0, verified.entries - backup.readable - listed);
}

interface Here {
  readonly verified: Verified;
  readonly losses: readonly Loss[];
  /** It and the backup have a run in common, or nothing of it is known. */
  readonly isSame: boolean;
  readonly isWhole: boolean;
}

/** What can be known of the journal that is here, however damaged it is, and what of it the backup lacks. */
function surveyOf(files: Files, stateFolder: string): Here {
  const verified = verifyJournal(stateFolder, files);
  const isThere = (files.stat(join(stateFolder, DATABASE_FILE))?.size ?? 0) > 0;
  const isWhole = isThere && verified.damage.length === 0;
  const folders = files.list(join(stateFolder, "runs")).map(({ name }) => name);
  const compared = withHeads(join(stateFolder, FOLDER), (backup) =>
    withHeads(stateFolder, (read) => {
      const heads: Heads = new Map([...folders.map((run) => [run, null] as const), ...read]);
      const isSame = heads.size === 0 || [...heads.keys()].some((run) => backup.has(run));
      return { losses: lossesOf(heads, backup), isSame };
    }),
  );
  return { verified, isWhole, ...compared };
}

/** Nothing is there where the database cannot be read at all. */
function withHeads<T>(folder: string, body: (heads: Heads) => T): T {
  let database: Database | null = null;
  let heads: Heads = new Map();
  try {
    database = connect(join(folder, DATABASE_FILE), { readOnly: true });
    heads = headsOf(new Reads(database, false));
  } catch {
    // What is damaged so far was said when it was verified.
  }
  try {
    return body(heads);
  } finally {
    database?.close();
  }
}

/** So many losses are named in a refusal. */
const NAMED_MAX = 3;

function wouldLose(losses: readonly Loss[]): Problem {
  const runs = losses.length === 1 ? "1 run" : `${losses.length} runs`;
  const named = losses.slice(0, NAMED_MAX).map(lossText).join("; ");
  const more = losses.length > NAMED_MAX ? `; and of ${losses.length - NAMED_MAX} more` : "";
  return {
    code: "E_CONFLICT",
    message: `the journal here is whole and holds more than the backup, of ${runs}: ${named}${more}; nothing was changed`,
    hint: "--replace goes back all the same and keeps what is here",
  };
}

/** Into a folder of its own beside; null when nothing was there. */
function moveAside({ files, clock, stateFolder }: Restoring): string | null {
  const there = FILES.filter((name) => files.exists(join(stateFolder, name)));
  if (there.length === 0) return null;
  const folder = freeName(files, join(stateFolder, `replaced-${timeText(clock)}`));
  files.makeFolder(folder);
  for (const name of there) files.rename(join(stateFolder, name), join(folder, name));
  files.syncFolder(folder);
  files.syncFolder(stateFolder);
  return folder;
}

function timeText(clock: Clock): string {
  return instant(clock.wall()).replaceAll(/[-:]|\.\d+/g, "");
}

/** What was kept a moment ago is not written over. */
function freeName(files: Files, path: string): string {
  if (!files.exists(path)) return path;
  let number = 2;
  while (files.exists(`${path}-${number}`)) number += 1;
  return `${path}-${number}`;
}
