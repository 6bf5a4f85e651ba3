/** What is read from the journal, by its owner and by others. Every row is checked before anybody sees it. */
import type { Entry, RunStarted } from "../../core/event.ts";
import { sha256Text } from "../../port/hash.ts";
import type { AskedRow, EffectRow, RetryRow, RunQuery, RunRow, TaskRow } from "../host.ts";
import { START } from "./chain.ts";
import type { Bound, Database, Row, Statement } from "./database.ts";
import { verifiedEntries } from "./entry-rows.ts";
import { JournalFault } from "./fault.ts";
import { damageText, isDamage, journalProblem, REBUILD_HINT } from "./faults.ts";
import { ForgottenRuns } from "./forgotten.ts";
import { AFTER_EVERY_ID, ASKED, AUDITS, ENTRY, RUN, runsStatement, TASK_COUNTS, TASKS } from "./reads.sql.ts";
import { auditLine, checkedRow, effectOf, runOf, taskOf } from "./rows-read.ts";
import { PLACES } from "./schema.sql.ts";
import { type Mark, NO_MARK } from "./sidecar.ts";
import type { AuditLine } from "./store.ts";

/** The last entry of a run: what the next one is chained to. */
export interface Head {
  readonly number: number;
  readonly sequence: number;
  readonly hash: string;
}

export class Reads {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();
  readonly #forgotten = new ForgottenRuns((sql, after) => this.all(sql, after));
  #hasModel: boolean;

  /** Without the read model nothing is compared with it: for making it anew. */
  constructor(database: Database, hasModel = true) {
    this.#database = database;
    this.#hasModel = hasModel;
  }

  modelMade(): void {
    this.#hasModel = true;
  }

  #statement(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  get(sql: string, ...values: Bound[]): Row | undefined {
    return readable(() => this.#statement(sql).get(...values));
  }

