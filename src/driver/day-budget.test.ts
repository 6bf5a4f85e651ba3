import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { attempt } from "../../test/suites/driver.suite.ts";
import { DayBudget, type DaySpending, underDayBudget } from "./day-budget.ts";
import type { Driver, Work } from "./driver.ts";
import { EMPTY_OUTCOME } from "./empty-outcome.ts";

const NOON = Date.UTC(2026, 0, 18, 12);
const HOUR_MS = 3_600_000;
const WORK = { attempt: "R/a/1", reattach: false } as Work;

interface Told {
  readonly usd?: number;
  readonly tokens?: number;
  readonly spent?: Partial<DaySpending>;
  readonly zone?: string;
}

function dayOf({ usd, tokens, spent = {}, zone = "UTC" }: Told) {
  const clock = { now: NOON, wall: () => clock.now };
  const asked: number[] = [];
  const day = new DayBudget({
    limits: [{ usd: usd ?? null, tokens: tokens ?? null, place: "limits.budget_per_day in decapod.yaml" }],
    clock,
    zone,
    spentSince: (at) => {
      asked.push(at);
      // Of a day before nothing is left when a new one begins.
      const isToday = at > NOON - 24 * HOUR_MS && at <= NOON;
      return { costUsd: 0, costUnknown: 0, tokens: 0, tokensUnknown: 0, ...(isToday && spent) };
    },
  });
  return { day, clock, asked };
}

function used(costUsd: number | null, tokens: number | null = null) {
  return { status: "failed", usage: { costUsd, tokens }, durationMs: 5 } as const;
}

describe("I5: the budget of a day", () => {
  it("is over when what was spent reaches it, by the journal and by what came since", () => {
    const { day, asked } = dayOf({ usd: 5, spent: { costUsd: 4 } });
    assert.equal(day.problem(), null);
    day.add(used(0.99));
    assert.equal(day.problem(), null);
    day.add(used(0.25));
    assert.deepEqual(day.problem(), {
      code: "E_BUDGET",
      message:
        "the budget of a day, $5.00 by limits.budget_per_day in decapod.yaml, is used up: $5.24 today; it begins anew 2026-01-19 00:00",
      hint: "wait until then, or raise limits.budget_per_day in decapod.yaml",
    });
    assert.deepEqual(asked, [NOON - 12 * HOUR_MS], "the journal is asked once a day");
  });

  it("counts tokens too, and says what nobody told instead of taking it for 0", () => {
    const { day } = dayOf({ usd: 5, tokens: 1000, spent: { tokens: 900, tokensUnknown: 1 } });
    day.add(used(null, 100));
    assert.match(
      day.problem()?.message ?? "",
      /1,000 tokens by .* is used up: 1,000 tokens today, and unknown tokens of 1 attempt;/,
    );
    const { day: silent } = dayOf({ usd: 1 });
    for (const one of [used(null), { ...used(null), usage: null }]) silent.add(one);
    assert.equal(silent.problem(), null);
    silent.add(used(1));
    assert.match(silent.problem()?.message ?? "", /\$1\.00 today, and unknown cost of 2 attempts;/);
  });

  it("does not count what never began, or was lost and is made again", () => {
    const { day } = dayOf({ usd: 0.5 });
    day.add({ status: "quota_exhausted", usage: null, durationMs: 0 });
    day.add({ ...used(9), status: "lost" });
    assert.equal(day.problem(), null);
    day.add(used(1));
    assert.doesNotMatch(day.problem()?.message ?? "", /unknown/);
  });

  it("begins anew at midnight where the person is, also on a day of 23 hours", () => {
    const { day, clock, asked } = dayOf({ usd: 1, spent: { costUsd: 2 }, zone: "America/New_York" });
    assert.match(day.problem()?.message ?? "", /anew 2026-01-19 00:00/);
    clock.now = NOON + 17 * HOUR_MS - 1;
    assert.notEqual(day.problem(), null, "04:59:59 in UTC is 23:59:59 there");
    clock.now += 1;
    assert.equal(day.problem(), null);
    assert.deepEqual(asked, [NOON - 7 * HOUR_MS, NOON + 17 * HOUR_MS]);
    clock.now = Date.UTC(2026, 2, 8, 12);
    day.add(used(3));
    assert.match(day.problem()?.message ?? "", /anew 2026-03-09 00:00/);
    clock.now = Date.UTC(2026, 2, 9, 4);
    assert.equal(day.problem(), null);
  });

  it("that could not be read is read again, and never taken for nothing", () => {
    let isBroken = true;
    const day = new DayBudget({
      limits: [{ usd: 1, tokens: null, place: "limits" }],
      clock: { wall: () => NOON },
      spentSince: () => {
        if (isBroken) throw new Error("the journal is locked");
        return { costUsd: 2, costUnknown: 0, tokens: 0, tokensUnknown: 0 };
      },
    });
    for (let times = 0; times < 2; times += 1) assert.throws(() => day.problem(), /locked/);
    isBroken = false;
    assert.notEqual(day.problem(), null);
  });

  it("lets no new attempt begin once it is used up, and ends none that runs", async () => {
    const { day } = dayOf({ usd: 1 });
    const begun: string[] = [];
    const inner: Driver = {
      name: "played",
      check: () => [],
      refuse: () => [{ code: "E_DRIVER_LOGIN", message: "no login" }],
      async *run(work) {
        begun.push(work.attempt);
        yield { kind: "output", bytes: 6, line: "begun\n" };
        return { ...EMPTY_OUTCOME, usage: { costUsd: 1, tokens: null } };
      },
    };
    const driver = underDayBudget(inner, day);
    const asked = { agent: "coder", agentRole: null, options: {}, environmentNames: [] };
    const codes = () => driver.refuse?.(asked).map(({ code }) => code);
    const failureOf = async (over: Partial<Work> = {}) =>
      (await attempt(driver, { ...WORK, ...over })).outcome.failure;
    assert.deepEqual(codes(), ["E_DRIVER_LOGIN"]);
    assert.equal(await failureOf(), null);
    assert.deepEqual(codes(), ["E_BUDGET", "E_DRIVER_LOGIN"]);
    const failed = await failureOf({ attempt: "R/a/2" });
    assert.deepEqual([failed?.class, failed?.action], ["budget", "escalate"]);
    assert.match(failed?.message ?? "", /^E_BUDGET the budget of a day, \$1\.00/);
    assert.equal(await failureOf({ attempt: "R/b/1", reattach: true }), null);
    assert.deepEqual(begun, ["R/a/1", "R/b/1"]);
  });
});
