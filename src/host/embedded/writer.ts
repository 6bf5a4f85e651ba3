/** One commit as one transaction: chained, numbered, written. Throws what SQLite throws; then nothing is remembered. */
import type { Entry } from "../../core/event.ts";
import { must, present } from "../../core/invariant.ts";
import { auditHash, commitHash, type EntryFields, entryHash, fieldsOf } from "./chain.ts";
import type { Database } from "./database.ts";
import { definitionHash, type Head, type Reads } from "./reads.ts";
import { DERIVED_TABLES, RUNS_MAX } from "./schema.sql.ts";
import type { Mark } from "./sidecar.ts";
import {
  prepareWrites,
  type Writes,
  writeCheckpoint,
  writeEffect,
  writeEntry,
  writeMark,
  writeRun,
  writeTask,
} from "./statements.ts";
import type { AuditLine, Commit } from "./store.ts";

export interface Work {
  readonly commit: Commit;
  readonly audit: AuditLine | null;
  /** The read model, effects and checkpoints are emptied first. */
  readonly replaces: boolean;
}

interface Written {
  readonly fields: EntryFields;
  readonly head: Head;
}

interface Plan {
  readonly numbers: ReadonlyMap<string, number>;
  readonly written: readonly Written[];
  readonly audit: (AuditLine & { readonly number: number; readonly hash: string }) | null;
  readonly mark: Mark;
  readonly open: ReadonlySet<string>;
}

export class Writer {
  readonly #database: Database;
  readonly #reads: Reads;
  readonly #writes: Writes;
  /** Of open runs. An entry is chained to the one before it without asking the database. */
  readonly #heads = new Map<string, Head>();
  #open: Set<string>;
  #tail: Mark;
  #lastNumber: number;

  constructor(database: Database, reads: Reads) {
    this.#database = database;
    this.#reads = reads;
    this.#writes = prepareWrites(database);
    this.#open = new Set(reads.openRuns());
    this.#tail = reads.tail();
    this.#lastNumber = reads.lastNumber();
  }

  get tail(): Mark {
    return this.#tail;
  }

  head(run: string): Head | undefined {
    return this.#heads.get(run);
  }

  isOpen(run: string): boolean {
    return this.#open.has(run);
  }

  write(work: Work): void {
    const plan = this.#plan(work);
    const { begin, commit, rollback } = this.#writes;
    begin.run();
    try {
      if (work.replaces) for (const table of DERIVED_TABLES) this.#database.exec(`delete from ${table}`);
      this.#writeTruth(work.commit, plan);
      this.#writeDerived(work.commit, plan);
      commit.run();
    } catch (thrown) {
      try {
        rollback.run();
      } catch {
        // SQLite has rolled back already, or the connection is of no use any more; `thrown` says which.
      }
      throw thrown;
    }
    this.#remember(work, plan);
  }

  #plan({ commit, audit, replaces }: Work): Plan {
    const numbers = this.#numbersOf(commit);
    const written = this.#chain(commit.entries, numbers);
    const line = audit === null ? null : this.#auditLine(audit);
    const open: ReadonlySet<string> = replaces ? new Set() : this.#open;
    return { numbers, written, audit: line, mark: this.#markOf(written, line?.hash ?? null), open };
  }

  #numbersOf(commit: Commit): ReadonlyMap<string, number> {
    const numbers = new Map<string, number>();
    let last = this.#lastNumber;
    for (const { run, sequence } of commit.entries) {
      if (numbers.has(run)) continue;
      const known = this.#numberOf(run);
      must(known !== null || sequence === 1, "a run begins with its first entry", run);
      if (known === null) last += 1;
      numbers.set(run, known ?? last);
    }
    must(last < RUNS_MAX, `a journal holds fewer than ${RUNS_MAX} runs`);
    for (const rows of [
      commit.runs,
      commit.tasks,
      commit.effectsOpened,
      commit.effectsClosed,
      commit.checkpoints,
    ]) {
      for (const { run } of rows) {
        if (!numbers.has(run))
          numbers.set(run, present(this.#numberOf(run), `run ${run} has a row but no entry`));
      }
    }
    return numbers;
  }

  #numberOf(run: string): number | null {
    return this.#heads.get(run)?.number ?? this.#reads.numberOf(run);
  }

