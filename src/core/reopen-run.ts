/** A retry of a run that has ended: the same run goes on, attempt numbers too. */
import type { Draft } from "./draft.ts";
import { present } from "./invariant.ts";
import { openRun } from "./phase.ts";
import { reopen, setBack } from "./reopen.ts";
import { waitForRerun } from "./rerun.ts";
import { joinGroup } from "./start.ts";

/** The named tasks are pending; the hooks come again at the end, those of the start only if they did not succeed. */
export function reopenRun(draft: Draft, tasks: readonly string[]): void {
  const { state, workflow } = draft;
  const clock = { remainingMs: state.settings.timeoutSeconds * 1000, since: null };
  Object.assign(state, { endedAt: null, halt: null, outcome: null, outputs: null, cancels: 0, clock });
  state.reopened += 1;
  setBackHooks(draft);
  const set = new Set(tasks.map((id) => present(workflow.indexOf.get(id), `task ${id} exists`)));
  waitForRerun(
    draft,
    [...set].filter((index) => workflow.tasks[index]?.rerun),
  );
  reopen(draft, set, null);
  if (state.group === null) openRun(draft);
  else joinGroup(draft, state.group);
}

function setBackHooks(draft: Draft): void {
  for (const task of draft.workflow.tasks.slice(draft.workflow.size)) {
    const { status } = draft.task(task.index);
    const isDone =
      task.hook === "on_start" &&
      (status === "success" || status === "skipped") &&
      draft.state.failure?.task !== task.id;
    if (!isDone) setBack(draft, task, null);
  }
}
