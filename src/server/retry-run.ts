/** runs.retry: tasks of a run that has ended are done again, in the same run. */
import type { Input } from "../contract.ts";
import { bad, good, type Result } from "../core/problem.ts";
import { retriedTasks } from "../core/retried.ts";
import type { Run } from "../core/run.ts";
import { type ServedEngine, wholeRun } from "./served-engine.ts";

export async function retryRun(
  engine: ServedEngine,
  { run, ...asked }: Input<"runs.retry">,
  by: string,
): Promise<Result<{ run: string }>> {
  const ended = endedRun(engine, run);
  if (!ended.ok) return ended;
  const tasks = retriedTasks(ended.value, asked);
  if (!tasks.ok) return tasks;
  // Of a run that has ended nothing begins by this; a rehearsal gets its script.
  const ready = engine.resume(run, null);
  if (!ready.ok) return ready;
  const reopened = await engine.host.apply(run, null, { type: "run.reopened", by, tasks: tasks.value });
  return reopened.ok ? good({ run }) : reopened;
}

function endedRun(engine: ServedEngine, id: string): Result<Run> {
  const found = wholeRun(engine, id);
  if (!found.ok || found.value.phase === "closed") return found;
  return bad({
    code: "E_RUN_ALIVE",
    message: `run ${id} still lives: it is ${found.value.status}`,
    hint: "wait for its end, or cancel it",
  });
}
