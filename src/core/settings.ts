/** The settings of a run, read once when it starts: from then on they stand. */
import type { Scope } from "./expression/expression.ts";
import { lateNumber, lateOrNull } from "./late.ts";
import type { Limits } from "./limits.ts";
import { RANGES } from "./range.ts";
import type { RunSettings } from "./run.ts";
import type { Read } from "./scope.ts";
import type { Budget, BudgetSpec, Settings } from "./workflow.ts";

export interface SettingsAsked {
  readonly scope: Scope;
  readonly limits: Limits | undefined;
}

export function readSettings(settings: Settings, asked: SettingsAsked): Read<RunSettings> {
  const { scope, limits } = asked;
  const parallel = { what: "settings.max_parallel", range: RANGES.parallel, limits };
  const maxParallel = lateNumber(settings.maxParallel, scope, parallel);
  if (!maxParallel.ok) return maxParallel;
  const timeout = { what: "settings.timeout", range: RANGES.runTimeout, limits };
  const timeoutSeconds = lateNumber(settings.timeoutSeconds, scope, timeout);
  if (!timeoutSeconds.ok) return timeoutSeconds;
  const budget = readBudget(settings.budget, { ...asked, what: "settings.budget" });
  if (!budget.ok) return budget;
  const value = {
    maxParallel: maxParallel.value,
    timeoutSeconds: timeoutSeconds.value,
    budget: budget.value,
  };
  return { ok: true, value };
}

type BudgetAsked = Pick<SettingsAsked, "scope" | "limits"> & { readonly what: string };

export function readBudget(
  budget: BudgetSpec | null,
  { scope, limits, what }: BudgetAsked,
): Read<Budget | null> {
  if (budget === null) return { ok: true, value: null };
  const usd = lateOrNull(budget.usd, scope, { what: `${what}.usd`, range: RANGES.usd, limits });
  if (!usd.ok) return usd;
  const tokens = lateOrNull(budget.tokens, scope, { what: `${what}.tokens`, range: RANGES.tokens, limits });
  return tokens.ok ? { ok: true, value: { usd: usd.value, tokens: tokens.value } } : tokens;
}
