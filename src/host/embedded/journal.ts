/** The journal while it is open: one writer, everything of a commit in one transaction, the mark after it. */
import type { Entry } from "../../core/event.ts";
import { must } from "../../core/invariant.ts";
import type { Problem } from "../../core/problem.ts";
import type { Clock } from "../../port/clock.ts";
import type { EffectRow, RunQuery, RunRow, TaskRow } from "../host.ts";
import { auditHash, commitHash, entryHash, type EntryFields, fieldsOf } from "./chain.ts";
import type { Database } from "./database.ts";
import { JournalFault, StoreFault } from "./fault.ts";
import { journalProblem, storeFault } from "./faults.ts";
import type { MarkKeeper } from "./mark-keeper.ts";
import { definitionHash, type Head, Reads } from "./reads.ts";
import type { Reserve } from "./reserve.ts";
import { DERIVED_TABLES, RUNS_MAX } from "./schema.sql.ts";
import type { Mark } from "./sidecar.ts";
import {
  inPlaceOrder,
  prepareWrites,
  writeCheckpoint,
  writeEffect,
  writeEntry,
  writeMark,
  writeRun,
  writeTask,
  type Writes,
} from "./statements.ts";
import type { Commit, Store } from "./store.ts";

/** What the journal stands on; made by open-journal.ts. */
export interface JournalParts {
  readonly folder: string;
  readonly database: Database;
  readonly keeper: (failed: (error: unknown) => Error) => MarkKeeper;
  readonly clock: Clock;
  readonly reserve: Reserve;
  /** Throws when a file of the journal was deleted or replaced. */
  readonly check: () => void;
  readonly copy: (target: string) => Promise<void>;
  readonly closed: () => void;
  readonly notices: readonly Problem[];
}

const CHECK_MS = 2_500;

interface Written {
  readonly fields: EntryFields;
  readonly head: Head;
}

interface Audited {
  readonly number: number;
  readonly at: number;
  readonly action: string;
  readonly detail: string;
  readonly hash: string;
}

const NOTHING: Commit = { definitions: [], entries: [], runs: [], tasks: [], effectsOpened: [], effectsClosed: [], checkpoints: [] };

export class Journal implements Store {
  /** What the person who opened it should be told. */
  readonly notices: readonly Problem[];
  readonly #parts: JournalParts;
  readonly #reads: Reads;
  readonly #writes: Writes;
  readonly #keeper: MarkKeeper;
  /** Of open runs. An entry is chained to the one before it without asking the database. */
  readonly #heads = new Map<string, Head>();
  readonly #keys = new Map<string, Set<string>>();
  readonly #open: Set<string>;
  #tail: Mark;
  #lastNumber: number;
  #fault: StoreFault | null = null;
  #cancelCheck: () => void = () => {};

  constructor(parts: JournalParts) {
    this.#parts = parts;
    this.notices = parts.notices;
    this.#reads = new Reads(parts.database);
    this.#writes = prepareWrites(parts.database);
    this.#tail = this.#reads.tail();
    this.#lastNumber = this.#reads.lastNumber();
    this.#open = new Set(this.#reads.openRuns());
    this.#keeper = parts.keeper((error) => this.#stop(error));
    this.#watchFiles();
  }

  /** Set once nothing more is accepted: the journal must be opened, and so verified, again. */
  get fault(): Problem | null {
    return this.#fault?.problem ?? null;
  }

  /** Set while the disk was found full and the reserve is used up: start nothing new. */
  get pressure(): Problem | null {
    return this.#parts.reserve.problem();
  }

  commit(commit: Commit): void {
    this.#transaction(commit, null, () => {});
  }

  audit(action: string, detail: string): void {
    const { number, hash } = this.#reads.auditTail();
    const at = this.#parts.clock.wall();
    const clean = { action: action.toWellFormed(), detail: detail.toWellFormed() };
    const line = { number: number + 1, at, ...clean, hash: auditHash(hash, at, clean.action, clean.detail) };
    this.#transaction(NOTHING, line, () => {});
  }

