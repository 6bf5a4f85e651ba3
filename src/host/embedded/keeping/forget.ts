/**
 * Takes runs out of the journal, in one transaction. The chains of the others stand as they are; the chain of commits
 * is made anew over what is left, for it counts every entry there is. An audit line says what went.
 */
import { auditHash, commitHash, START } from "../chain.ts";
import type { Database, Row } from "../database.ts";
import { FORGETTING, forgettingText } from "../forgotten.ts";
import { Reads } from "../reads.ts";
import { PLACES } from "../schema.sql.ts";

export interface Forgetting {
  readonly runs: readonly string[];
  /** Wall time of the audit line. */
  readonly at: number;
}

export function forgetRuns(database: Database, { runs, at }: Forgetting): void {
  database.exec("begin immediate");
  try {
    const reads = new Reads(database, false);
    const numbers = runs.flatMap((run) => reads.numberOf(run) ?? []);
    for (const number of numbers) removeRun(database, number);
    removeDefinitions(database, reads);
    renumberCommits(database);
    chainCommits(database);
    addAudit(database, new Reads(database, false), { runs, at });
    database.exec("commit");
  } catch (thrown) {
    rollBack(database);
    throw thrown;
  }
}

/** Of a full disk SQLite has done it already; what was thrown first is what counts. */
function rollBack(database: Database): void {
  try {
    database.exec("rollback");
  } catch {
    // Nothing is left to be taken back.
  }
}

function removeRun(database: Database, number: number): void {
  for (const table of ["entries", "tasks"]) {
    const sql = `delete from ${table} where place >= ? and place < ?`;
    database.prepare(sql).run(number * PLACES, (number + 1) * PLACES);
  }
  for (const table of ["runs", "open_runs", "run_details", "effects", "checkpoints", "journals"]) {
    database.prepare(`delete from ${table} where number = ?`).run(number);
  }
}

/** One stays that a run left, or a definition that stays, speaks of: called workflows are pinned by digest. */
function removeDefinitions(database: Database, reads: Reads): void {
  const texts = new Map(
    reads.all("select digest, text from definitions").map(([digest, text]) => [String(digest), String(text)]),
  );
  const started = `select text from entries where place % ${PLACES} = 1`;
  const open = [...reads.each(started)].flatMap(([text]) => mentioned(String(text), texts));
  const kept = new Set<string>();
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (kept.has(digest)) continue;
    kept.add(digest);
    open.push(...mentioned(texts.get(digest) ?? "", texts));
  }
  const remove = database.prepare("delete from definitions where digest = ?");
  for (const digest of texts.keys()) if (!kept.has(digest)) remove.run(digest);
}

function mentioned(text: string, known: ReadonlyMap<string, string>): string[] {
  return [...new Set(text.match(/[0-9a-f]{64}/g) ?? [])].filter((digest) => known.has(digest));
}

/** Commits that hold nothing any more are left out, so that there is no gap between the others. */
function renumberCommits(database: Database): void {
  database.exec(`
    create temp table renumber as
      select earlier, row_number() over (order by earlier) as later
      from (select commit_number as earlier from entries union select commit_number from audit);
    create unique index temp.renumber_earlier on renumber(earlier);
    delete from renumber where earlier = later;
  `);
  for (const table of ["entries", "audit"]) {
    database.exec(`update ${table} set commit_number = later from renumber where commit_number = earlier`);
  }
  database.exec("drop table temp.renumber; delete from commits");
}

function chainCommits(database: Database): void {
  const insert = database.prepare("insert into commits values(?,?,?)");
  const lines = new Map(
    database
      .prepare("select commit_number, hash from audit")
      .all()
      .map(([at, hash]) => [Number(at), String(hash)]),
  );
  const entries = database
    .prepare("select commit_number, hash from entries order by commit_number, place")
    .iterate()
    [Symbol.iterator]();
  let next = entries.next();
  let previous = START;
  let count = 0;
  for (let number = 1; !next.done || lines.has(number); number++) {
    const hashes: string[] = [];
    for (; !next.done && Number((next.value as Row)[0]) === number; next = entries.next())
      hashes.push(String((next.value as Row)[1]));
    count += hashes.length;
    const line = lines.get(number);
    if (line !== undefined) hashes.push(line);
    previous = commitHash(previous, number, hashes);
    insert.run(number, count, previous);
  }
}

function addAudit(database: Database, reads: Reads, { runs, at }: Forgetting): void {
  const tail = reads.tail();
  const last = reads.auditTail();
  const detail = forgettingText(runs);
  const hash = auditHash(last.hash, at, FORGETTING, detail);
  const number = tail.number + 1;
  database
    .prepare("insert into audit values(?,?,?,?,?,?)")
    .run(last.number + 1, number, at, FORGETTING, detail, hash);
  const next = commitHash(tail.hash, number, [hash]);
  database.prepare("insert into commits values(?,?,?)").run(number, tail.entries, next);
}