  #chain(entries: readonly Entry[], numbers: ReadonlyMap<string, number>): readonly Written[] {
    const heads = new Map<string, Head>();
    const numberOf = (run: string) => present(numbers.get(run), run);
    return inPlaceOrder(entries, numberOf).map((entry) => {
      const { run, sequence, at, tick } = entry;
      const head = heads.get(run) ?? this.#heads.get(run) ?? this.#reads.head(numberOf(run));
      must(sequence === head.sequence + 1, "entries of a run follow one another", sequence);
      must(Number.isFinite(at) && Number.isFinite(tick), "an entry has its times", sequence);
      const fields = fieldsOf(entry);
      const next: Head = { number: head.number, sequence, hash: entryHash(head.hash, fields) };
      heads.set(run, next);
      return { fields, head: next };
    });
  }

  #auditLine(line: AuditLine): Plan["audit"] {
    const last = this.#reads.auditTail();
    const at = line.at;
    const action = line.action.toWellFormed();
    const detail = line.detail.toWellFormed();
    return { at, action, detail, number: last.number + 1, hash: auditHash(last.hash, at, action, detail) };
  }

  #markOf(written: readonly Written[], audited: string | null): Mark {
    if (written.length === 0 && audited === null) return this.#tail;
    const number = this.#tail.number + 1;
    const hashes = written.map(({ head }) => head.hash);
    if (audited !== null) hashes.push(audited);
    return {
      number,
      entries: this.#tail.entries + written.length,
      hash: commitHash(this.#tail.hash, number, hashes),
    };
  }

  #writeTruth(commit: Commit, { numbers, written, audit, mark }: Plan): void {
    const { insert } = this.#writes;
    for (const { digest, text } of commit.definitions) {
      insert.definition.run(digest, text, definitionHash(digest, text));
    }
    for (const { fields, head } of written) {
      if (fields.sequence === 1) insert.journal.run(present(numbers.get(fields.run), fields.run), fields.run);
      writeEntry(this.#writes, head.number, mark.number, fields, head.hash);
    }
    if (audit !== null) {
      insert.audit.run(audit.number, mark.number, audit.at, audit.action, audit.detail, audit.hash);
    }
    if (mark !== this.#tail) writeMark(this.#writes, mark);
  }

  #writeDerived(commit: Commit, { numbers, written, open }: Plan): void {
    const writes = this.#writes;
    const numberOf = (run: string) => present(numbers.get(run), run);
    for (const row of commit.runs) {
      const number = numberOf(row.run);
      writeRun(writes, number, row);
      const isOpen = row.endedAt === null;
      if (isOpen !== open.has(row.run)) (isOpen ? writes.openRun : writes.closeRun).run(number);
    }
    for (const row of commit.tasks) writeTask(writes, numberOf(row.run), row);
    for (const { run, id } of commit.effectsClosed) writes.closeEffect.run(numberOf(run), id);
    for (const row of commit.effectsOpened) writeEffect(writes, numberOf(row.run), row);
    for (const { run, sequence, state } of commit.checkpoints) {
      const here = written.find(({ head, fields }) => fields.run === run && head.sequence === sequence);
      const hash = here?.head.hash ?? this.#reads.entryHash(numberOf(run), sequence);
      writeCheckpoint(writes, numberOf(run), { sequence, hash: present(hash, `entry ${sequence}`), state });
    }
  }

  #remember({ commit, replaces }: Work, { written, mark }: Plan): void {
    if (replaces) this.#open = new Set();
    for (const { fields, head } of written) {
      this.#heads.set(fields.run, head);
      this.#lastNumber = Math.max(this.#lastNumber, head.number);
    }
    for (const { run, endedAt } of commit.runs) {
      if (endedAt === null) this.#open.add(run);
      else {
        this.#open.delete(run);
        this.#heads.delete(run);
      }
    }
    this.#tail = mark;
  }
}

/** Entries in the order of their places, as the commit's hash takes them; one run's stand in order already. */
function inPlaceOrder(entries: readonly Entry[], numberOf: (run: string) => number): readonly Entry[] {
  const first = entries[0]?.run;
  if (entries.every((entry) => entry.run === first)) return entries;
  return [...entries].sort(
    (left, right) => numberOf(left.run) - numberOf(right.run) || left.sequence - right.sequence,
  );
}
