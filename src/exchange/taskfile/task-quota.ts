/** How many task files of one run's agents are done, and how deep: beyond that a person is asked to let them through. */
import { beyond, LIMITS, type Limit, type Limits, most } from "../../core/limits.ts";
import type { Problem } from "../../core/problem.ts";
import type { RunQuery, RunRow } from "../../host/host.ts";
import type { Clock } from "../../port/clock.ts";
import { inTurns } from "../../port/in-turns.ts";
import { depthOf, type LineageReader, parentsOf, rootsOf } from "./lineage.ts";
import { TASK_LABEL } from "./task-run.ts";

export interface QuotaReader extends LineageReader {
  run(id: string): RunRow | null;
  runs(query: RunQuery): readonly RunRow[];
}

export interface Asking {
  readonly id: string;
  /** As people see it. */
  readonly shown: string;
  readonly parents: readonly string[];
}

interface QuotaOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  /** As people call a run. */
  readonly nameOf: (run: string) => string;
}

export class TaskQuota {
  readonly #reader: QuotaReader;
  readonly #options: QuotaOptions;
  /** By run at the top: the runs of the task files that its agents wrote. */
  readonly #taken = new Map<string, Promise<Set<string>>>();

  constructor(reader: QuotaReader, options: QuotaOptions) {
    this.#reader = reader;
    this.#options = options;
  }

  /** Why a task file may not be done now; null for one that no run wrote. Each run that may have written it counts. */
  async problem({ id, shown, parents }: Asking): Promise<Problem | null> {
    const { limits } = this.#options;
    const deepest = most(LIMITS.taskFileDepth, limits);
    if (depthOf(parents, this.#reader, deepest) > deepest)
      return this.#refused(
        id,
        `${shown} comes from task files that came from task files`,
        LIMITS.taskFileDepth,
      );
    for (const root of rootsOf(parents, this.#reader)) {
      const taken = await this.#takenBy(root);
      if (taken.size < most(LIMITS.taskFilesOfRun, limits)) continue;
      const name = this.#options.nameOf(root);
      return this.#refused(id, `${shown} is one of too many that ${name} has written`, LIMITS.taskFilesOfRun);
    }
    return null;
  }

  /** A run is about to begin. Returns how to take that back. */
  take(run: string, parents: readonly string[]): () => void {
    const taken = rootsOf(parents, this.#reader).map((root) => this.#takenBy(root));
    for (const one of taken) void one.then((runs) => runs.add(run));
    return () => {
      for (const one of taken) void one.then((runs) => runs.delete(run));
    };
  }

  #refused(id: string, what: string, limit: Limit): Problem {
    return {
      code: "E_TASK_QUOTA",
      message: `${what}: ${beyond(limit, this.#options.limits)}`,
      hint: `decapod task move ${id} pending lets it through`,
    };
  }

  #takenBy(root: string): Promise<Set<string>> {
    const known = this.#taken.get(root);
    if (known !== undefined) return known;
    const counted = this.#count(root);
    this.#taken.set(root, counted);
    return counted;
  }

  /** What it had done before this was asked: nothing of that began before the run itself. */
  async #count(root: string): Promise<Set<string>> {
    const since = this.#reader.run(root)?.startedAt;
    const found = new Set<string>();
    const rows = this.#reader.runs({ label: TASK_LABEL, ...(since !== undefined && { since }) });
    for await (const { run } of inTurns(rows, this.#options.clock))
      if (rootsOf(parentsOf(run, this.#reader), this.#reader).includes(root)) found.add(run);
    return found;
  }
}
