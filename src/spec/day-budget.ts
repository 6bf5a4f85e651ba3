/** What agents may use up in a day: the project says it for itself, a person for each project they work in. */
import type { Budget } from "../core/workflow.ts";
import { block, maybe, number, whole } from "./schema-words.ts";

export const BUDGET_PER_DAY = "budget_per_day";

export const dayBudget = block(BUDGET_PER_DAY, {
  usd: maybe(number(0, 1_000_000)),
  tokens: maybe(whole(0, Number.MAX_SAFE_INTEGER)),
});

export type WrittenDayBudget = Partial<Budget>;

export function dayBudgetOf(written: WrittenDayBudget | undefined): Budget {
  return { usd: written?.usd ?? null, tokens: written?.tokens ?? null };
}
