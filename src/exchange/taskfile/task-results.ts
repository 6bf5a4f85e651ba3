/** Results in their folders: each by its day, with a link to the newest of its task. */
import { join } from "node:path";
import { BUILT_IN } from "../../core/limits.ts";
import type { Problem } from "../../core/problem.ts";
import { dayOf, type Offset } from "./local-day.ts";
import { readPlainFile } from "./plain-file.ts";
import { resultText, type TaskResult } from "./result-file.ts";
import { LATEST, RESULTS, type TaskFolders } from "./task-folders.ts";
import { isRunOf } from "./task-run.ts";

export class TaskResults {
  readonly #folders: TaskFolders;
  readonly #offset: Offset;

  constructor(folders: TaskFolders, offset: Offset) {
    this.#folders = folders;
    this.#offset = offset;
  }

  /** Where the result of a task lies that was completed then. */
  path(id: string, completedAt: number): string {
    return `${RESULTS}/${dayOf(completedAt, this.#offset)}/${id}.result.md`;
  }

  /** The result first, then the link that leads to it. */
  async write(result: TaskResult): Promise<Problem | null> {
    const shown = this.path(result.taskId, result.completedAt);
    const trouble = await this.#folders.write(shown, resultText(result));
    return trouble ?? this.#folders.link(`${LATEST}/${result.taskId}.result.md`, shown);
  }

  /** True when somebody else wrote the result that lies where this one will. */
  isForged(result: TaskResult): boolean {
    const { files, root } = this.#folders;
    const shown = this.path(result.taskId, result.completedAt);
    const read = readPlainFile(files, join(root, shown), { shown, limits: BUILT_IN });
    if (read === null) return false;
    if (!read.ok) return read.problems[0]?.code !== "E_TOO_LARGE";
    const text = Buffer.from(read.value).toString("utf8");
    // A crash between the result and the mark leaves our own.
    if (text === resultText(result)) return false;
    const [, writer = ""] = /^run_id: (\S+)$/m.exec(text) ?? [];
    // Of the same day: an earlier run of the task, or a file from which none could begin.
    const isEarlier = writer !== result.runId && isRunOf(result.taskId, writer);
    return !isEarlier && !(writer === "null" && /^status: failed$/m.test(text));
  }
}
