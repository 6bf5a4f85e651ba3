/**
 * `rerun: true`: what such a task did does not outlast an interruption (a login, a mounted disk), so it is done again
 * when the run goes on. Everything after it that would begin something waits for that; what has ended is kept, what is
 * running goes on. Until it has ended again, others see what it gave before.
 */
import { type Draft, isEnded, isHalted, type Spot } from "./draft.ts";
import { descendantsOf, withdrawRequest } from "./end.ts";
import { present } from "./invariant.ts";
import { reopen } from "./reopen.ts";
import { begunSpots } from "./spots.ts";
import type { Task } from "./workflow.ts";

/** The run goes on after a pause, or after nobody looked after it. */
export function rerun(draft: Draft): void {
  const { state, workflow } = draft;
  if (state.phase !== "main" || isHalted(draft)) return;
  const isDone = ({ rerun, index }: Task) => rerun && draft.task(index).status === "success";
  const tasks = workflow.tasks.slice(0, workflow.size).filter(isDone);
  if (tasks.length === 0) return;
  const earlier = tasks.map(({ index }) => draft.task(index));
  const set = new Set(tasks.map(({ index }) => index));
  holdBack(draft, set);
  reopen(draft, set, null);
  for (const [place, { index }] of tasks.entries())
    draft.setTask(index, { earlier: present(earlier[place], "each task is as it was") });
}

/** Nothing after these tasks begins before they have ended again; what stands in line steps out of it. */
function holdBack(draft: Draft, set: ReadonlySet<number>): void {
  waitForRerun(draft, set);
  for (const index of descendantsOf(draft.workflow, set)) {
    const task = present(draft.workflow.tasks[index], "a task exists");
    const more = task.dependencies.filter((one) => set.has(one)).length;
    if (isEnded(draft.task(index).status)) continue;
    draft.setTask(index, { left: draft.task(index).left + more });
    for (const spot of begunSpots(draft, task)) {
      const { status, reason, live } = draft.unit(spot);
      if (!live && (status === "queued" || reason === "concurrency")) park(draft, spot);
    }
  }
}

export function waitForRerun(draft: Draft, set: Iterable<number>): void {
  draft.state.rerunning = [...draft.state.rerunning, ...set];
}

/** Whether something that comes before this task is being run again. */
export function isHeldBack({ state, workflow }: Draft, { index }: Task): boolean {
  return state.rerunning.length > 0 && descendantsOf(workflow, state.rerunning).has(index);
}

/** Until then a unit is pending, whatever it has done so far. */
export function park(draft: Draft, spot: Spot): void {
  withdrawRequest(draft, spot);
  draft.setUnit(spot, { status: "pending", reason: null, timer: null });
}

/** It has ended again: what waited for nothing else goes on where it was. */
export function ranAgain(draft: Draft, { index }: Task): void {
  const { state, workflow } = draft;
  if (!state.rerunning.includes(index)) return;
  state.rerunning = state.rerunning.filter((one) => one !== index);
  for (const after of descendantsOf(workflow, [index])) {
    const task = present(workflow.tasks[after], "a task exists");
    if (isHeldBack(draft, task)) continue;
    draft.next({ do: "consider", task });
    if (draft.task(after).items === null) continue;
    for (const spot of begunSpots(draft, task))
      if (draft.unit(spot).status === "pending") draft.next({ do: "pass", spot });
  }
}
