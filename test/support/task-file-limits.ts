// What shows that the limits of task files hold, also of those that agents write.
import type { RunStarted } from "../../src/core/event.ts";
import type { Limits } from "../../src/core/limits.ts";
import { readTaskFile } from "../../src/exchange/taskfile/task-file.ts";
import { type QuotaReader, TaskQuota } from "../../src/exchange/taskfile/task-quota.ts";
import type { RunRow } from "../../src/host/host.ts";
import { realClock } from "../../src/port/clock.ts";

const TASK = "---\ntask_id: a\ntask_type: coder\n---\n";
const taskProblem = (text: string, limits: Limits) => {
  const read = readTaskFile("a.md", Buffer.from(text), limits);
  return read.ok ? null : (read.problems[0]?.message ?? "");
};

/** Each was started for a task file that the agents of the one before it wrote; `r0` by a person. */
const AGENT_RUNS: QuotaReader = {
  run: (run) => ({ run, root: run }) as RunRow,
  runs: () => [],
  started: (run) => {
    const number = Number(run.slice(1));
    const parents = number > 0 ? [`r${number - 1}`] : [];
    return {
      parent: null,
      trigger: { kind: "files", body: { task_id: run, parents } },
    } as unknown as RunStarted;
  },
};

async function heldBack(quota: TaskQuota, parent: string): Promise<string | null> {
  return (await quota.problem({ id: "a", shown: "a.md", parents: [parent] }))?.message ?? null;
}

const quotaOf = (limits: Limits) =>
  new TaskQuota(AGENT_RUNS, { clock: realClock, limits, nameOf: (run) => run });

export const TASK_FILE_PROOFS = {
  taskFileBytes: {
    most: 200,
    say: (bytes: number, limits: Limits) => taskProblem(TASK.padEnd(bytes, "x"), limits),
  },
  frontMatterBytes: {
    most: 200,
    say: (bytes: number, limits: Limits) =>
      taskProblem(TASK.replace("\n---\n", `\n#${"x".repeat(bytes - TASK.length + 2)}\n---\n`), limits),
  },
  taskFilesOfRun: {
    most: 2,
    say: (count: number, limits: Limits) => {
      const quota = quotaOf(limits);
      for (let at = 1; at < count; at += 1) quota.take(`t${at}`, ["r0"]);
      return heldBack(quota, "r0");
    },
  },
  taskFileDepth: {
    most: 2,
    say: (depth: number, limits: Limits) => heldBack(quotaOf(limits), `r${depth - 1}`),
  },
};
