/** What may start, and what follows when something has ended (formats.md 1.2). */
import { ask } from "./ask.ts";
import { type Draft, isEnded, isStopped, type Step } from "./draft.ts";
import { failTask, skipTask } from "./end.ts";
import type { Expression } from "./expression/expression.ts";
import { finishRun } from "./halt.ts";
import { expand, itemEnded } from "./instance.ts";
import { must, present } from "./invariant.ts";
import { failure } from "./outcome.ts";
import { startPass } from "./pass.ts";
import { hookEnded, tasksEnded } from "./phase.ts";
import { isHeldBack, park, ranAgain } from "./rerun.ts";
import { judgeRule, standing } from "./rule.ts";
import { readExpression, scopeOf } from "./scope.ts";
import type { Task } from "./workflow.ts";

/** Works off all that follows; a loop, so that a chain of 10,000 skips is no stack. */
export function settle(draft: Draft): void {
  let done = 0;
  do {
    for (let step = draft.steps[done]; step !== undefined; step = draft.steps[done]) {
      done += 1;
      take(draft, step);
    }
  } while (closeTasks(draft));
}

/** The last task has ended: hooks follow, or the end. */
function closeTasks(draft: Draft): boolean {
  if (draft.state.phase !== "main" || draft.state.left > 0) return false;
  must(draft.state.live === 0, "no attempt lives when all tasks have ended");
  tasksEnded(draft);
  return true;
}

function take(draft: Draft, step: Step): void {
  switch (step.do) {
    case "task_ended":
      if (step.task.hook !== null) return hookEnded(draft, step.task);
      ranAgain(draft, step.task);
      for (const successor of step.task.successors) dependencyEnded(draft, successor);
      return;
    case "consider":
      return consider(draft, step.task);
    case "begin":
      return beginTask(draft, step.task);
    case "pass":
      return isHeldBack(draft, step.spot.task) ? park(draft, step.spot) : startPass(draft, step.spot);
    case "item_ended":
      return itemEnded(draft, step.spot);
    case "finish":
      return finishRun(draft, step.status, step.message);
    /* node:coverage ignore next 2 */
    default:
      throw step satisfies never;
  }
}

/** A task that has ended keeps its result, whatever becomes of its dependencies when they are run again. */
function dependencyEnded(draft: Draft, index: number): void {
  if (isEnded(draft.task(index).status)) return;
  const left = draft.task(index).left - 1;
  draft.setTask(index, { left });
  if (left === 0) consider(draft, present(draft.workflow.tasks[index], "a successor exists"));
}

/**
 * All dependencies have ended: rule, condition, approval, items, then the first pass. Once per round; what has begun and
 * was held back meanwhile is only judged by its rule again.
 */
function consider(draft: Draft, task: Task): void {
  const { status, left, startedAt } = draft.task(task.index);
  if (status !== "pending" || left > 0 || isHeldBack(draft, task)) return;
  if (task.hook === null && draft.state.phase !== "main") return;
  if (startedAt === null && task.hook === null && isStopped(draft, task))
    return skipTask(draft, task, "stopped");
  const verdict = judgeRule(
    task.rule,
    task.dependencies.map((index) => standing(draft.task(index))),
  );
  if (verdict !== null) return skipTask(draft, task, verdict);
  if (startedAt !== null) return startPass(draft, { task, item: -1 });
  if (task.condition !== null && !conditionHolds(draft, task, task.condition)) return;
  if (task.approval !== null && task.kind !== "approval" && draft.task(task.index).approval === null) {
    const asked = ask(draft, { task, item: -1 }, task.approval);
    if (asked !== "not_needed") return;
  }
  beginTask(draft, task);
}

/** After condition and approval: the items of a mapped task, else its only unit. Held back it is considered again. */
function beginTask(draft: Draft, task: Task): void {
  if (isHeldBack(draft, task)) return;
  if (task.map !== null) return expand(draft, task);
  startPass(draft, { task, item: -1 });
}

function conditionHolds(draft: Draft, task: Task, condition: Expression | boolean): boolean {
  const read = readExpression(condition, scopeOf(draft, { task, item: -1 }));
  if (!read.ok) {
    failTask(draft, task, read.failure);
    return false;
  }
  if (read.value === true) return true;
  if (read.value === false) skipTask(draft, task, "condition");
  else
    failTask(
      draft,
      task,
      failure(
        "config_error",
        `the condition gave ${JSON.stringify(read.value).slice(0, 100)}, which is not true or false`,
      ),
    );
  return false;
}
