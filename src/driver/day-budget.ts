/**
 * The budget of a day. What was used today is read from the journal once, then counted on by what attempts tell when they
 * end: every attempt of the project passes here. Over it no new attempt begins; one that runs goes on to its end.
 */
import { civilMs, civilOf } from "../core/calendar.ts";
import { failure, type Usage } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import type { Budget } from "../core/workflow.ts";
import { zonedMs, zoneOffsetMs } from "../core/zone.ts";
import { localTime, money } from "../picture/figures.ts";
import type { Clock } from "../port/clock.ts";
import type { Driver, Outcome } from "./driver.ts";
import { EMPTY_OUTCOME } from "./empty-outcome.ts";

export interface DayLimit extends Budget {
  /** Where a person raises it. */
  readonly place: string;
}

/** Sums, and how many attempts told no cost, or no tokens: that is never 0. */
export interface DaySpending {
  readonly costUsd: number;
  readonly costUnknown: number;
  readonly tokens: number;
  readonly tokensUnknown: number;
}

export interface DayBudgetOptions {
  readonly limits: readonly DayLimit[];
  readonly clock: Pick<Clock, "wall">;
  /** What the journal knows of attempts that ended at this time or later. */
  readonly spentSince: (at: number) => DaySpending;
  /** Days are those of the person. */
  readonly zone?: string;
}

const DAY_MS = 86_400_000;
const NOTHING_SPENT: DaySpending = { costUsd: 0, costUnknown: 0, tokens: 0, tokensUnknown: 0 };

export class DayBudget {
  readonly #options: DayBudgetOptions;
  readonly #zone: string;
  #day: { readonly begin: number; readonly end: number } | null = null;
  #spent: DaySpending = NOTHING_SPENT;

  constructor(options: DayBudgetOptions) {
    this.#options = options;
    this.#zone = options.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  }

  /** null: there is something left, as far as is known. */
  problem(): Problem | null {
    const spent = this.#today();
    for (const limit of this.#options.limits) {
      const isUsd = limit.usd !== null && spent.costUsd >= limit.usd;
      const isTokens = limit.tokens !== null && spent.tokens >= limit.tokens;
      if (isUsd || isTokens) return this.#usedUp(limit, isUsd ? "usd" : "tokens", spent);
    }
    return null;
  }

  add({ status, usage, durationMs }: Pick<Outcome, "status" | "usage" | "durationMs">): void {
    if (status === "lost" || (usage === null && durationMs === 0)) return;
    this.#spent = plus(this.#today(), usage);
  }

  #today(): DaySpending {
    const now = this.#options.clock.wall();
    if (this.#day !== null && now >= this.#day.begin && now < this.#day.end) return this.#spent;
    const day = this.#dayOf(now);
    // First read, then believed: what cannot be read must not count as nothing the next time.
    this.#spent = this.#options.spentSince(day.begin);
    this.#day = day;
    return this.#spent;
  }

  #dayOf(now: number): { readonly begin: number; readonly end: number } {
    const start = { hour: 0, minute: 0, second: 0, millisecond: 0 };
    const today = { ...civilOf(now + zoneOffsetMs(this.#zone, now)), ...start };
    const tomorrow = { ...today, ...civilOf(civilMs(today) + DAY_MS) };
    return { begin: zonedMs(this.#zone, today), end: zonedMs(this.#zone, tomorrow) };
  }

  #usedUp({ place, usd, tokens }: DayLimit, what: "usd" | "tokens", spent: DaySpending): Problem {
    const [limit, used, unknown] =
      what === "usd"
        ? [money(usd), money(spent.costUsd), unknownText(spent.costUnknown, "cost")]
        : [counted(tokens ?? 0), counted(spent.tokens), unknownText(spent.tokensUnknown, "tokens")];
    const end = localTime(this.#zone).date(this.#day?.end ?? 0);
    return {
      code: "E_BUDGET",
      message: `the budget of a day, ${limit} by ${place}, is used up: ${used} today${unknown}; it begins anew ${end}`,
      hint: `wait until then, or raise ${place}`,
    };
  }
}

function plus(spent: DaySpending, usage: Usage | null): DaySpending {
  const { costUsd = null, tokens = null } = usage ?? {};
  return {
    costUsd: spent.costUsd + (costUsd ?? 0),
    costUnknown: spent.costUnknown + (costUsd === null ? 1 : 0),
    tokens: spent.tokens + (tokens ?? 0),
    tokensUnknown: spent.tokensUnknown + (tokens === null ? 1 : 0),
  };
}

function counted(tokens: number): string {
  return `${tokens.toLocaleString("en")} tokens`;
}

function unknownText(attempts: number, what: string): string {
  if (attempts === 0) return "";
  return `, and unknown ${what} of ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
}

/** A driver whose attempts are paid from it. */
export function underDayBudget(driver: Driver, day: DayBudget): Driver {
  return {
    ...driver,
    refuse: (asked) => {
      const problem = day.problem();
      return [...(problem === null ? [] : [problem]), ...(driver.refuse?.(asked) ?? [])];
    },
    async *run(work, signal) {
      // One that runs already is paid for, whatever is left.
      const problem = work.reattach ? null : day.problem();
      if (problem !== null) return refused(problem);
      const outcome = yield* driver.run(work, signal);
      day.add(outcome);
      return outcome;
    },
  };
}

function refused({ code, message }: Problem): Outcome {
  return { ...EMPTY_OUTCOME, status: "failed", failure: failure("budget", `${code} ${message}`) };
}
