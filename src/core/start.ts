/** run.started: variables, what was left out, the run's concurrency group, then the first phase. */
import { type Draft, isEnded } from "./draft.ts";
import { endTask } from "./end.ts";
import { present } from "./invariant.ts";
import type { Json } from "./json.ts";
import { lateNumber, lateText } from "./late.ts";
import { LIMITS, most } from "./limits.ts";
import type { Failure } from "./outcome.ts";
import { closeRun, openRun } from "./phase.ts";
import { RANGES } from "./range.ts";
import { readTemplate, scopeOf } from "./scope.ts";
import { readSettings } from "./settings.ts";
import { readRunWorkspace } from "./workspace.ts";

export function startRun(draft: Draft): void {
  const wrong = readVariables(draft) ?? settle(draft);
  if (wrong !== null) return refuseToStart(draft, wrong);
  leaveOut(draft);
  const { concurrency } = draft.workflow.settings;
  if (concurrency === null || draft.state.start.parent !== null) return openRun(draft);
  const scope = scopeOf(draft, null);
  const group = lateText(concurrency.group, scope, "settings.concurrency.group");
  const { limits } = draft.state.start;
  const asked = { what: "settings.concurrency.limit", range: RANGES.parallel, limits };
  const limit = lateNumber(concurrency.limit, scope, asked);
  if (!group.ok) return refuseToStart(draft, group.failure);
  if (!limit.ok) return refuseToStart(draft, limit.failure);
  joinGroup(draft, { name: group.value, limit: limit.value });
}

/** Nothing begins until the group has a place for this run. */
export function joinGroup(
  draft: Draft,
  { name, limit }: { readonly name: string; readonly limit: number },
): void {
  const { onConflict } = present(
    draft.workflow.settings.concurrency,
    "a run with a group says how to join it",
  );
  draft.state.status = "queued";
  draft.state.phase = "queued";
  draft.state.group = { name, limit, held: false };
  draft.effect({ do: "join_group", group: name, limit, onConflict });
}

/** In written order: a variable may use params and the variables above it. */
function readVariables(draft: Draft): Failure | null {
  const values: Record<string, Json> = {};
  for (const [name, template] of draft.workflow.variables) {
    const read = readTemplate(template, scopeOf(draft, null, values), `context.variables.${name}`);
    if (!read.ok) return read.failure;
    values[name] = read.value;
  }
  draft.state.variables = values;
  return null;
}

/** The settings stand from here on, and with them the time the run may take. */
function settle(draft: Draft): Failure | null {
  const { limits } = draft.state.start;
  const scope = scopeOf(draft, null);
  const read = readSettings(draft.workflow.settings, { scope, limits });
  if (!read.ok) return read.failure;
  const workspace = readRunWorkspace(draft.workflow, scope);
  if (!workspace.ok) return workspace.failure;
  const timeoutSeconds = Math.min(read.value.timeoutSeconds, most(LIMITS.durationSeconds, limits));
  draft.state.settings = { ...read.value, timeoutSeconds };
  draft.state.clock = { remainingMs: timeoutSeconds * 1000, since: null };
  return null;
}

/** Nothing of this run can be decided: it has failed before its first task. */
function refuseToStart(draft: Draft, wrong: Failure): void {
  draft.state.failure = { ...wrong, task: null };
  for (const task of draft.workflow.tasks) {
    if (task.hook === null && !isEnded(draft.task(task.index).status))
      endTask(draft, task, { status: "skipped", skipReason: "stopped" });
  }
  closeRun(draft, "failed");
}

/** --only, --from, --until: the others count as satisfied, with what they gave before. */
function leaveOut(draft: Draft): void {
  for (const [id, before] of Object.entries(draft.state.start.leftOut ?? {})) {
    const index = present(draft.workflow.indexOf.get(id), `left out task ${id} exists`);
    const task = present(draft.workflow.tasks[index], `left out task ${id} exists`);
    endTask(draft, task, { status: "skipped", skipReason: "not_selected", output: before.output });
  }
}
