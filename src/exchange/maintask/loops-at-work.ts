/** Loops in the middle of an invocation, as the journal has them, so also after a crash. */
import type { RunQuery, RunRow, TaskRow } from "../../host/host.ts";
import { LOOP_LABEL, loopName } from "./loop-workflow.ts";

export interface LoopRuns {
  runs(query: RunQuery): readonly RunRow[];
  tasks(run: string): readonly TaskRow[];
}

const OVER = ["success", "failed", "cancelled", "skipped"];

/** From the look of an invocation to the end of its check: what is written into its stream meanwhile is its own. */
export function isAtWork(journal: LoopRuns, stream: string | null): boolean {
  const loops = journal.runs({
    workflow: loopName(stream),
    label: LOOP_LABEL,
    status: ["running", "paused"],
  });
  return loops.some(({ run }) => {
    const [pass] = journal.runs({ parent: run, limit: 1 });
    const tasks = pass === undefined ? [] : journal.tasks(pass.run);
    const statusOf = (id: string) => tasks.find(({ task }) => task === id)?.status ?? "";
    return statusOf("look") === "success" && !OVER.includes(statusOf("check"));
  });
}
