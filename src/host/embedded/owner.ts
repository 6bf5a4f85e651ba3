/**
 * One owner per project: the process that holds an exclusive transaction on owner.db. The kernel ends that lock with
 * the process, so none is ever stale. owner.json beside it only tells people who it is; nothing is decided by it.
 */
import { hostname } from "node:os";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { type Clock, realClock } from "../../port/clock.ts";
import { type Files, realFiles, systemError } from "../../port/files.ts";
import { type ProcessTable, realProcessTable } from "../../port/process-table.ts";
import { connect, type Database } from "./database.ts";
import { problemOf } from "./faults.ts";
import { fileSystemType, isNetworkType } from "./network-share.ts";

export const OWNER_DATABASE = "owner.db";
export const OWNER_RECORD = "owner.json";
const TELL_AGAIN_MS = 1_000;

export interface OwnerRecord {
  readonly pid: number;
  /** As the process table of this boot gives it. */
  readonly startTime: string | null;
  readonly boot: string | null;
  readonly host: string;
  /** Wall time, ms since the epoch. */
  readonly since: number;
  readonly socket: string | null;
}

export interface Owner {
  readonly record: OwnerRecord;
  /** Where this owner can be talked to, for those who come later. */
  announce(socket: string): void;
  release(): void;
}

export interface OwnerOptions {
  readonly files?: Files;
  readonly clock?: Clock;
  readonly processes?: ProcessTable;
  /** The type of the file system the folder is on; taken from the system where it is not given. */
  readonly fileSystem?: string | null;
}

export function becomeOwner(folder: string, options: OwnerOptions = {}): Result<Owner> {
  const files = options.files ?? realFiles;
  try {
    files.makeFolder(folder);
    const type = options.fileSystem === undefined ? fileSystemType(files, folder) : options.fileSystem;
    if (type !== null && isNetworkType(type)) return bad(networkProblem(folder, type));
    const path = `${folder}/${OWNER_DATABASE}`;
    if (!files.exists(path)) files.open(path, "write").close();
    const database = connect(path, { readOnly: false, patienceMs: 0 });
    const locked = lock(database, files, folder);
    if (locked !== null) {
      database.close();
      return bad(locked);
    }
    return good(ownerWith(database, folder, { ...options, files }));
  } catch (thrown) {
    return bad(problemOf(thrown, folder));
  }
}

function lock(database: Database, files: Files, folder: string): Problem | null {
  try {
    database.exec("begin exclusive");
    return null;
  } catch (thrown) {
    const problem = problemOf(thrown, folder);
    return problem.code === "E_BUSY" ? lockedProblem(readOwner(files, folder)) : problem;
  }
}

function ownerWith(
  database: Database,
  folder: string,
  options: OwnerOptions & { readonly files: Files },
): Owner {
  const { files, clock = realClock, processes = realProcessTable } = options;
  let record: OwnerRecord = {
    pid: process.pid,
    startTime: processes.row(process.pid)?.startTime ?? null,
    boot: bootId(files),
    host: hostname(),
    since: clock.wall(),
    socket: null,
  };
  const tell = () => files.writeWhole(`${folder}/${OWNER_RECORD}`, `${JSON.stringify(record)}\n`);
  tell();
  let isHeld = true;
  let cancel = () => {};
  // A full disk takes no record for now: until it does, others see an owner that does not answer.
  const tellOnce = () => {
    try {
      tell();
    } catch (error) {
      if (systemError(error) === null) throw error;
      cancel = clock.after(TELL_AGAIN_MS, tellOnce);
    }
  };
  return {
    get record() {
      return record;
    },
    announce: (socket) => {
      record = { ...record, socket };
      cancel();
      tellOnce();
    },
    release: () => {
      if (!isHeld) return;
      isHeld = false;
      cancel();
      // Before the lock goes: afterwards the file may be the next owner's.
      leave(files, `${folder}/${OWNER_RECORD}`);
      database.close();
    },
  };
}

/** Where the disk lets nobody write any more the record stays, and tells of a process that has gone. */
function leave(files: Files, record: string): void {
  try {
    files.remove(record);
  } catch (error) {
    if (systemError(error) === null) throw error;
  }
}

/** Who says to be the owner; it may have died since. null when nobody says so. */
export function readOwner(files: Files, folder: string): OwnerRecord | null {
  try {
    const text = files.readTextIf(`${folder}/${OWNER_RECORD}`);
    return text === null ? null : recordIn(JSON.parse(text));
  } catch {
    return null;
  }
}

function recordIn(value: Partial<Record<keyof OwnerRecord, unknown>>): OwnerRecord | null {
  const { pid, startTime, boot, host, since, socket } = value;
  if (typeof pid !== "number" || !Number.isInteger(pid) || pid < 1 || typeof since !== "number") return null;
  const textOrNull = (field: unknown) => (typeof field === "string" ? field : null);
  return {
    pid,
    startTime: textOrNull(startTime),
    boot: textOrNull(boot),
    host: textOrNull(host) ?? "",
    since,
    socket: textOrNull(socket),
  };
}

/** Whether the process of the record lives: the same number and start time, in this boot. */
export function ownerLives(
  record: OwnerRecord,
  files: Files,
  processes: ProcessTable = realProcessTable,
): boolean {
  if (record.host !== hostname() || record.boot !== bootId(files)) return false;
  const row = processes.row(record.pid);
  return row !== null && (record.startTime === null || row.startTime === record.startTime);
}

function bootId(files: Files): string | null {
  return files.readTextIf("/proc/sys/kernel/random/boot_id")?.trim() ?? null;
}

export function lockedProblem(record: OwnerRecord | null): Problem {
  const who =
    record === null
      ? "another process"
      : `process ${record.pid} on ${record.host}, since ${shownTime(record.since)},`;
  const hint =
    record === null
      ? "try again in a moment"
      : `wait for it, watch it with \`decapod status\`, or end it: kill ${record.pid}`;
  return { code: "E_LOCKED", message: `${who} owns this project`, hint };
}

/** As people read it, in UTC. */
function shownTime(timeMs: number): string {
  return `${new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: "UTC" }).format(timeMs)} UTC`;
}

function networkProblem(folder: string, type: string): Problem {
  return {
    code: "E_NETWORK_FILE_SYSTEM",
    message: `${folder} is on a network file system (${type}), where two owners cannot be kept apart`,
    hint: "keep the project on a disk of this machine",
  };
}
