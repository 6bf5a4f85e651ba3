/**
 * What is done for the journal's safety while work goes on: a copy outside the tree when a run has closed, at most
 * every 5 minutes, and a word when the state folder has grown large. A run waits for none of it and fails of none.
 */
import type { Problem } from "../../../core/problem.ts";
import type { Change } from "../../../core/replay.ts";
import type { Clock } from "../../../port/clock.ts";
import { errorCode, type Files } from "../../../port/files.ts";
import { backupFile, backupsIn, dispensable } from "../backup.ts";
import { problemOf } from "../faults.ts";
import { DATABASE_FILE } from "../guard.ts";
import { bytesText, LARGE_STATE_BYTES, SPARE_BYTES, sizeInTurns } from "./size.ts";

export interface UpkeepParts {
  readonly files: Files;
  readonly clock: Clock;
  readonly stateFolder: string;
  /** Where the copies go; absent: none are made. */
  readonly backups?: string;
  readonly journal: { readonly id: string; backup(target: string): Promise<void> };
}

/** Where it is heard that a run has closed. */
export interface Observed {
  observe(listener: (changes: readonly Change[]) => void): void;
}

const EVERY_MS = 5 * 60_000;
/** The end of a command waits so long for a copy; the next run that closes makes another attempt. */
const WAIT_MS = 5_000;
/** A walk over more files than this would itself be felt. */
const FILES_MAX = 20_000;

export class Upkeep {
  readonly #parts: UpkeepParts;
  #copying: Promise<void> | null = null;
  /** As often as a copy is made, not with every run: it is a walk over everything that earlier runs left. */
  #isSizeDue = false;
  /** Of the last copy: null when it was made. */
  #unmade: Problem | null = null;
  #notices: readonly Problem[] = [];

  constructor(parts: UpkeepParts, host: Observed) {
    this.#parts = parts;
    host.observe((changes) => this.#happened(changes));
  }

  /** What a person should hear of it, after the end. */
  get notices(): readonly Problem[] {
    return this.#notices;
  }

  async end(): Promise<void> {
    if (this.#copying !== null) await this.#waited(this.#copying);
    const large = this.#isSizeDue ? await largeState(this.#parts) : null;
    this.#notices = [this.#unmade, large].filter((problem) => problem !== null);
  }

  /** A copy is begun when a run closes, and made in the thread pool. */
  #happened(changes: readonly Change[]): void {
    const { backups } = this.#parts;
    if (backups === undefined || !changes.some(isRunClosed)) return;
    if (this.#copying !== null || !this.#isDue(backups)) return;
    this.#isSizeDue = true;
    this.#copying = copyNow({ ...this.#parts, backups }).then((unmade) => {
      this.#copying = null;
      this.#unmade = unmade;
    });
  }

  #isDue(backups: string): boolean {
    const { files, journal, clock } = this.#parts;
    try {
      const newest = backupsIn(files, backups).find((copy) => journal.id.startsWith(copy.journal));
      // A copy from the future, after the clock was set back, is no reason to make none.
      const ageMs = newest === undefined ? EVERY_MS : Math.abs(clock.wall() - newest.at);
      return ageMs >= EVERY_MS;
    } catch {
      return true;
    }
  }

  #waited(copying: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const late = () => {
        this.#unmade = unmade(`it takes longer than ${WAIT_MS / 1000} s`, "decapod db backup makes one");
        resolve();
      };
      const cancel = this.#parts.clock.after(WAIT_MS, late, { hold: true });
      void copying.then(() => {
        cancel();
        resolve();
      });
    });
  }
}

/** One that was nobody's child. */
function isRunClosed({ after }: Change): boolean {
  return after.endedAt !== null && after.start.parent === null;
}

/** null when the copy is there. Never throws. */
async function copyNow(parts: UpkeepParts & { readonly backups: string }): Promise<Problem | null> {
  const { files, clock, stateFolder, backups, journal } = parts;
  try {
    // Read from the journal, which may be closed while the copy is made.
    const { id } = journal;
    files.makeFolder(backups);
    const refused = roomProblem(files, { stateFolder, backups });
    if (refused !== null) return refused;
    await journal.backup(backupFile(backups, id, clock.wall()));
    for (const { path } of dispensable(backupsIn(files, backups), id, clock.wall())) files.remove(path);
    return null;
  } catch (thrown) {
    const why = errorCode(thrown) === "" ? reasonOf(thrown, backups) : `${backups}: ${errorCode(thrown)}`;
    return unmade(why, "decapod db backup FILE puts one elsewhere");
  }
}

function reasonOf(thrown: unknown, folder: string): string {
  try {
    return problemOf(thrown, folder).message;
  } catch {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** F60: a copy that would fill the disk is not made. */
export function roomProblem(
  files: Files,
  { stateFolder, backups }: { readonly stateFolder: string; readonly backups: string },
): Problem | null {
  const database = `${stateFolder}/${DATABASE_FILE}`;
  const needed = [database, `${database}-wal`].reduce((sum, path) => sum + (files.stat(path)?.size ?? 0), 0);
  const free = files.freeBytes(backups);
  if (needed + SPARE_BYTES <= free) return null;
  const why = `${bytesText(needed)} are needed in ${backups}, and ${bytesText(free)} are free`;
  return unmade(why, "free some space, or put one elsewhere: decapod db backup FILE");
}

function unmade(why: string, hint: string): Problem {
  return { code: "W_BACKUP", message: `the journal was not backed up: ${why}`, hint };
}

async function largeState(parts: UpkeepParts): Promise<Problem | null> {
  const { stateFolder } = parts;
  const { bytes, isWhole } = await sizeInTurns(parts, stateFolder, FILES_MAX);
  if (bytes < LARGE_STATE_BYTES) return null;
  return {
    code: "W_STATE_LARGE",
    message: `${stateFolder} holds ${isWhole ? "" : "more than "}${bytesText(bytes)}`,
    hint: "decapod db gc --dry-run says what may go",
  };
}
