/**
 * The whole check of a journal: SQLite's own structures, each run's chain, the chain of commits
 * over all of them, the audit lines, the definitions, every row of the read model, and the high-water mark.
 *
 * At a start less is read: the mark, the commit it stands on, SQLite's structures up to 16 MiB, and the whole chain
 * of each run that is taken up. A run that ended is verified when somebody reads it.
 */
import type { Problem } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import { auditHash, commitHash, START, sumOf } from "./chain.ts";
import { type Connect, connect, type Row } from "./database.ts";
import { JournalFault } from "./fault.ts";
import { problemOf } from "./faults.ts";
import { DATABASE_FILE, lookAtJournal, markProblem } from "./guard.ts";
import { definitionHash, Reads } from "./reads.ts";
import { DERIVED_TABLES, MIGRATIONS, PLACES } from "./schema.sql.ts";
import { type Mark, NO_MARK, readMark } from "./sidecar.ts";

export interface Verified {
  readonly runs: number;
  /** Entries that stand in a whole chain, or before the break of one. */
  readonly readable: number;
  /** Entries there should be, as far as database and mark know. */
  readonly entries: number;
  readonly mark: Mark | null;
  readonly tail: Mark;
  /** One line for each thing that is wrong; empty when all is well. */
  readonly damage: readonly string[];
  /** The high-water mark alone is gone: what is there is whole, whether that is all cannot be known. */
  readonly isUnmarked: boolean;
  /** Why it could not be looked at: closed to this user, in use, of a newer version. Nothing is known of its damage then. */
  readonly refused: Problem | null;
}

const LINES_MAX = 100;

export function verifyJournal(folder: string, files: Files, opener: Connect = connect): Verified {
  const mark = readMark(files, folder);
  const known = typeof mark === "string" ? null : mark;
  const found = lookAtJournal({
    folder,
    files,
    connect: opener,
    version: MIGRATIONS.length,
    structure: false,
  });
  if (found.state === "none" || (found.state === "journal" && found.version === 0)) return nothing(known);
  if (found.state === "refused" && found.problem.code !== "E_JOURNAL") return nothing(known, found.problem);
  const size = files.stat(`${folder}/${DATABASE_FILE}`)?.size ?? 0;
  if (found.state === "refused" && size === 0) return nothing(known, found.problem);
  const damage: string[] = [];
  try {
    const database = opener(`${folder}/${DATABASE_FILE}`, { readOnly: true });
    try {
      // Of one moment, also while an owner writes.
      database.exec("begin");
      return verifyAll(new Reads(database), new Reads(database, false), { mark, damage });
    } finally {
      database.close();
    }
  } catch (thrown) {
    return nothing(known, problemOf(thrown, folder), damage);
  }
}

function nothing(
  mark: Mark | null,
  problem: Problem | null = null,
  before: readonly string[] = [],
): Verified {
  const damage = problem === null ? before : [...before, problem.message];
  const entries = mark?.entries ?? 0;
  const refused = refusal(problem);
  return { runs: 0, readable: 0, entries, mark, tail: NO_MARK, damage, isUnmarked: false, refused };
}

function refusal(problem: Problem | null): Problem | null {
  return problem?.code === "E_JOURNAL" ? null : problem;
}

interface Findings {
  readonly mark: ReturnType<typeof readMark>;
  readonly damage: string[];
}

/** `chains` reads without the read model. */
function verifyAll(reads: Reads, chains: Reads, { mark, damage }: Findings): Verified {
  const note = (line: string) => {
    if (damage.length < LINES_MAX) damage.push(line);
  };
  const attempt = <T>(what: string, otherwise: T, check: () => T): T => {
    try {
      return check();
    } catch (thrown) {
      note(`${what}: ${problemOf(thrown, "the project").message}`);
      return otherwise;
    }
  };
  const tail = attempt("commits", NO_MARK, () => reads.tail());
  const lost = attempt("mark", null, () => markProblem(reads, mark));
  if (lost !== null) note(lost.message);
  attempt("structure", null, () => structure(reads, note));
  const counts = attempt("runs", { runs: 0, readable: 0 }, () => verifyRuns(reads, chains, note));
  attempt("commits", null, () => verifyCommits(reads, note));
  attempt("audit", null, () => verifyAudit(reads, note));
  attempt("definitions", null, () => verifyDefinitions(reads, note));
  for (const table of DERIVED_TABLES) attempt(table, null, () => verifySums(reads, table, note));
  attempt("open runs", [], () => reads.openRuns());
  const known = typeof mark === "string" ? null : mark;
  return {
    ...counts,
    entries: Math.max(known?.entries ?? 0, tail.entries),
    mark: known,
    tail,
    damage,
    isUnmarked: mark === "missing" && tail.number > 0,
    refused: null,
  };
}

