/** The journal while it is open: one writer, everything of a commit in one transaction, the mark after it. */
import type { Entry } from "../../core/event.ts";
import { must } from "../../core/invariant.ts";
import type { Problem } from "../../core/problem.ts";
import type { Clock } from "../../port/clock.ts";
import type { EffectRow, RunQuery, RunRow, TaskRow } from "../host.ts";
import type { Database } from "./database.ts";
import { JournalFault, StoreFault } from "./fault.ts";
import { journalProblem, storeFault } from "./faults.ts";
import type { MarkKeeper } from "./mark-keeper.ts";
import { Reads } from "./reads.ts";
import type { Reserve } from "./reserve.ts";
import { PLACES } from "./schema.sql.ts";
import type { Mark } from "./sidecar.ts";
import type { AuditLine, Commit, Store } from "./store.ts";
import { type Work, Writer } from "./writer.ts";

/** What the journal stands on; made by open-journal.ts. */
export interface JournalParts {
  readonly folder: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly reserve: Reserve;
  readonly keeper: (tail: Mark, failed: (error: unknown) => StoreFault) => MarkKeeper;
  /** Throws when a file of the journal was deleted or replaced. */
  readonly check: () => void;
  readonly lookMs: number;
  readonly copy: (target: string) => Promise<void>;
  /** Closes the files that are not SQLite's. */
  readonly closeFiles: () => void;
  readonly notices: readonly Problem[];
  /** False opens a journal whose read model is to be made anew. */
  readonly hasModel: boolean;
}

const TELLS = `select 1 from journals join entries on place > number * ${PLACES} and place < (number + 1) * ${PLACES}
  where run = ? and instr(text, ?) > 0 limit 1`;

const NOTHING: Commit = {
  definitions: [],
  entries: [],
  runs: [],
  tasks: [],
  effectsOpened: [],
  effectsClosed: [],
  checkpoints: [],
};

export class Journal implements Store {
  /** What the person who opened it should be told. */
  readonly notices: readonly Problem[];
  readonly #parts: JournalParts;
  readonly #reads: Reads;
  readonly #writer: Writer;
  readonly #keeper: MarkKeeper;
  /** Of open runs that were asked about. */
  readonly #keys = new Map<string, Set<string>>();
  #fault: StoreFault | null = null;
  #isClosed = false;
  #cancelCheck: () => void = () => {};

  constructor(parts: JournalParts) {
    this.#parts = parts;
    this.notices = parts.notices;
    this.#reads = new Reads(parts.database, parts.hasModel);
    this.#writer = new Writer(parts.database, this.#reads);
    this.#keeper = parts.keeper(this.#writer.tail, (error) => this.#stop(error));
    this.#watchFiles();
  }

  /** The journal's own name: a copy of another journal never takes the place of a copy of this one. */
  get id(): string {
    return this.#reads.id();
  }

  /** Set once nothing more is accepted: the journal must be opened again, which verifies it again. */
  get fault(): Problem | null {
    return this.#fault?.problem ?? null;
  }

  /** Set while the disk was found full and the reserve is in use: start nothing new. */
  get pressure(): Problem | null {
    return this.#parts.reserve.problem();
  }

  commit(commit: Commit): void {
    this.#write({ commit, audit: null, replaces: false });
    for (const { run, key } of commit.entries) if (key !== null) this.#keys.get(run)?.add(key.toWellFormed());
    for (const { run, endedAt } of commit.runs) if (endedAt !== null) this.#keys.delete(run);
  }

