/** What lists of runs show beside their rows. Each thing is asked of the journal once, however many runs there are. */
import type { AskedRow, RetryRow, RunRow, TaskRow } from "../host/host.ts";
import type { Application, Project, Reader } from "./application.ts";
import { type OpenDecision, openDecisionsOf } from "./deciding/open-decisions.ts";
import { shortRuns } from "./ids.ts";
import { isClosed, type RunState } from "./words.ts";
import { type WorkedOn, workedOn } from "./worked-on.ts";

/** Of rows that somebody looks at: who lives is asked what it works on. */
export async function overviewOf(
  {
    application,
    project,
    reader,
  }: { readonly application: Application; readonly project: Project; readonly reader: Reader },
  rows: readonly RunRow[],
): Promise<Overview> {
  return new Overview(reader, rows, await workedOn(application, project, { reader, rows }));
}

export class Overview {
  readonly reader: Reader;
  readonly #names: ReadonlyMap<string, string>;
  readonly #running = new Map<string, readonly TaskRow[]>();
  #decisions: ReadonlyMap<string, readonly OpenDecision[]> | null = null;
  readonly #oldest: RunRow | undefined;
  #retries: readonly RetryRow[] | null = null;
  readonly #roots: readonly string[];
  #asked: readonly AskedRow[] | null = null;

  readonly #workedOn: WorkedOn;

  constructor(reader: Reader, rows: readonly RunRow[], workedOn: WorkedOn) {
    this.reader = reader;
    this.#workedOn = workedOn;
    this.#roots = rows.map(({ run }) => run);
    this.#oldest = rows.toSorted((one, other) => one.startedAt - other.startedAt)[0];
    this.#names = shortRuns(reader, this.#roots);
  }

  nameOf({ run }: RunRow): string {
    return this.#names.get(run) ?? run;
  }

  /** Decisions of child runs count for the run that people know. */
  decisionsOf({ run, status }: RunRow): readonly OpenDecision[] {
    if (isClosed(status)) return [];
    this.#decisions ??= openDecisionsOf(this.reader);
    return this.#decisions.get(run) ?? [];
  }

  /** Decisions that people were asked for in all. */
  askedIn({ run }: RunRow): number {
    this.#asked ??= this.reader.asked(this.#roots);
    return this.#asked.filter(({ root }) => root === run).reduce((sum, { count }) => sum + count, 0);
  }

  /** Open, and nobody works on it. What somebody paused stands still because they want it to. */
  isInterrupted(row: RunRow): boolean {
    return !isClosed(row.status) && row.status !== "paused" && !this.#workedOn(row);
  }

  /** The run that this one was started anew from, and the last one that was started anew from it. */
  retriesOf({ run }: RunRow): { readonly retryOf: string | null; readonly retriedAs: string | null } {
    this.#retries ??= this.#oldest === undefined ? [] : this.reader.retries(this.#oldest.run);
    return {
      retryOf: this.#retries.find((one) => one.run === run)?.of ?? null,
      retriedAs: this.#retries.findLast(({ of }) => of === run)?.run ?? null,
    };
  }

  /** Tasks and items that run now; a mapped task not beside its items. */
  runningIn({ run, status }: RunRow): readonly TaskRow[] {
    if (isClosed(status)) return [];
    const known = this.#running.get(run);
    if (known !== undefined) return known;
    const rows = this.reader.tasks(run, ["running"]);
    const mapped = new Set(rows.map(({ task }) => task.slice(0, Math.max(0, task.indexOf("[")))));
    const running = rows.filter(({ task }) => !mapped.has(task));
    this.#running.set(run, running);
    return running;
  }

  stateOf(row: RunRow): RunState {
    return {
      status: row.status,
      waitingFor: this.decisionsOf(row).length,
      isInterrupted: this.isInterrupted(row),
    };
  }
}