type Note = (line: string) => void;

function structure(reads: Reads, note: Note): null {
  const lines = reads.all("pragma integrity_check(20)").map(([line]) => String(line).replaceAll("\n", " "));
  if (lines.length !== 1 || lines[0] !== "ok") for (const line of lines) note(`structure: ${line}`);
  return null;
}

/** A run whose row is damaged is counted by its chain alone; a broken one up to its break. */
function verifyRuns(reads: Reads, chains: Reads, note: Note): Pick<Verified, "runs" | "readable"> {
  const ids = reads.everyRun();
  let readable = 0;
  for (const run of ids) {
    try {
      readable += reads.entries(run, 0).length;
    } catch (thrown) {
      note(`run ${run}: ${problemOf(thrown, "the project").message}`);
      readable += readableOf(chains, run);
    }
  }
  return { runs: ids.length, readable };
}

function readableOf(chains: Reads, run: string): number {
  try {
    return chains.entries(run, 0).length;
  } catch (thrown) {
    if (thrown instanceof JournalFault) return thrown.readable;
    throw thrown;
  }
}

/** Also finds entries of no run, and those that no commit counts. */
function verifyCommits(reads: Reads, note: Note): null {
  const entries = reads
    .each("select commit_number, hash, place from entries order by commit_number, place")
    [Symbol.iterator]();
  const lines = new Map(
    reads.all("select commit_number, hash from audit").map(([at, hash]) => [at, String(hash)]),
  );
  let previous = START;
  let count = 0;
  let number = 0;
  let next = entries.next();
  for (const [at, total, hash] of reads.all("select number, entries, hash from commits order by number")) {
    number += 1;
    if (at !== number) return fail(note, `commit ${number} is missing`);
    const hashes: string[] = [];
    for (; !next.done && (next.value as Row)[0] === number; next = entries.next()) {
      hashes.push(String((next.value as Row)[1]));
    }
    count += hashes.length;
    const line = lines.get(number);
    if (line !== undefined) hashes.push(line);
    previous = commitHash(previous, number, hashes);
    if (previous !== hash || total !== count)
      return fail(note, `commit ${number} does not hold what was written in it`);
  }
  if (!next.done) note(`an entry at place ${String((next.value as Row)[2])} belongs to no commit`);
  const strays = Number(
    reads.get(
      `select count(*) from entries where place / ${PLACES} not in (select number from journals)`,
    )?.[0],
  );
  if (strays > 0) note(`${strays} entries belong to no run`);
  return null;
}

function fail(note: Note, line: string): null {
  note(line);
  return null;
}

function verifyAudit(reads: Reads, note: Note): null {
  let previous = START;
  let number = 0;
  for (const row of reads.each("select number, at, action, detail, hash from audit order by number")) {
    number += 1;
    previous = auditHash(previous, Number(row[1]), String(row[2]), String(row[3]));
    if (row[0] !== number || row[4] !== previous)
      return fail(note, `audit line ${number} is not what was written`);
  }
  return null;
}

function verifyDefinitions(reads: Reads, note: Note): null {
  for (const [digest, text, hash] of reads.each("select digest, text, hash from definitions")) {
    if (definitionHash(String(digest), String(text)) !== hash) {
      note(`the definition ${String(digest).slice(0, 12)} is not the one that was kept`);
    }
  }
  return null;
}

function verifySums(reads: Reads, table: string, note: Note): null {
  if (table === "open_runs") return null;
  let wrong = 0;
  for (const row of reads.each(`select * from ${table}`))
    if (sumOf(row.slice(0, -1)) !== row.at(-1)) wrong += 1;
  if (wrong > 0) note(`${wrong} rows of ${table} were changed outside decapod`);
  return null;
}