  /** Empties what replay gives back, and fills it by the same commit; the truth is not touched. */
  replaceDerived(commit: Commit): void {
    must(commit.entries.length === 0, "a rebuild brings no entries");
    this.#transaction(commit, null, () => {
      for (const table of DERIVED_TABLES) this.#parts.database.exec(`delete from ${table}`);
    });
    this.#open.clear();
    for (const run of this.#reads.openRuns()) this.#open.add(run);
  }

  #transaction(commit: Commit, audited: Audited | null, first: () => void): void {
    if (this.#fault !== null) throw this.#fault;
    const numbers = this.#numbersOf(commit);
    const written = this.#chain(commit, numbers);
    const mark = this.#markOf(written, audited);
    try {
      this.#write(() => {
        first();
        this.#writeTruth(commit, numbers, written, mark, audited);
        this.#writeDerived(commit, numbers);
      });
    } catch (thrown) {
      throw this.#failed(thrown);
    }
    this.#remember(commit, written);
    if (mark === this.#tail) return;
    this.#tail = mark;
    this.#keeper.note(mark);
  }

  /** A full disk is tried once more with the reserve given up, so that what runs can still be brought to its end. */
  #write(body: () => void): void {
    try {
      this.#once(body);
    } catch (thrown) {
      if (storeFault(thrown, this.#parts.folder).problem.code !== "E_DISK_FULL") throw thrown;
      if (!this.#parts.reserve.release()) throw thrown;
      this.#once(body);
    }
  }

  #once(body: () => void): void {
    const { begin, commit, rollback } = this.#writes;
    begin.run();
    try {
      body();
      commit.run();
    } catch (thrown) {
      try {
        rollback.run();
      } catch {
        // SQLite has rolled back already, or the connection is of no use any more; `thrown` says which.
      }
      throw thrown;
    }
  }

  #numbersOf(commit: Commit): ReadonlyMap<string, number> {
    const numbers = new Map<string, number>();
    let last = this.#lastNumber;
    for (const { run, sequence } of commit.entries) {
      if (numbers.has(run)) continue;
      const known = this.#heads.get(run)?.number ?? this.#reads.numberOf(run);
      must(known !== null || sequence === 1, `run ${run} begins with entry ${sequence}`);
      if (known === null) last += 1;
      numbers.set(run, known ?? last);
    }
    must(last < RUNS_MAX, "a journal holds at most 2^26 runs");
    for (const { run } of rowsOf(commit)) if (!numbers.has(run)) numbers.set(run, this.#numberOf(run));
    return numbers;
  }

  #numberOf(run: string): number {
    const number = this.#heads.get(run)?.number ?? this.#reads.numberOf(run);
    must(number !== null, `run ${run} has a row but no entry`);
    return number;
  }

  #chain(commit: Commit, numbers: ReadonlyMap<string, number>): readonly Written[] {
    const heads = new Map<string, Head>();
    const entries = inPlaceOrder(commit.entries, (run) => numbers.get(run) as number);
    return entries.map((entry) => {
      const { run, sequence } = entry;
      const head = heads.get(run) ?? this.#heads.get(run) ?? this.#reads.head(numbers.get(run) as number);
      must(sequence === head.sequence + 1, `entry ${sequence} of run ${run} follows entry ${head.sequence}`);
      must(Number.isFinite(entry.at) && Number.isFinite(entry.tick), `entry ${sequence} of run ${run} has its times`);
      const fields = fieldsOf(entry);
      const next = { number: head.number, sequence, hash: entryHash(head.hash, fields) };
      heads.set(run, next);
      return { fields, head: next };
    });
  }

  #markOf(written: readonly Written[], audited: Audited | null): Mark {
    if (written.length === 0 && audited === null) return this.#tail;
    const { number, entries, hash } = this.#tail;
    const hashes = written.map(({ head }) => head.hash);
    if (audited !== null) hashes.push(audited.hash);
    return { number: number + 1, entries: entries + written.length, hash: commitHash(hash, number + 1, hashes) };
  }

  #writeTruth(
    commit: Commit,
    numbers: ReadonlyMap<string, number>,
    written: readonly Written[],
    mark: Mark,
    audited: Audited | null,
  ): void {
    const { insert } = this.#writes;
    for (const { digest, text } of commit.definitions) insert.definition.run(digest, text, definitionHash(digest, text));
    for (const { fields, head } of written) {
      if (fields.sequence === 1) insert.journal.run(numbers.get(fields.run) as number, fields.run);
      writeEntry(this.#writes, head.number, mark.number, fields, head.hash);
    }
    if (audited !== null) {
      const { number, at, action, detail, hash } = audited;
      insert.audit.run(number, mark.number, at, action, detail, hash);
    }
    if (mark !== this.#tail) writeMark(this.#writes, mark);
  }

  #writeDerived(commit: Commit, numbers: ReadonlyMap<string, number>): void {
    const writes = this.#writes;
    const numberOf = (run: string) => numbers.get(run) as number;
    for (const row of commit.runs) {
      writeRun(writes, numberOf(row.run), row);
      const isOpen = row.endedAt === null;
      if (isOpen !== this.#open.has(row.run)) (isOpen ? writes.openRun : writes.closeRun).run(numberOf(row.run));
    }
    for (const row of commit.tasks) writeTask(writes, numberOf(row.run), row);
    for (const { run, id } of commit.effectsClosed) writes.closeEffect.run(numberOf(run), id);
    for (const row of commit.effectsOpened) writeEffect(writes, numberOf(row.run), row);
    for (const { run, sequence, state } of commit.checkpoints) {
      const { hash } = this.#parts.database === null ? { hash: "" } : this.#entryHash(numberOf(run), sequence);
      writeCheckpoint(writes, numberOf(run), { sequence, hash, state });
    }
  }
}
