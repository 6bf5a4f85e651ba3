/**
 * What is known of an account's usage limit while this engine runs. The first attempt that meets the limit closes it for
 * all attempts of the same driver: they wait for the reset without a process, and come back one after the other.
 */
import type { Clock } from "../port/clock.ts";
import type { Driver, Outcome, Work } from "./driver.ts";
import { EMPTY_OUTCOME } from "./empty-outcome.ts";

/** Of a limit that tells no reset. */
const UNKNOWN_MS = 300_000;
/** A reset that is over already would be asked for again and again. */
const OVER_MS = 60_000;
/** The longest limits are weekly; what lies behind is a mistake of the clock or of the unit. */
const WAIT_MAX_MS = 8 * 86_400_000;
/** Between two that come back: together they would meet the next limit together. */
const APART_MS = 5_000;

class Quota {
  readonly #clock: Pick<Clock, "wall">;
  #closedUntil = 0;
  #waiting = 0;

  constructor(clock: Pick<Clock, "wall">) {
    this.#clock = clock;
  }

  get isClosed(): boolean {
    return this.#clock.wall() < this.#closedUntil;
  }

  /** `resetAt` is wall time, null when the agent did not tell it. */
  close(resetAt: number | null): void {
    const now = this.#clock.wall();
    if (!this.isClosed) this.#waiting = 0;
    const told = resetAt ?? now + UNKNOWN_MS;
    const until = told > now ? Math.min(told, now + WAIT_MAX_MS) : now + OVER_MS;
    this.#closedUntil = this.isClosed ? Math.max(this.#closedUntil, until) : until;
  }

  /** When the next in line tries again: wall time. */
  nextTurn(): number {
    const turn = this.#closedUntil + this.#waiting * APART_MS;
    this.#waiting += 1;
    return turn;
  }
}

/** One for all attempts, or one for each agent. */
export function quotas(clock: Pick<Clock, "wall">, isEach: boolean): (work: Work) => Quota {
  const found = new Map<string, Quota>();
  return ({ agent }) => {
    const name = isEach ? agent : "";
    const quota = found.get(name) ?? new Quota(clock);
    found.set(name, quota);
    return quota;
  };
}

/** A driver whose attempts draw on accounts. */
export function underQuota(driver: Driver, quotaOf: (work: Work) => Quota): Driver {
  return {
    ...driver,
    async *run(work, signal) {
      const quota = quotaOf(work);
      // One that runs already has its answer on the way.
      if (quota.isClosed && !work.reattach)
        return waits(quota, { ...EMPTY_OUTCOME, notes: [notBegun(work)] });
      const outcome = yield* driver.run(work, signal);
      if (outcome.status !== "quota_exhausted") return outcome;
      quota.close(outcome.resetAt ?? null);
      return waits(quota, outcome);
    },
  };
}

function waits(quota: Quota, outcome: Outcome): Outcome {
  return { ...outcome, status: "quota_exhausted", failure: null, resetAt: quota.nextTurn() };
}

function notBegun({ agent }: Work): string {
  return `no process was started for ${agent}: the usage limit was met by another task`;
}