  audit(action: string, detail: string): void {
    const line: AuditLine = { at: this.#parts.clock.wall(), action, detail };
    this.#write({ commit: NOTHING, audit: line, replaces: false });
  }

  audits(action: string, start: string): readonly AuditLine[] {
    return this.#reads.audits(action, start);
  }

  lastAudit(action: string, start: string): AuditLine | null {
    return this.#reads.lastAudit(action, start);
  }

  /** Empties all that replay gives back and fills it from `commit`, in one transaction. The truth stays. */
  replaceDerived(commit: Commit): void {
    must(commit.entries.length === 0, "a rebuild brings no entries");
    this.#write({ commit, audit: null, replaces: true });
    this.#reads.modelMade();
  }

  synced(): Promise<void> {
    return this.#keeper.synced();
  }

  /** A full disk is tried once more with the reserve given up, so that what runs can be brought to its end. */
  #write(work: Work): void {
    if (this.#fault !== null) throw this.#fault;
    must(!this.#isClosed, "the journal is open");
    const before = this.#writer.tail;
    try {
      this.#attempt(work);
    } catch (thrown) {
      throw this.#failed(thrown);
    }
    if (this.#writer.tail !== before) this.#keeper.note(this.#writer.tail);
  }

  #attempt(work: Work): void {
    try {
      this.#writer.write(work);
    } catch (thrown) {
      if (storeFault(thrown, this.#parts.folder).problem.code !== "E_DISK_FULL") throw thrown;
      if (!this.#parts.reserve.release()) throw thrown;
      this.#writer.write(work);
    }
  }

  #failed(thrown: unknown): StoreFault {
    const fault = storeFault(thrown, this.#parts.folder);
    if (!fault.retryable) this.#fault ??= fault;
    return fault;
  }

  /** A sync that failed once is not tried again: what the system then says about it is not to be believed. */
  #stop(error: unknown): StoreFault {
    const fault = storeFault(error, this.#parts.folder);
    this.#fault ??= fault.retryable ? new StoreFault(fault.problem, false, error) : fault;
    return this.#fault;
  }

  #watchFiles(): void {
    this.#cancelCheck = this.#parts.clock.after(this.#parts.lookMs, () => {
      try {
        this.#parts.check();
        this.#watchFiles();
      } catch (error) {
        this.#stop(error);
      }
    });
  }

  definition(digest: string): string | null {
    return this.#reads.definition(digest);
  }

  entries(run: string, after = 0): readonly Entry[] {
    const entries = this.#reads.entries(run, after);
    const last = entries.at(-1)?.sequence ?? after;
    const head = this.#writer.head(run)?.sequence ?? 0;
    if (last >= head) return entries;
    throw new JournalFault(journalProblem(`run ${run} has ${last} of ${head} entries left`));
  }

  checkpoint(run: string): { readonly sequence: number; readonly state: string } | null {
    return this.#reads.checkpoint(run);
  }

  /** Every run there ever was, oldest first: from the truth, not from the lists. */
  everyRun(): readonly string[] {
    return this.#reads.everyRun();
  }

  openRuns(): readonly string[] {
    return this.#reads.openRuns();
  }

  endedSince(at: number): readonly string[] {
    return this.#reads.endedSince(at);
  }

  runs(query: RunQuery): readonly RunRow[] {
    return this.#reads.runs(query);
  }

  run(id: string): RunRow | null {
    return this.#reads.run(id);
  }

  tasks(run: string): readonly TaskRow[] {
    return this.#reads.tasks(run);
  }

  effects(run?: string): readonly EffectRow[] {
    return this.#reads.effects(run);
  }

  hasKey(run: string, key: string): boolean {
    let keys = this.#keys.get(run);
    if (keys === undefined) {
      keys = new Set(this.#reads.keys(run));
      if (this.#writer.isOpen(run)) this.#keys.set(run, keys);
    }
    return keys.has(key.toWellFormed());
  }

  tells(run: string, text: string): boolean {
    return this.#reads.get(TELLS, run, text) !== undefined;
  }

  runsEnding(suffix: string): readonly string[] {
    return this.#reads.runsEnding(suffix);
  }

  backup(target: string): Promise<void> {
    return this.#parts.copy(target);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelCheck();
    this.#parts.reserve.stop();
    // A mark that did not reach the disk is behind the database, which is allowed; `fault` says so.
    await this.#keeper.synced().catch(() => {});
    this.#keeper.stop();
    this.#parts.database.close();
    this.#parts.closeFiles();
  }
}
