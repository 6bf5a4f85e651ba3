/** Opens a project's journal for writing: look, refuse what must not be touched, settle, migrate, check the settings. */
import { platform } from "node:os";
import { dirname } from "node:path";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Clock } from "../../port/clock.ts";
import type { Files, OpenFile } from "../../port/files.ts";
import type { Random } from "../../port/random.ts";
import { copyJournal } from "./backup.ts";
import { type Connect, connect, type Database } from "./database.ts";
import { StoreFault } from "./fault.ts";
import { journalProblem, problemOf } from "./faults.ts";
import { FileWatch } from "./file-watch.ts";
import { DATABASE_FILE, type Found, lookAtJournal } from "./guard.ts";
import { Journal, type JournalParts } from "./journal.ts";
import { MarkKeeper } from "./mark-keeper.ts";
import { migrate } from "./migrate.ts";
import { missingNotice } from "./missing.ts";
import { Reads } from "./reads.ts";
import { Reserve } from "./reserve.ts";
import { CHECKPOINT_PAGES, MIGRATIONS, PAGE_BYTES } from "./schema.sql.ts";
import { MARK_FILE, type Mark, makeMark, NO_MARK, openMark } from "./sidecar.ts";

export interface OpenJournal {
  /** `.claude/workflow-state` of the project. */
  readonly folder: string;
  /** durable: a commit is on the disk when it returns. fast: what was not acknowledged may go in a power cut. */
  readonly durability: "durable" | "fast";
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  /** Where this project's backups lie (backup.ts), to say so when the journal is gone. */
  readonly backups?: string | undefined;
  /** True when the read model is damaged and `replaceDerived` will make it anew from the entries. */
  readonly withoutModel?: boolean;
  /** How often the files are looked at while nothing is written; a fault must show within 5 s. */
  readonly lookMs?: number;
  readonly connect?: Connect;
  readonly migrations?: readonly string[];
}

const LOOK_MS = 2_500;

/** SQLite before it loses a commit when two connections reset the log at once (sqlite.org/wal.html#walresetbug). */
const SQLITE_VERSION_MIN = [3, 51, 3] as const;
const SQLITE_VERSION_REFUSED = [3, 37, 0] as const;

export function openJournal(options: OpenJournal): Result<Journal> {
  const { folder, files } = options;
  try {
    prepareFolder(files, folder);
    const migrations = options.migrations ?? MIGRATIONS;
    const opening = { ...options, connect: options.connect ?? connect, migrations };
    const found = lookAtJournal({ folder, files, connect: opening.connect, version: migrations.length });
    if (found.state === "refused") return bad(found.problem);
    return openFound(opening, found);
  } catch (thrown) {
    return bad(problemOf(thrown, folder));
  }
}

type Opening = Required<Pick<OpenJournal, "connect" | "migrations">> & OpenJournal;

/** 0700 and 0600 whatever the umask; git leaves the folder alone. */
function prepareFolder(files: Files, folder: string): void {
  files.makeFolder(folder);
  if (files.stat(folder)?.mode !== 0o700) files.setMode(folder, 0o700);
  if (!files.exists(`${folder}/.gitignore`)) files.writeAtomic(`${folder}/.gitignore`, "*\n");
}

function openFound(opening: Opening, found: Exclude<Found, { state: "refused" }>): Result<Journal> {
  const { folder, files } = opening;
  const path = `${folder}/${DATABASE_FILE}`;
  const isNew = found.state === "none";
  const isUnmarked = !isNew && found.version > 0 && found.mark === null;
  const notices = isNew ? missingNotice(files, opening.backups) : isUnmarked ? [UNMARKED] : [];
  // SQLite would make it with the modes of the umask. Not while a connection is open: see database.ts.
  if (!files.exists(path)) files.open(path, "create").close();
  if (isNew || found.mark === null) makeMark(files, folder, NO_MARK);
  if (isNew) for (const parent of [dirname(folder), dirname(dirname(folder))]) files.syncFolder(parent);
  if (files.stat(path)?.mode !== 0o600) files.setMode(path, 0o600);
  const database = opening.connect(path, { readOnly: false });
  try {
    const version = sqliteProblem(database);
    if (version !== null && version.code !== "W_OLD_SQLITE") return closed(database, version);
    const weak = setUp(database, opening.durability);
    if (weak !== null) return closed(database, weak);
    migrate({ ...opening, database, from: isNew ? 0 : found.version });
    const known = isNew ? 0 : (found.mark?.number ?? 0);
    const journal = new Journal(
      partsOf(opening, database, { known, notices: version === null ? notices : [...notices, version] }),
    );
    if (isUnmarked)
      journal.audit("journal.unmarked", `taken as it is: ${new Reads(database).tail().entries} entries`);
    return good(journal);
  } catch (thrown) {
    return closed(database, problemOf(thrown, folder));
  }
}

