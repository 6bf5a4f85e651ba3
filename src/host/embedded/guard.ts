/**
 * Looks at a journal before anything may write to it: read-only, so that a journal of a newer version, a damaged one
 * or one that lost its tail is left as it was found. Opening it for writing would fold its log into the database.
 */
import type { Problem } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import type { Connect } from "./database.ts";
import { journalProblem, problemOf } from "./faults.ts";
import { Reads } from "./reads.ts";
import { APPLICATION_ID, RULES } from "./schema.sql.ts";
import { type Mark, readMark } from "./sidecar.ts";

export const DATABASE_FILE = "decapod.db";

export interface Guarded {
  readonly folder: string;
  readonly files: Files;
  readonly connect: Connect;
  /** The schema version this decapod knows. */
  readonly version: number;
  /** False leaves out the check of SQLite's own structures. */
  readonly structure?: boolean;
}

export type Found =
  | { readonly state: "none" }
  /** Version 0: made, but its first transaction did not come to its end. */
  | { readonly state: "journal"; readonly version: number; readonly mark: Mark | null }
  | { readonly state: "refused"; readonly problem: Problem };

/** Above this size the structure of the database is not checked at each start, only by verify.ts. */
const CHECK_BYTES_MAX = 16 * 1024 * 1024;

export function lookAtJournal(guarded: Guarded): Found {
  const { folder, files, connect } = guarded;
  try {
    const mark = readMark(files, folder);
    const size = files.stat(`${folder}/${DATABASE_FILE}`)?.size ?? 0;
    if (size === 0) return withoutDatabase(mark);
    const database = connect(`${folder}/${DATABASE_FILE}`, { readOnly: true });
    try {
      return judge(guarded, new Reads(database), mark, size);
    } finally {
      database.close();
    }
  } catch (thrown) {
    return { state: "refused", problem: problemOf(thrown, folder) };
  }
}

function withoutDatabase(mark: ReturnType<typeof readMark>): Found {
  if (typeof mark === "string" || mark.number === 0) return { state: "none" };
  return refused(
    `decapod.db is missing or empty: 0 of ${mark.entries} entries readable, high-water mark ${mark.number}`,
  );
}

function judge(guarded: Guarded, reads: Reads, mark: ReturnType<typeof readMark>, size: number): Found {
  const version = Number(reads.get("pragma user_version")?.[0]);
  const application = Number(reads.get("pragma application_id")?.[0]);
  if (version === 0 && application === 0) return unfinished(reads, mark);
  if (application !== APPLICATION_ID || version < 1) return refused("decapod.db is not a journal of decapod");
  if (version > guarded.version)
    return newer(`its schema is ${version}, this version knows ${guarded.version}`);
  const rules = Number(reads.get("select value from meta where name = 'rules'")?.[0]);
  if (rules > RULES) return newer(`a run in it follows rules ${rules}, this version knows ${RULES}`);
  const lost = markProblem(reads, mark);
  if (lost !== null) return { state: "refused", problem: lost };
  const damage = guarded.structure === false ? null : damageIn(reads, size);
  if (damage !== null) return refused(damage);
  return { state: "journal", version, mark: typeof mark === "string" ? null : mark };
}

function unfinished(reads: Reads, mark: ReturnType<typeof readMark>): Found {
  const tables = Number(reads.get("select count(*) from sqlite_schema")?.[0]);
  if (tables > 0) return refused("decapod.db is a database of something else");
  const missing = withoutDatabase(mark);
  return missing.state === "none" ? { state: "journal", version: 0, mark: null } : missing;
}

/**
 * The database may be ahead of the mark; behind it, or beside it, it has lost something that was there. A mark that is
 * missing was taken away by a person, as when a backup is put in place: that is told and goes into the audit.
 */
export function markProblem(reads: Reads, mark: ReturnType<typeof readMark>): Problem | null {
  const tail = reads.tail();
  if (mark === "missing") return null;
  if (mark === "unreadable") {
    const damaged = "the high-water mark (decapod.mark) is damaged";
    return tail.number === 0
      ? null
      : journalProblem(`${damaged}: ${tail.entries} entries readable, perhaps not all`);
  }
  if (mark.number > tail.number) {
    return journalProblem(
      `the journal lost its end: ${tail.entries} of ${mark.entries} entries readable, high-water mark ${mark.number}, last commit ${tail.number}`,
    );
  }
  const there = reads.mark(mark.number);
  if (mark.number === 0 || (there?.hash === mark.hash && there.entries === mark.entries)) return null;
  return journalProblem(
    `commit ${mark.number} is not the one the high-water mark stands on: ${tail.entries} entries readable, of another history`,
  );
}

/** What is wrong with the structure; null when nothing is. Of a large journal only the tables that name runs are read. */
function damageIn(reads: Reads, size: number): string | null {
  const isSmall = size <= CHECK_BYTES_MAX;
  const checks = isSmall
    ? ["pragma integrity_check(5)"]
    : NAMING_TABLES.map((table) => `pragma integrity_check('${table}')`);
  const lines = checks.flatMap((sql) => reads.all(sql).map(([line]) => String(line)));
  const wrong = lines.filter((line) => line !== "ok");
  if (wrong.length > 0)
    return `the database is damaged: ${wrong.join("; ").replaceAll("\n", " ").slice(0, 300)}`;
  if (!isSmall) return null;
  const count = Number(reads.get("select count(*) from entries")?.[0]);
  const { entries } = reads.tail();
  return count === entries ? null : `the journal holds ${count} of ${entries} entries`;
}

const NAMING_TABLES = ["journals", "runs", "open_runs"];

function refused(message: string): Found {
  return { state: "refused", problem: journalProblem(message) };
}

function newer(why: string): Found {
  const hint = "use the decapod that wrote it, or a newer one; nothing was changed";
  return {
    state: "refused",
    problem: { code: "E_NEWER_JOURNAL", message: `the journal is of a newer version: ${why}`, hint },
  };
}
