/** Which tasks of an ended run a person has done again, and what they may not ask for. */
import { present } from "./invariant.ts";
import { bad, good, type Problem, type Result } from "./problem.ts";
import { actsOnce } from "./refuse.ts";
import { retrySet } from "./reopen.ts";
import type { Run } from "./run.ts";
import { at } from "./vector.ts";

/** With neither, all that failed or was stopped. Not both. */
export interface Retry {
  readonly tasks: readonly string[];
  /** This task and all after it. */
  readonly from: string | null;
}

export function retriedTasks(run: Run, asked: Retry): Result<readonly string[]> {
  const unknown = [...asked.tasks, ...(asked.from === null ? [] : [asked.from])].filter(
    (id) => indexOf(run, id) === null,
  );
  if (unknown.length > 0)
    return bad({ code: "E_UNKNOWN_TASK", message: `the workflow has no task ${unknown.join(", ")}` });
  const done = asked.tasks.filter((id) => !isBroken(run, id));
  if (done.length > 0) return bad(...done.map((id) => keptProblem(run, id)));
  const set = retrySet(run, asked.from, asked.tasks);
  if (set.size === 0)
    return bad({
      code: "E_NOTHING_TO_DO",
      message: "no task of this run failed or was stopped",
      hint: "--from TASK does that task and all after it again",
    });
  const once = [...set].filter((index) => mayHaveHappened(run, index, asked));
  if (once.length > 0) return bad(...once.map((index) => onceProblem(idOf(run, index))));
  return good([...set].map((index) => idOf(run, index)));
}

/** Hooks are no tasks here: they come again by themselves. */
function indexOf({ workflow }: Run, id: string): number | null {
  const index = workflow.indexOf.get(id);
  return index === undefined || index >= workflow.size ? null : index;
}

function idOf({ workflow }: Run, index: number): string {
  return present(workflow.tasks[index], "a task exists").id;
}

/** To be named, a task must not have given anything that others rest on. */
function isBroken(run: Run, id: string): boolean {
  const { status, skipReason } = at(run.tasks, present(indexOf(run, id), `task ${id} exists`));
  return (
    status === "failed" || status === "cancelled" || skipReason === "stopped" || skipReason === "finished"
  );
}

function keptProblem(run: Run, id: string): Problem {
  const { status, skipReason } = at(run.tasks, present(indexOf(run, id), `task ${id} exists`));
  const state = skipReason === null ? status : `${status} (${skipReason})`;
  return {
    code: "E_NOTHING_TO_DO",
    message: `task ${id} did not fail: it is ${state}`,
    hint: `--from ${id} does it and all after it again`,
  };
}

/** What was stopped in the middle of such a task is known to nobody; who names it has looked. */
function mayHaveHappened(run: Run, index: number, { tasks }: Retry): boolean {
  const { status, startedAt } = at(run.tasks, index);
  if (startedAt === null || !actsOnce(run.workflow.tasks[index])) return false;
  return status === "success" || (status === "cancelled" && !tasks.includes(idOf(run, index)));
}

function onceProblem(id: string): Problem {
  return {
    code: "E_ONCE",
    message: `${id} has done, or may have done, what can be done only once`,
    hint: "name the tasks that are to be done again",
  };
}
