/** Starting one pass of a unit: an attempt is asked for, a child begun, a person asked, a wait begun. */
import { ask } from "./ask.ts";
import { overBudget, waitForBudget } from "./budget.ts";
import { requestChild } from "./child.ts";
import { type Draft, isEnded, type Spot } from "./draft.ts";
import { endFailed, endUnit } from "./end.ts";
import { present } from "./invariant.ts";
import { claimFor, needsOf } from "./needs.ts";
import { wrongNumber } from "./numbers.ts";
import type { EndStatus } from "./run.ts";
import { readMap, scopeOf } from "./scope.ts";
import { startWait } from "./wait.ts";

/** The next attempt of this unit, under the role it has now. */
export function startPass(draft: Draft, spot: Spot): void {
  const { task } = spot;
  // What stood in line may have been ended by what came before it.
  if (isEnded(draft.unit(spot).status)) return;
  const wrong = wrongNumber(draft, spot);
  if (wrong !== null) return endFailed(draft, spot, wrong);
  if (task.kind !== "attempt") touch(draft, spot);
  switch (task.kind) {
    case "attempt":
      return requestAttempt(draft, spot);
    case "approval":
      ask(draft, spot, present(task.approval, `approval task ${task.id} has its question`));
      return;
    case "wait":
      return startWait(draft, spot);
    case "group":
    case "workflow":
      return requestChild(draft, spot);
    case "finish":
      return finishTask(draft, spot);
    /* node:coverage ignore next 2 */
    default:
      throw task.kind satisfies never;
  }
}

/** Notes when a unit began. */
function touch(draft: Draft, spot: Spot): void {
  const { at, tick } = draft.state;
  if (draft.unit(spot).startedAt === null) draft.setUnit(spot, { startedAt: at, startedTick: tick });
}

function requestAttempt(draft: Draft, spot: Spot): void {
  const over = overBudget(draft, spot.task);
  if (over !== null) return waitForBudget(draft, spot, over);
  const needs = needsOf(draft, spot);
  if (!needs.ok) return endFailed(draft, spot, needs.failure);
  const attempt = draft.unit(spot).attempt + 1;
  const { exclusive } = needs.value;
  const claim = claimFor(draft, spot, needs.value, attempt);
  draft.setUnit(spot, {
    status: exclusive ? "waiting" : "queued",
    reason: exclusive ? "concurrency" : null,
    attempt,
    timer: null,
  });
  draft.effect({ do: "request", claim });
}

function finishTask(draft: Draft, spot: Spot): void {
  const read = readMap(spot.task.parameters, scopeOf(draft, spot), "parameters");
  if (!read.ok) return endFailed(draft, spot, read.failure);
  const given = read.value;
  const status = present(
    END_STATUSES.find((one) => one === given.status),
    `finish ${spot.task.id} has a status`,
  );
  const message = typeof given.message === "string" ? given.message : null;
  endUnit(draft, spot, { status: "success", output: { value: { status, message } } });
  draft.next({ do: "finish", status, message });
}

const END_STATUSES: readonly EndStatus[] = ["success", "failed", "cancelled"];
