/** The journal in memory: what the engine needs of a store, without a disk. For tests and the simulator. */
import type { Entry } from "../../src/core/event.ts";
import type { Commit, Store } from "../../src/host/embedded/store.ts";
import type { EffectRow, RunQuery, RunRow, TaskRow } from "../../src/host/host.ts";

export class MemoryStore implements Store {
  readonly pressure = null;
  readonly commits: Commit[] = [];
  readonly #definitions = new Map<string, string>();
  readonly #entries = new Map<string, Entry[]>();
  readonly #runs = new Map<string, RunRow>();
  readonly #tasks = new Map<string, Map<number, TaskRow>>();
  readonly #effects = new Map<string, EffectRow>();

  commit(commit: Commit): void {
    this.commits.push(commit);
    for (const { digest, text } of commit.definitions) this.#definitions.set(digest, text);
    for (const entry of commit.entries) {
      const list = this.#entries.get(entry.run) ?? [];
      list.push(structuredClone(entry));
      this.#entries.set(entry.run, list);
    }
    for (const row of commit.runs)
      this.#runs.set(row.run, { ...row, detail: row.detail ?? this.#runs.get(row.run)?.detail ?? null });
    for (const row of commit.tasks) {
      const rows = this.#tasks.get(row.run) ?? new Map<number, TaskRow>();
      if (row.status === "pending") rows.delete(row.position);
      else rows.set(row.position, row);
      this.#tasks.set(row.run, rows);
    }
    for (const row of commit.effectsOpened) this.#effects.set(`${row.run}/${row.id}`, row);
    for (const { run, id } of commit.effectsClosed) this.#effects.delete(`${run}/${id}`);
  }

  synced(): Promise<void> {
    return Promise.resolve();
  }

  definition(digest: string): string | null {
    return this.#definitions.get(digest) ?? null;
  }

  entries(run: string, after = 0): readonly Entry[] {
    return (this.#entries.get(run) ?? []).filter((entry) => entry.sequence > after);
  }

  checkpoint(): null {
    return null;
  }

  openRuns(): readonly string[] {
    return [...this.#runs.values()].filter((row) => row.endedAt === null).map((row) => row.run);
  }

  endedSince(at: number): readonly string[] {
    return [...this.#runs.values()].filter((row) => (row.endedAt ?? -1) >= at).map((row) => row.run);
  }

  runs(query: RunQuery): readonly RunRow[] {
    const { status, workflow, parent = null, label, since = 0, search = "", before, limit } = query;
    const numbers = [...this.#runs.keys()];
    return [...this.#runs.values()]
      .filter(
        (row) =>
          (status?.includes(row.status) ?? true) &&
          (workflow === undefined || row.workflow === workflow) &&
          row.parent === parent &&
          (label === undefined || row.label === label) &&
          row.startedAt >= since &&
          searched(row).includes(search.toLowerCase()) &&
          (before === undefined || numbers.indexOf(row.run) < numbers.indexOf(before)),
      )
      .sort((left, right) => numbers.indexOf(right.run) - numbers.indexOf(left.run))
      .slice(0, limit);
  }

  /** Drops what can be derived and takes it from this commit. */
  replaceDerived(commit: Commit): void {
    for (const rows of [this.#runs, this.#tasks, this.#effects]) rows.clear();
    this.commit(commit);
  }

  run(id: string): RunRow | null {
    return this.#runs.get(id) ?? null;
  }

  tasks(run: string): readonly TaskRow[] {
    return [...(this.#tasks.get(run)?.values() ?? [])].sort((left, right) => left.position - right.position);
  }

  effects(run?: string): readonly EffectRow[] {
    return [...this.#effects.values()].filter((row) => run === undefined || row.run === run);
  }

  hasKey(run: string, key: string): boolean {
    return this.entries(run).some((entry) => entry.key === key);
  }

  tells(run: string, text: string): boolean {
    return this.entries(run).some(({ event }) => JSON.stringify(event).includes(text));
  }

  runsEnding(suffix: string): readonly string[] {
    return [...this.#runs.keys()].filter((id) => id.endsWith(suffix));
  }

  audit(): void {}

  backup(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** What a search looks in. */
function searched({ workflow, label, failedTask, failureClass, failureMessage, detail }: RunRow): string {
  const parts = [
    workflow,
    label,
    failedTask,
    failureClass,
    failureMessage,
    JSON.stringify(detail?.params ?? ""),
  ];
  return parts.join("\n").toLowerCase();
}