const UNMARKED: Problem = {
  code: "W_NO_MARK",
  message:
    "the journal's high-water mark (decapod.mark) was missing: what the database holds was taken as it is",
  hint: "right after a backup was put in place this is as it should be; else something deleted the file",
};

function closed(database: Database, problem: Problem): Result<Journal> {
  database.close();
  return bad(problem);
}

/** Settings that the promise rests on are read back: a build of SQLite may ignore any of them without a word (F19). */
function setUp(database: Database, durability: OpenJournal["durability"]): Problem | null {
  const isDurable = durability === "durable";
  const wanted: readonly (readonly [name: string, value: string, readBack: string | number])[] = [
    ["page_size", String(PAGE_BYTES), PAGE_BYTES],
    ["journal_mode", "wal", "wal"],
    ["synchronous", isDurable ? "full" : "normal", isDurable ? 2 : 1],
    ["wal_autocheckpoint", String(CHECKPOINT_PAGES), CHECKPOINT_PAGES],
    ["busy_timeout", "0", 0],
    // Elsewhere it has no effect; there a plain fsync stops at the drive's cache.
    ...(platform() === "darwin" && isDurable
      ? [["fullfsync", "1", 1] as const, ["checkpoint_fullfsync", "1", 1] as const]
      : []),
  ];
  for (const [name, value, expected] of wanted) {
    database.exec(`pragma ${name} = ${value}`);
    const got = database.prepare(`pragma ${name}`).get()?.[0];
    if (got !== expected && name !== "page_size") return weakProblem(durability, name, String(got));
  }
  database.exec("pragma trusted_schema = off; pragma cell_size_check = on; pragma temp_store = memory");
  return null;
}

function weakProblem(durability: string, name: string, got: string): Problem {
  return {
    code: "E_IO",
    message: `SQLite would not keep what durability ${durability} promises: ${name} is ${got}`,
    hint: "use the Node that decapod brings along",
  };
}

/** Of the SQLite that this Node holds: too old, or with a fault that matters here. */
export function sqliteProblem(database: Database): Problem | null {
  const text = String(database.prepare("select sqlite_version()").get()?.[0]);
  if (isBelow(text, SQLITE_VERSION_REFUSED)) {
    return {
      code: "E_NODE",
      message: `this Node holds SQLite ${text}, which is too old`,
      hint: "use Node 24.21 or newer",
    };
  }
  if (!isBelow(text, SQLITE_VERSION_MIN)) return null;
  return {
    code: "W_OLD_SQLITE",
    message: `this Node holds SQLite ${text}, which can lose a commit when another program checkpoints the journal at the same moment`,
    hint: "use Node 24.21 or newer, and open decapod.db with no other program while a run is alive",
  };
}

function isBelow(version: string, limit: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  const place = limit.findIndex((part, at) => parts[at] !== part);
  return place !== -1 && !((parts[place] ?? 0) > (limit[place] as number));
}

interface Settled {
  /** The commit the mark stands at. */
  readonly known: number;
  readonly notices: readonly Problem[];
}

function partsOf(opening: Opening, database: Database, { known, notices }: Settled): JournalParts {
  const { folder, files, clock, random, durability } = opening;
  const path = `${folder}/${DATABASE_FILE}`;
  const mark = openMark(files, `${folder}/${MARK_FILE}`);
  const watch = new FileWatch(files, [path, `${path}-wal`, `${folder}/${MARK_FILE}`]);
  const check = () => {
    const gone = watch.changed();
    if (gone === null) return;
    throw new StoreFault(journalProblem(`${gone} was deleted or replaced while the journal was open`), false);
  };
  const isFast = durability === "fast";
  let log: OpenFile | null = null;
  const openLog = (): OpenFile => {
    log ??= files.open(`${path}-wal`, "read");
    return log;
  };
  return {
    folder,
    database,
    clock,
    notices,
    hasModel: opening.withoutModel !== true,
    check,
    lookMs: opening.lookMs ?? LOOK_MS,
    reserve: new Reserve({ folder, files, clock, random }),
    keeper: (tail, failed) => {
      const keeper = new MarkKeeper({ mark, log: isFast ? openLog : null, clock, check, failed }, tail);
      if (known < tail.number) catchUp(database, keeper, tail, isFast);
      return keeper;
    },
    copy: (target: string) => copyJournal(files, path, target),
    closeFiles: () => {
      mark.file.close();
      log?.close();
    },
  };
}

/**
 * A commit that a killed process wrote may stand in the log without being on the disk yet. The checkpoint syncs the
 * log before it copies it, so the mark that follows is not ahead of what a power cut would leave.
 */
function catchUp(database: Database, keeper: MarkKeeper, tail: Mark, isFast: boolean): void {
  if (!isFast) database.exec("pragma wal_checkpoint(passive)");
  keeper.note(tail);
}
