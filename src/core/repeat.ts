/** foreach ⊃ repeat ⊃ retry ⊃ attempt: what the end of one iteration means (formats.md 1.4). */
import type { Draft, Spot } from "./draft.ts";
import { endFailed, endUnit } from "./end.ts";
import { must } from "./invariant.ts";
import { numberOf } from "./late.ts";
import { forgotten } from "./mending.ts";
import { iterationsMax } from "./numbers.ts";
import { type Failure, failure } from "./outcome.ts";
import { RANGES } from "./range.ts";
import { readExpression, scopeOf } from "./scope.ts";
import { after, waitUntil } from "./timer.ts";
import { lazyIteration, viewIteration } from "./view.ts";
import type { RepeatSpec } from "./workflow.ts";

/** `failed` is null when the iteration succeeded. */
export function iterationEnded(draft: Draft, spot: Spot, failed: Failure | null): void {
  const { repeat } = spot.task;
  if (repeat === null || (failed !== null && repeat.onFailure === "fail"))
    return lastEnded(draft, spot, failed);
  const until = readUntil(draft, spot, repeat, failed);
  if (typeof until !== "boolean") return endFailed(draft, spot, until);
  const { iteration } = draft.unit(spot);
  if (until) return endUnit(draft, spot, { status: "success" });
  const most = iterationsMax(draft, spot);
  must(most.ok, `repeat.max of ${spot.task.id} was read when its pass began`);
  if (iteration < most.value) return nextIteration(draft, spot, repeat, failed);
  if (repeat.onExhausted === "continue") return lastEnded(draft, spot, failed);
  endFailed(draft, spot, failure("criteria_failed", `until was not met after ${iteration} iterations`));
}

function lastEnded(draft: Draft, spot: Spot, failed: Failure | null): void {
  if (failed === null) endUnit(draft, spot, { status: "success" });
  else endFailed(draft, spot, failed);
}

/** `until` sees the task itself and, of a group, the body by id. */
function readUntil(draft: Draft, spot: Spot, repeat: RepeatSpec, failed: Failure | null): boolean | Failure {
  const unit = draft.unit(spot);
  const self = lazyIteration(unit, failed, draft.lookup);
  const body = spot.task.kind === "group" && unit.tasks !== null ? unit.tasks : {};
  const read = readExpression(repeat.until, scopeOf(draft, spot, { [spot.task.id]: self, ...body }));
  if (!read.ok) return read.failure;
  if (typeof read.value === "boolean") return read.value;
  return failure(
    "config_error",
    `until gave ${JSON.stringify(read.value).slice(0, 100)}, which is not true or false`,
  );
}

function nextIteration(draft: Draft, spot: Spot, repeat: RepeatSpec, failed: Failure | null): void {
  const unit = draft.unit(spot);
  const delay = numberOf(draft, spot, repeat.delaySeconds, { what: "repeat.delay", range: RANGES.delay });
  if (!delay.ok) return endFailed(draft, spot, delay.failure);
  draft.setUnit(spot, {
    iteration: unit.iteration + 1,
    previous: viewIteration(unit, failed, draft.lookup),
    role: "task",
    tries: 0,
    repairs: 0,
    ...forgotten(unit),
    fallbackUsed: false,
    error: null,
    tasks: null,
    checks: [],
  });
  if (delay.value === 0) return draft.next({ do: "pass", spot });
  waitUntil(draft, spot, "time", after(draft, delay.value));
}
