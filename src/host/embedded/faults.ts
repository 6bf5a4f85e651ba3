/** What SQLite and the file system throw, as problems with a code and a way out. */
import { join } from "node:path";
import type { Problem } from "../../core/problem.ts";
import { errorCode } from "../../port/files.ts";
import { writeLockHolder } from "../../port/lock-table.ts";
import { ownershipText } from "../../port/ownership.ts";
import { refusesWrites } from "../../port/refuses-writes.ts";
import { isOutOfRange, sqliteCode } from "./database.ts";
import { JournalFault, StoreFault } from "./fault.ts";
import { ROOM_TEXT } from "./reserve.ts";

const OTHER = 1;
const PERMISSION = 3;
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const CONSTRAINT = 19;
const NOT_A_DATABASE = 26;

export function journalProblem(message: string, hint = REPAIR): Problem {
  return { code: "E_JOURNAL", message, hint };
}

const REPAIR =
  "nothing was changed; `decapod db check` says what is wrong, `decapod db restore --latest` goes back to the newest backup";

/** For damage to the read model only. */
export const REBUILD_HINT =
  "the journal itself may be whole: only its lists are damaged; keep the folder and report this";

/** The problem behind anything thrown while the journal was used; throws it on when it is a bug of ours. */
export function problemOf(thrown: unknown, folder: string): Problem {
  if (thrown instanceof StoreFault || thrown instanceof JournalFault) return thrown.problem;
  if (isDamage(thrown)) return journalProblem(`the journal in ${folder} is damaged: ${messageOf(thrown)}`);
  const known = sqliteProblem(sqliteCode(thrown), folder) ?? systemProblem(errorCode(thrown), folder);
  if (known !== null) return known;
  if (thrown instanceof Error && (sqliteCode(thrown) !== 0 || errorCode(thrown) !== "")) {
    return {
      code: "E_IO",
      message: `the journal in ${folder} cannot be used: ${thrown.message}`,
      hint: IO_HINT,
    };
  }
  throw thrown;
}

const IO_HINT =
  "look at the disk and its messages; what was acknowledged is verified when the journal is opened again";

function sqliteProblem(code: number, folder: string): Problem | null {
  switch (code) {
    case BUSY:
    case LOCKED:
      return busy(folder);
    case FULL:
      return {
        code: "E_DISK_FULL",
        message: `no space left for the journal in ${folder}`,
        hint: `free at least ${ROOM_TEXT}; nothing that was acknowledged is lost`,
      };
    case READ_ONLY:
    case PERMISSION:
      return readOnly(folder);
    // A file system that turned read-only under what was open is told apart from a broken disk by another write alone.
    case IO_ERROR:
      return refusesWrites(folder) === "EROFS" ? readOnly(folder) : null;
    case CANNOT_OPEN:
      return {
        code: "E_IO",
        message: `the journal in ${folder} cannot be opened`,
        hint: "the folder and decapod.db must belong to you",
      };
    case CONSTRAINT:
      return {
        code: "E_LOCKED",
        message: `another process has written into the journal in ${folder}`,
        hint: "only the owner of a project may write; look for a second decapod",
      };
    default:
      return null;
  }
}

function systemProblem(code: string, folder: string): Problem | null {
  if (code === "ENOSPC" || code === "EDQUOT") return sqliteProblem(FULL, folder);
  if (code === "EMFILE" || code === "ENFILE") {
    return {
      code: "E_FDS",
      message: `no file handles left for the journal in ${folder}`,
      hint: "raise the limit (ulimit -n), or use fewer --slots",
    };
  }
  if (code === "EROFS") return readOnly(folder);
  if (code === "EACCES" || code === "EPERM") return closed(folder);
  return null;
}

function busy(folder: string): Problem {
  const path = join(folder, "decapod.db");
  const holder = writeLockHolder([path, `${path}-shm`]);
  const name = holder?.name ? ` (${holder.name})` : "";
  const who = holder === null ? "another process" : `process ${holder.pid}${name}`;
  return {
    code: "E_BUSY",
    message: `the journal in ${folder} is in use by ${who}`,
    hint: "close the program that holds decapod.db open",
  };
}

function readOnly(folder: string): Problem {
  return {
    code: "E_READ_ONLY",
    message: `${folder} cannot be written`,
    hint: "make the folder writable; reading still works",
  };
}

function closed(folder: string): Problem {
  return {
    code: "E_READ_ONLY",
    message: `${folder} cannot be used (no permission): ${ownershipText(folder)}`,
    hint: "open it to yourself: chmod u+rwx, or chown",
  };
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message.slice(0, 200) : "";
}

/** SQLite found the file damaged, not to be a database, or without the tables and columns that a journal has. */
export function isDamage(thrown: unknown): boolean {
  const code = sqliteCode(thrown);
  return code === CORRUPT || code === NOT_A_DATABASE || code === OTHER || isOutOfRange(thrown);
}

/** Of damage. A file that begins as no database does was mostly never one. */
export function damageText(thrown: unknown): string {
  return sqliteCode(thrown) === NOT_A_DATABASE
    ? "the file is no database"
    : "the database file is damaged where this is kept";
}

/** What a failed commit is to the engine. A full disk and a busy file may pass; anything else ends this opening. */
export function storeFault(thrown: unknown, folder: string): StoreFault {
  if (thrown instanceof StoreFault) return thrown;
  const problem = problemOf(thrown, folder);
  return new StoreFault(problem, problem.code === "E_BUSY" || problem.code === "E_DISK_FULL", thrown);
}