  all(sql: string, ...values: Bound[]): readonly Row[] {
    return readable(() => this.#statement(sql).all(...values));
  }

  each(sql: string): Iterable<Row> {
    return this.#statement(sql).iterate();
  }

  /** The journal's own name, made with it. */
  id(): string {
    return String(this.get("select value from meta where name = 'id'")?.[0]);
  }

  /** The last commit. */
  tail(): Mark {
    const row = this.get("select number, entries, hash from commits order by number desc limit 1");
    return row === undefined
      ? NO_MARK
      : { number: Number(row[0]), entries: Number(row[1]), hash: String(row[2]) };
  }

  mark(number: number): Mark | null {
    const row = this.get("select entries, hash from commits where number = ?", number);
    return row === undefined ? null : { number, entries: Number(row[0]), hash: String(row[1]) };
  }

  auditTail(): { readonly number: number; readonly hash: string } {
    const row = this.get("select number, hash from audit order by number desc limit 1");
    return row === undefined ? { number: 0, hash: START } : { number: Number(row[0]), hash: String(row[1]) };
  }

  /** Lines about something of this kind whose detail begins so, oldest first. */
  audits(action: string, start: string): readonly AuditLine[] {
    return this.all(`${AUDITS} order by number`, action, start, start).map(auditLine);
  }

  lastAudit(action: string, start: string): AuditLine | null {
    const row = this.get(`${AUDITS} order by number desc limit 1`, action, start, start);
    return row === undefined ? null : auditLine(row);
  }

  lastNumber(): number {
    return Number(this.get("select coalesce(max(number), 0) from journals")?.[0]);
  }

  numberOf(run: string): number | null {
    const row = this.get("select number from journals where run = ?", run);
    return row === undefined ? null : Number(row[0]);
  }

  head(number: number): Head {
    const range = [number * PLACES, (number + 1) * PLACES];
    const row = this.get(
      "select place, hash from entries where place > ? and place < ? order by place desc limit 1",
      ...range,
    );
    if (row === undefined) return { number, sequence: 0, hash: START };
    return { number, sequence: Number(row[0]) - number * PLACES, hash: String(row[1]) };
  }

  entryHash(number: number, sequence: number): string | null {
    const row = this.get("select hash from entries where place = ?", number * PLACES + sequence);
    return row === undefined ? null : String(row[0]);
  }

  definition(digest: string): string | null {
    const row = this.get("select text, hash from definitions where digest = ?", digest);
    if (row === undefined) return null;
    const text = String(row[0]);
    if (definitionHash(digest, text) === row[1]) return text;
    throw new JournalFault(
      journalProblem(`the definition ${digest.slice(0, 12)} is not the one that was kept`),
    );
  }

  /** Entries after a sequence. The chain is verified from the first one, and up to what the read model has seen. */
  entries(run: string, after: number): readonly Entry[] {
    const number = this.numberOf(run);
    if (number === null) return [];
    const rows = this.entryRows(number, 0);
    const seen = this.#hasModel ? (this.#row(number)?.sequence ?? 0) : 0;
    return verifiedEntries({ run, number, rows, atLeast: Math.max(1, seen), after });
  }

  /** How a run was started: its first entry alone. */
  started(run: string): RunStarted | null {
    const number = this.numberOf(run);
    if (number === null) return null;
    const rows = this.all(`${ENTRY} limit 1`, number * PLACES, (number + 1) * PLACES);
    const [first] = verifiedEntries({ run, number, rows, atLeast: 1, after: 0 });
    return first?.event.type === "run.started" ? first.event : null;
  }

  /** As they stand, behind a sequence. Nothing of them is verified yet. */
  entryRows(number: number, after: number): readonly Row[] {
    return this.all(ENTRY, number * PLACES + after, (number + 1) * PLACES);
  }

  keys(run: string): readonly string[] {
    const number = this.numberOf(run);
    if (number === null) return [];
    const range = [number * PLACES, (number + 1) * PLACES];
    return this.all(
      "select key from entries where place > ? and place < ? and key is not null",
      ...range,
    ).map(([key]) => String(key));
  }

  checkpoint(run: string): { readonly sequence: number; readonly state: string } | null {
    const number = this.numberOf(run);
    if (number === null) return null;
    const row = this.get("select * from checkpoints where number = ?", number);
    if (row === undefined) return null;
    const [, sequence, hash, state] = checkedRow(row, "checkpoint");
    return this.entryHash(number, Number(sequence)) === hash
      ? { sequence: Number(sequence), state: String(state) }
      : null;
  }

  /** Every run there ever was, oldest first. */
  everyRun(): readonly string[] {
    return this.all("select run from journals order by number").map(([run]) => String(run));
  }

  /** Kept twice, in rows and in a list of its own, and there is a row for each run: damage to one of them shows. */
  openRuns(): readonly string[] {
    if (!this.#hasModel) return [];
    const listed = this.all("select run from open_runs left join journals using(number) order by number");
    const [rows, open] = this.get("select count(*), sum(ended_at is null) from runs") ?? [];
    const runs = this.get("select count(*) from journals")?.[0];
    if (rows === runs && Number(open) === listed.length) return listed.map(([run]) => String(run));
    const counts = `${rows} rows for ${runs} runs; ${open} open by their rows, ${listed.length} by the list of open runs`;
    throw new JournalFault(journalProblem(`the lists of runs do not agree: ${counts}`, REBUILD_HINT));
  }

  endedSince(at: number): readonly string[] {
    const sql = "select run from runs join journals using(number) where ended_at >= ? order by number";
    return this.all(sql, at).map(([run]) => String(run));
  }

  run(id: string): RunRow | null {
    const number = this.numberOf(id);
    const row = number === null ? null : this.#row(number);
    if (row === null) return null;
    const found = this.get("select * from run_details where number = ?", number);
    if (found === undefined) return row;
    return { ...row, detail: JSON.parse(String(checkedRow(found, "run detail")[1])) };
  }

  #row(number: number): RunRow | null {
    const row = this.get(`${RUN} where number = ?`, number);
    return row === undefined ? null : runOf(row);
  }

  /** Newest first, without detail. A run whose row is missing is not left out without a word. */
  runs(query: RunQuery): readonly RunRow[] {
    const { sql, values } = runsStatement(query, (run) => this.numberOf(run));
    return this.all(sql, ...values).map(runOf);
  }

  /** Of all states, or of these. */
  tasks(run: string, statuses?: readonly string[]): readonly TaskRow[] {
    const number = this.numberOf(run);
    if (number === null) return [];
    const wanted = statuses === undefined ? "" : ` and status in (${statuses.map(() => "?").join(",")})`;
    const range = [number * PLACES, (number + 1) * PLACES];
    const rows = this.all(`${TASKS}${wanted} order by place`, ...range, ...(statuses ?? []));
    return rows.map((row) => taskOf(run, number, row));
  }

  taskCounts(run: string): ReadonlyMap<string, number> {
    const number = this.numberOf(run);
    if (number === null) return new Map();
    const rows = this.all(TASK_COUNTS, number * PLACES, (number + 1) * PLACES);
    return new Map(rows.map(([status, count]) => [String(status), Number(count)]));
  }

  effects(run?: string): readonly EffectRow[] {
    const sql = "select effects.*, journals.run from effects left join journals using(number)";
    const rows =
      run === undefined
        ? this.all(`${sql} order by number, id`)
        : this.all(`${sql} where run = ? order by id`, run);
    return rows.map(effectOf);
  }

  /** The retries among a run and all that came after it, in the order of their starts. */
  retries(since: string): readonly RetryRow[] {
    const sql = `select run_details.*, run from run_details join journals using(number)
      where number >= ? and instr(detail, '"retryOf":"') > 0 order by number`;
    return this.all(sql, this.numberOf(since) ?? 0).flatMap((row) => {
      const { retryOf } = JSON.parse(String(checkedRow(row.slice(0, -1), "run detail")[1]));
      return typeof retryOf === "string" ? [{ run: String(row.at(-1)), of: retryOf }] : [];
    });
  }

  /** How many decisions people were asked for, by run; none: not in the list. */
  asked(roots: readonly string[]): readonly AskedRow[] {
    const rows = this.all(ASKED, JSON.stringify(roots));
    return rows.map(([run, root, count]) => ({ run: String(run), root: String(root), count: Number(count) }));
  }

  /** The last, in the order of ids, of those that begin so, also of what was cleared away; null: there was none. */
  lastRunBeginning(start: string): string | null {
    const end = `${start}${AFTER_EVERY_ID}`;
    const sql = "select run from journals where run >= ? and run < ? order by run desc limit 1";
    const kept = String(this.get(sql, start, end)?.[0] ?? "");
    const forgotten = this.#forgotten.lastBefore(end) ?? "";
    const last = kept > forgotten ? kept : forgotten;
    return last.startsWith(start) ? last : null;
  }

  /** One look over all ids, however many endings. */
  runsEndingIn(endings: readonly string[]): readonly string[] {
    const sql =
      "select run from journals where substr(run, -4) in (select value from json_each(?)) order by number";
    return this.all(sql, JSON.stringify(endings)).map(([run]) => String(run));
  }

  runsEnding(suffix: string): readonly string[] {
    const sql = "select run from journals where substr(run, -length(?1)) = ?1 order by number";
    return this.all(sql, suffix).map(([run]) => String(run));
  }
}

/** Damage that SQLite itself runs into. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    throw new JournalFault(journalProblem(damageText(thrown)), thrown);
  }
}

export function definitionHash(digest: string, text: string): string {
  return sha256Text(`${digest}\n${text}`);
}
