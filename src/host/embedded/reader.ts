/** The journal for commands that only look: beside an owner that writes, or when there is none. Writes nothing. */
import type { Entry, RunStarted } from "../../core/event.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Change } from "../../core/replay.ts";
import type { Workflow } from "../../core/workflow.ts";
import type { Files } from "../../port/files.ts";
import { attemptFolder } from "../../work/folder.ts";
import type { AskedRow, EffectRow, RetryRow, RunQuery, RunRow, TaskRow } from "../host.ts";
import { type Connect, connect, type Database } from "./database.ts";
import { EntryTail } from "./entry-tail.ts";
import { problemOf } from "./faults.ts";
import { DATABASE_FILE, lookAtJournal } from "./guard.ts";
import type { Replay } from "./load.ts";
import { missingNotice } from "./missing.ts";
import { ownerLives, readOwner } from "./owner.ts";
import { Reads } from "./reads.ts";
import { MIGRATIONS } from "./schema.sql.ts";
import type { AuditLine } from "./store.ts";

export interface ReaderOptions {
  readonly backups?: string;
  readonly connect?: Connect;
  /** Asked when a workflow or a run's changes are first; without it only what was kept is read. */
  readonly replay?: () => Replay;
}

/** null when the project has no journal; a backup of it is a problem then, for the journal was there once. */
export function openReader(
  folder: string,
  files: Files,
  options: ReaderOptions = {},
): Result<JournalReader | null> {
  const opener = options.connect ?? connect;
  const found = lookAtJournal({
    folder,
    files,
    connect: opener,
    version: MIGRATIONS.length,
    structure: false,
  });
  if (found.state === "refused" && (found.problem.code !== "E_JOURNAL" || isEmpty(files, folder)))
    return bad(found.problem);
  const [gone] = found.state === "none" ? missingNotice(files, options.backups) : [];
  if (gone !== undefined) return bad({ ...gone, code: "E_JOURNAL" });
  if (found.state === "none" || (found.state === "journal" && found.version === 0)) return good(null);
  try {
    const database = opener(`${folder}/${DATABASE_FILE}`, { readOnly: true });
    return good(
      new JournalReader({
        folder,
        files,
        database,
        damage: found.state === "refused" ? found.problem : null,
        replay: options.replay ?? null,
      }),
    );
  } catch (thrown) {
    return bad(problemOf(thrown, folder));
  }
}

/** Of what is damaged the rest is shown; here is nothing to show. */
function isEmpty(files: Files, folder: string): boolean {
  return (files.stat(`${folder}/${DATABASE_FILE}`)?.size ?? 0) === 0;
}

interface ReaderParts {
  readonly folder: string;
  readonly files: Files;
  readonly database: Database;
  readonly damage: Problem | null;
  readonly replay: (() => Replay) | null;
}

export class JournalReader {
  /** What is wrong with the journal as a whole; what can be read is still shown. */
  readonly damage: Problem | null;
  readonly #parts: ReaderParts;
  readonly #reads: Reads;
  #replay: Replay | null = null;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.damage = parts.damage;
    this.#reads = new Reads(parts.database);
  }

  /** True while a living process owns the project. */
  get owned(): boolean {
    const record = readOwner(this.#parts.files, this.#parts.folder);
    return record !== null && ownerLives(record, this.#parts.files);
  }

  runs(query: RunQuery): readonly RunRow[] {
    return this.#reads.runs(query);
  }

  run(id: string): RunRow | null {
    return this.#reads.run(id);
  }

  tasks(run: string, statuses?: readonly string[]): readonly TaskRow[] {
    return this.#reads.tasks(run, statuses);
  }

  taskCounts(run: string): ReadonlyMap<string, number> {
    return this.#reads.taskCounts(run);
  }

  effects(run?: string): readonly EffectRow[] {
    return this.#reads.effects(run);
  }

  entries(run: string, after = 0): readonly Entry[] {
    return this.#reads.entries(run, after);
  }

  audits(action: string, start: string): readonly AuditLine[] {
    return this.#reads.audits(action, start);
  }

  get lastCommit(): number {
    return this.#reads.tail().number;
  }

  started(run: string): RunStarted | null {
    return this.#reads.started(run);
  }

  workflow(run: string): Workflow | null {
    const started = this.started(run);
    const text = started === null ? null : this.definition(started.digest);
    const { replay } = this.#parts;
    if (started === null || text === null || replay === null) return null;
    this.#replay ??= replay();
    return this.#replay.link({ digest: started.digest, text }, started.path);
  }

  *changes(run: string): Generator<Change> {
    const workflow = this.workflow(run);
    if (workflow !== null) yield* this.#replay?.changes(run, workflow, this.entries(run)) ?? [];
  }

  /** A run's entries, bit by bit: each look gives what has come since the last one. */
  tail(run: string): EntryTail {
    return new EntryTail(this.#reads, run);
  }

  /** How many runs there ever were. */
  everyRunCount(): number {
    return this.#reads.everyRun().length;
  }

  /** Runs that ended then or later, and those that are open. */
  livedSince(at: number): readonly string[] {
    return [...new Set([...this.#reads.openRuns(), ...this.#reads.endedSince(at)])];
  }

  openRuns(): readonly string[] {
    return this.#reads.openRuns();
  }

  definition(digest: string): string | null {
    return this.#reads.definition(digest);
  }

  runsEnding(suffix: string): readonly string[] {
    return this.#reads.runsEnding(suffix);
  }

  lastRunBeginning(start: string): string | null {
    return this.#reads.lastRunBeginning(start);
  }

  retries(since: string): readonly RetryRow[] {
    return this.#reads.retries(since);
  }

  asked(roots: readonly string[]): readonly AskedRow[] {
    return this.#reads.asked(roots);
  }

  runsEndingIn(endings: readonly string[]): readonly string[] {
    return this.#reads.runsEndingIn(endings);
  }

  /** How much stands in a log by now, and since when; null when there is none. */
  printed(log: string): { readonly bytes: number; readonly at: number } | null {
    const stat = this.#parts.files.statTarget(log);
    return stat?.kind === "file" ? { bytes: stat.size, at: stat.modifiedMs } : null;
  }

  /** Folder of one attempt: output.log, stdout.txt, result.json. */
  attemptFolder(run: string, task: string, item: number | null, attempt: number): string {
    const ref = item === null ? { task, attempt } : { task, item, attempt };
    return attemptFolder(this.#parts.folder, run, ref);
  }

  close(): void {
    this.#parts.database.close();
  }
}
