/** The budget of a day in this project, with what its journal knows of the day. */
import { DayBudget, underDayBudget } from "../driver/day-budget.ts";
import type { Driver } from "../driver/driver.ts";
import type { Link } from "../host/embedded/load.ts";
import type { Store } from "../host/embedded/store.ts";
import { spentIn, total } from "../host/spending.ts";
import type { LocalEngineOptions } from "./local-engine-options.ts";

/** Puts every attempt of a driver under it. */
export function dayBudgetHere(
  { project, user, clock }: LocalEngineOptions,
  store: Pick<Store, "runs" | "run" | "entries" | "definition">,
  link: Link,
): (driver: Driver) => Driver {
  const limits = [
    { ...project.settings.budgetPerDay, place: "limits.budget_per_day in decapod.yaml" },
    { ...user.budgetPerDay, place: "limits.budget_per_day in your configuration" },
  ].filter(({ usd, tokens }) => usd !== null || tokens !== null);
  const source = {
    runs: store.runs.bind(store),
    run: store.run.bind(store),
    entries: (run: string) => store.entries(run),
    workflow: (run: string) => {
      const started = store.entries(run)[0]?.event;
      if (started?.type !== "run.started") return null;
      const text = store.definition(started.digest);
      return text === null ? null : link({ digest: started.digest, text }, started.path);
    },
  };
  const spentSince = (since: number) => total("", spentIn(source, { root: null, since }));
  const day = new DayBudget({ limits, clock, spentSince });
  return (driver) => underDayBudget(driver, day);
}
