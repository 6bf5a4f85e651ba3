/** The task files that agents write: which they are, and which of them wait for a person. */
import { join } from "node:path";
import type { Limits } from "../../core/limits.ts";
import type { Problem } from "../../core/problem.ts";
import type { Clock } from "../../port/clock.ts";
import type { Files } from "../../port/files.ts";
import { inTurns } from "../../port/in-turns.ts";
import { AgentsAtWork, type WorkReader } from "./agents-at-work.ts";
import { LetThrough } from "./let-through.ts";
import { readTaskFile, type TaskFile } from "./task-file.ts";
import { type FoundFile, idOf, type TaskFolders } from "./task-folders.ts";
import { type Asking, type QuotaReader, TaskQuota } from "./task-quota.ts";

export interface AgentFilesReader extends QuotaReader, Omit<WorkReader, "lastPrinted"> {
  attemptFolder(run: string, task: string, item: number | null, attempt: number): string;
  printed(log: string): { readonly at: number } | null;
}

export interface AgentFilesOptions {
  readonly reader: AgentFilesReader;
  readonly files: Files;
  readonly clock: Clock;
  readonly stateFolder: string;
  readonly limits: Limits;
  /** As people call a run. */
  readonly nameOf: (run: string) => string;
}

export class AgentFiles {
  readonly agents: AgentsAtWork;
  readonly quota: TaskQuota;
  readonly letThrough: LetThrough;
  readonly #clock: Clock;

  constructor({ reader, files, clock, stateFolder, limits, nameOf }: AgentFilesOptions) {
    const lastPrinted: WorkReader["lastPrinted"] = ({ run, task, item, attempt }) =>
      reader.printed(join(reader.attemptFolder(run, task, item, attempt), "output.log"))?.at ?? null;
    this.agents = new AgentsAtWork({
      run: (id) => reader.run(id),
      workflow: (id) => reader.workflow(id),
      entries: (id) => reader.entries(id),
      livedSince: (at) => reader.livedSince(at),
      lastPrinted,
    });
    this.quota = new TaskQuota(reader, { clock, limits, nameOf });
    this.letThrough = new LetThrough(files, stateFolder);
    this.#clock = clock;
  }

  /** What agents did since the oldest file came that lies in `pending`. */
  async lookBack(folders: TaskFolders, isLive: (run: string) => boolean): Promise<void> {
    let oldest = Number.POSITIVE_INFINITY;
    for await (const file of inTurns(folders.list("pending"), this.#clock))
      oldest = Math.min(oldest, folders.files.stat(folders.path(file))?.changedMs ?? oldest);
    if (oldest < Number.POSITIVE_INFINITY) await this.agents.lookBack(oldest, this.#clock, isLive);
  }

  /** The runs that may have written it: the one it names itself, else those whose agents worked when it came. */
  parentsOf(
    { id, parent, digest }: Pick<TaskFile, "id" | "parent" | "digest">,
    cameAt: number,
  ): readonly string[] {
    const parents = parent === null ? this.agents.runsAt(cameAt) : [parent];
    return parents.length === 0 || this.letThrough.has(id, digest) ? [] : parents;
  }

  /** Why a file that lies in `pending` stays there until a person lets it through; null: it does not. */
  async heldBack(folders: TaskFolders, file: FoundFile): Promise<Problem | null> {
    const cameAt = folders.files.stat(folders.path(file))?.changedMs ?? 0;
    const read = folders.read(file);
    if (read?.ok !== true) return null;
    // What names no parent and came while no agent worked is a person's, whatever else it says.
    if (!Buffer.from(read.value).includes("\nparent:") && this.agents.runsAt(cameAt).length === 0)
      return null;
    const task = readTaskFile(file.shown, read.value);
    const parents = task.ok ? this.parentsOf(task.value, cameAt) : [];
    return parents.length === 0 ? null : this.problem({ id: idOf(file), shown: file.shown, parents });
  }

  problem(asking: Asking): Promise<Problem | null> {
    return this.quota.problem(asking);
  }
}
