/** Most projects have no budget of a day: they do not pay for reading what was spent. */
import type { Budget } from "../core/workflow.ts";
import { loadNow } from "../port/load-now.ts";

type DayBudgetHere = typeof import("./day-budget-here.ts").dayBudgetHere;

/** null: nobody has set one, and nothing need be counted. */
export function lateDayBudget(...parts: Parameters<DayBudgetHere>): ReturnType<DayBudgetHere> | null {
  const [{ project, user }] = parts;
  if (!isSet(project.settings.budgetPerDay) && !isSet(user.budgetPerDay)) return null;
  return loadNow<typeof import("./day-budget-here.ts")>(import.meta.url, "day-budget-here").dayBudgetHere(
    ...parts,
  );
}

function isSet({ usd, tokens }: Budget): boolean {
  return usd !== null || tokens !== null;
}
