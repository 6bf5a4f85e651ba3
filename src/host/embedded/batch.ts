/** What one commit will hold: collected over a loop turn, written at its end. */
import { checkpointText, isCheckpointDue } from "../../core/checkpoint.ts";
import type { Change } from "../../core/replay.ts";
import type { Run } from "../../core/run.ts";
import type { EffectRow } from "../host.ts";
import { changedTaskRows, runRow } from "../rows.ts";
import type { Commit } from "./store.ts";

export class Batch {
  readonly changes: Change[] = [];
  readonly definitions = new Map<string, string>();
  readonly opened = new Map<string, EffectRow>();
  readonly closed = new Map<string, { run: string; id: string }>();
  readonly keys = new Set<string>();
  readonly #first = new Map<string, Run | null>();
  readonly #last = new Map<string, Run>();

  get isEmpty(): boolean {
    return this.changes.length === 0;
  }

  add(change: Change): void {
    const { run } = change.entry;
    if (!this.#first.has(run)) this.#first.set(run, change.before);
    this.#last.set(run, change.after);
    this.changes.push(change);
  }

  open(row: EffectRow): void {
    this.opened.set(`${row.run}/${row.id}`, row);
    this.closed.delete(`${row.run}/${row.id}`);
  }

  close(run: string, id: string): void {
    this.opened.delete(`${run}/${id}`);
    this.closed.set(`${run}/${id}`, { run, id });
  }

  commit(): Commit {
    const runs = [...this.#last.values()];
    return {
      definitions: [...this.definitions].map(([digest, text]) => ({ digest, text })),
      entries: this.changes.map((change) => change.entry),
      runs: runs.map((run) => runRow(run, this.#first.get(run.id) === null || run.phase === "closed")),
      tasks: runs.flatMap((run) => changedTaskRows(this.#first.get(run.id) ?? null, run)),
      effectsOpened: [...this.opened.values()],
      effectsClosed: [...this.closed.values()],
      checkpoints: runs
        .filter((run) => isCheckpointDue(this.#first.get(run.id) ?? null, run))
        .map((run) => ({ run: run.id, sequence: run.sequence, state: checkpointText(run) })),
    };
  }
}
