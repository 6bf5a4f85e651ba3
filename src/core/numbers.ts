/**
 * The numbers of a task that hold for all its tries. Expressions in them see nothing that changes while it runs, so
 * what can be read before a pass can be read again after it.
 */
import { taskBudget } from "./budget.ts";
import type { Draft, Spot } from "./draft.ts";
import { numberOf } from "./late.ts";
import type { Failure } from "./outcome.ts";
import { RANGES } from "./range.ts";
import { type RetryPolicy, retryPolicy } from "./retry.ts";
import { type Read, scopeOf } from "./scope.ts";
import { readWorkspace } from "./workspace.ts";

export interface Tries {
  readonly policy: RetryPolicy;
  readonly repairsMax: number;
}

export function triesOf(draft: Draft, spot: Spot): Read<Tries> {
  const policy = retryPolicy(draft, spot);
  if (!policy.ok) return policy;
  const { repair } = spot.task;
  const asked = { what: "repair.max", range: RANGES.repairs };
  const repairs = numberOf(draft, spot, repair?.max ?? 0, asked);
  return repairs.ok ? { ok: true, value: { policy: policy.value, repairsMax: repairs.value } } : repairs;
}

export function iterationsMax(draft: Draft, spot: Spot): Read<number> {
  const late = spot.task.repeat?.max ?? 1;
  return numberOf(draft, spot, late, { what: "repeat.max", range: RANGES.iterations });
}

/** Asked before a pass: what is wrong is said before anything is done, not when a number is needed. */
export function wrongNumber(draft: Draft, spot: Spot): Failure | null {
  const { task } = spot;
  for (const read of [triesOf(draft, spot), iterationsMax(draft, spot), taskBudget(draft, task)])
    if (!read.ok) return read.failure;
  if (task.workspace === null) return null;
  const workspace = readWorkspace(task.workspace, scopeOf(draft, spot), "workspace");
  return workspace.ok ? null : workspace.failure;
}
