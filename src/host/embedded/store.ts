/**
 * What the embedded host needs of its journal file. One commit is one SQLite transaction: entries, changed rows
 * of the read model, open effects and checkpoints stand together or not at all.
 */
import type { Entry } from "../../core/event.ts";
import type { Problem } from "../../core/problem.ts";
import type { EffectRow, RunQuery, RunRow, TaskRow } from "../host.ts";

export interface Commit {
  readonly definitions: readonly { readonly digest: string; readonly text: string }[];
  readonly entries: readonly Entry[];
  readonly runs: readonly RunRow[];
  readonly tasks: readonly TaskRow[];
  /** Rows of instances and tasks that are gone since the run was set back. */
  readonly effectsOpened: readonly EffectRow[];
  readonly effectsClosed: readonly { readonly run: string; readonly id: string }[];
  readonly checkpoints: readonly {
    readonly run: string;
    readonly sequence: number;
    readonly state: string;
  }[];
}

/** A line about something that belongs to no run. */
export interface AuditLine {
  /** Wall time, ms since the epoch. */
  readonly at: number;
  readonly action: string;
  readonly detail: string;
}

export interface Store {
  /** Writes the commit in one transaction and its mark into the sidecar. Throws StoreFault; nothing is written then. */
  commit(commit: Commit): void;
  /** Set while the disk was found full and the reserve is in use: nothing new is started. */
  readonly pressure: Problem | null;
  /** Resolves when the sidecar says on disk what the last commit said; shared by all who wait. */
  synced(): Promise<void>;
  definition(digest: string): string | null;
  /** Entries of one run in order, the hash chain verified from the start; throws JournalFault on a break. */
  entries(run: string, after?: number): readonly Entry[];
  checkpoint(run: string): { readonly sequence: number; readonly state: string } | null;
  /** Runs that are not closed, oldest first, children after their parents. */
  openRuns(): readonly string[];
  /** Runs that ended at this time or later, children among them. */
  endedSince(at: number): readonly string[];
  runs(query: RunQuery): readonly RunRow[];
  run(id: string): RunRow | null;
  tasks(run: string): readonly TaskRow[];
  effects(run?: string): readonly EffectRow[];
  /** The event keys already answered for this run. */
  hasKey(run: string, key: string): boolean;
  /** Whether this text stands in an entry of the run: looked for, not verified. */
  tells(run: string, text: string): boolean;
  /** Full ids whose last characters are `suffix`. */
  runsEnding(suffix: string): readonly string[];
  audit(action: string, detail: string): void;
  /** The online backup. */
  backup(target: string): Promise<void>;
  close(): Promise<void>;
}
