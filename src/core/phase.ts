/** The phases of a run and its hooks: on_start → tasks → on_success or on_failure → on_complete → closed (1.11). */
import { type Draft, isEnded, isHalted, refOf } from "./draft.ts";
import { endTask, withdrawRunDecision } from "./end.ts";
import { present } from "./invariant.ts";
import type { Json } from "./json.ts";
import { failure } from "./outcome.ts";
import type { EndStatus } from "./run.ts";
import { readTemplate, scopeOf } from "./scope.ts";
import type { HookName, Task } from "./workflow.ts";

/** A list of hooks may take this long; it stands outside the run clock. */
const HOOKS_SECONDS = 300;

/** The run's concurrency group is free, or it needs none. */
export function openRun(draft: Draft): void {
  draft.state.status = "running";
  startHooks(draft, "on_start");
}

function startHooks(draft: Draft, list: HookName): void {
  draft.state.phase = list === "on_start" ? "on_start" : list === "on_complete" ? "complete" : "after";
  if (list !== "on_start" && draft.state.cancels > 1) return hooksDone(draft, list);
  draft.state.hook = {
    list,
    position: -1,
    clock: { remainingMs: HOOKS_SECONDS * 1000, since: null },
    stopped: false,
  };
  nextHook(draft, list);
}

/** One after another in list order; those that were left out are passed over. */
function nextHook(draft: Draft, list: HookName): void {
  const hook = present(draft.state.hook, "a list of hooks runs");
  const { length } = draft.workflow.hooks[list];
  for (let position = hook.position + 1; position < length; position++) {
    const task = hookAt(draft, list, position);
    if (draft.task(task.index).status !== "pending") continue;
    draft.state.hook = { ...hook, position };
    return draft.next({ do: "consider", task });
  }
  hooksDone(draft, list);
}

function hookAt(draft: Draft, list: HookName, position: number): Task {
  const index = present(draft.workflow.hooks[list][position], "a hook stands at its position");
  return present(draft.workflow.tasks[index], "a hook is a task");
}

export function hookEnded(draft: Draft, task: Task): void {
  const { hook } = draft.state;
  if (hook === null || hookAt(draft, hook.list, hook.position) !== task) return;
  const { status, error } = draft.task(task.index);
  if (status === "failed" || status === "cancelled") {
    if (hook.list === "on_start") return startFailed(draft, task);
    draft.state.warnings = [
      ...draft.state.warnings,
      `hook ${task.id} ${status}: ${error?.message ?? "stopped"}`,
    ];
  }
  nextHook(draft, hook.list);
}

/** A failing on_start fails the run and starts no task. */
function startFailed(draft: Draft, hook: Task): void {
  const error = draft.task(hook.index).error ?? failure("timeout", `hook ${hook.id} was stopped`);
  if (!isHalted(draft)) draft.state.failure ??= { ...error, task: hook.id };
  skipRestOfList(draft, "on_start");
  for (let index = 0; index < draft.workflow.size; index++) {
    const task = present(draft.workflow.tasks[index], "a task exists");
    if (!isEnded(draft.task(index).status))
      endTask(draft, task, { status: "skipped", skipReason: "stopped" });
  }
  hooksDone(draft, "on_start");
}

function hooksDone(draft: Draft, list: HookName): void {
  const { hook } = draft.state;
  if (hook !== null && hook.clock.since !== null) draft.effect({ do: "clear_timer", timer: "hooks" });
  draft.state.hook = null;
  switch (list) {
    case "on_start":
      return openTasks(draft);
    case "on_success":
    case "on_failure":
      return startHooks(draft, "on_complete");
    case "on_complete":
      return closeRun(draft, present(draft.state.outcome, "tasks have come to something"));
    /* node:coverage ignore next 2 */
    default:
      throw list satisfies never;
  }
}

function openTasks(draft: Draft): void {
  draft.state.phase = "main";
  for (let index = 0; index < draft.workflow.size; index++) {
    const state = draft.task(index);
    if (state.status === "pending" && state.left === 0) {
      draft.next({ do: "consider", task: present(draft.workflow.tasks[index], "a task exists") });
    }
  }
}

/** Every task has ended: what the run came to, then the hooks that follow it. */
export function tasksEnded(draft: Draft): void {
  const outcome = outcomeOf(draft);
  draft.state.outcome = outcome;
  if (outcome === "cancelled") return startHooks(draft, "on_complete");
  startHooks(draft, outcome === "success" ? "on_success" : "on_failure");
}

/** A failed task fails the run, however many handlers succeeded and whatever a finish says of success. */
function outcomeOf(draft: Draft): EndStatus {
  const { halt, failed, failure: why } = draft.state;
  if (halt?.kind === "cancel") return "cancelled";
  const isBroken = failed.length > 0 || why !== null;
  if (halt?.kind === "finish" && halt.status !== "success") return halt.status;
  return isBroken ? "failed" : "success";
}

/** The rest of the running list is left out; a running hook is ended first. */
export function skipHooks(draft: Draft): void {
  const hook = present(draft.state.hook, "hooks run");
  draft.state.hook = { ...hook, stopped: true };
  skipRestOfList(draft, hook.list);
  const running = hookAt(draft, hook.list, hook.position);
  const spot = { task: running, item: -1 };
  const { live, attempt } = draft.unit(spot);
  if (!live) return endTask(draft, running, { status: "cancelled" });
  draft.setUnit(spot, { stopping: "cancelled" });
  const ref = refOf(spot, attempt);
  if (running.kind === "attempt") draft.effect({ do: "stop", attempt: ref, cause: "cancelled" });
  else draft.effect({ do: "stop_child", attempt: ref, twice: draft.state.cancels > 1 });
}

function skipRestOfList(draft: Draft, list: HookName): void {
  for (const index of draft.workflow.hooks[list]) {
    const isOn = draft.state.hook !== null && draft.workflow.hooks[list][draft.state.hook.position] === index;
    if (!isOn && draft.task(index).status === "pending")
      endTask(draft, present(draft.workflow.tasks[index], "a hook is a task"), {
        status: "skipped",
        skipReason: "stopped",
      });
  }
}

export function closeRun(draft: Draft, status: EndStatus): void {
  const { state } = draft;
  state.outputs = readOutputs(draft);
  state.status = status;
  state.outcome = status;
  state.phase = "closed";
  state.endedAt = state.at;
  withdrawRunDecision(draft);
  if (state.group !== null) {
    draft.effect({ do: "leave_group", group: state.group.name });
    state.group = { ...state.group, held: false };
  }
  draft.effect({ do: "close", status });
}

/** An output that cannot be read is null, with a warning: the work is done, its report is not worth a failure. */
function readOutputs(draft: Draft): Readonly<Record<string, Json>> | null {
  const { outputs } = draft.workflow;
  if (outputs === null) return null;
  const values: Record<string, Json> = {};
  for (const [name, template] of outputs) {
    const read = readTemplate(template, scopeOf(draft, null), `outputs.${name}`);
    values[name] = read.ok ? read.value : null;
    if (!read.ok) draft.state.warnings = [...draft.state.warnings, read.failure.message];
  }
  return values;
}
