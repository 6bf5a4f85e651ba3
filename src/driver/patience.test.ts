import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { heldClock } from "../port/clock.ts";
import type { Driver, Outcome, Progress, Work } from "./driver.ts";
import { EMPTY_OUTCOME } from "./empty-outcome.ts";
import { withPatience } from "./patience.ts";

const MINUTE = 60_000;
const PRINTED: Progress = { kind: "output", bytes: 1, line: "x" };

function driverOf(run: Driver["run"]): Driver {
  return { name: "odd", check: () => [], run };
}

/** Prints a line, then is silent for ever. */
async function* neverSettles(): AsyncGenerator<Progress, Outcome> {
  yield PRINTED;
  return await new Promise<Outcome>(() => {});
}

/** Begins it, takes the line it prints, and waits for its end. */
async function begun(run: Driver["run"], timeoutMs: number | null) {
  const clock = heldClock();
  const asking = new AbortController();
  const work = { timeoutMs } as Work;
  const steps = withPatience(driverOf(run), clock).run(work, asking.signal);
  const first = await steps.next();
  return { clock, asking, first, ended: steps.next() };
}

describe("F66 a driver that gives no answer", () => {
  it("is waited for five minutes beyond the time of its attempt, which is lost then", async () => {
    const { clock, first, ended } = await begun(neverSettles, 10 * MINUTE);
    assert.equal(first.value, PRINTED);
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    clock.advance(15 * MINUTE - 1);
    await new Promise(setImmediate);
    assert.equal(isOver, false);
    clock.advance(1);
    const { value } = (await ended) as { value: Outcome };
    assert.deepEqual([value.status, value.failure?.class], ["lost", "lost"]);
    assert.equal(value.failure?.message, "its driver odd gave no answer in 5 minutes beyond its time");
    assert.equal(clock.next(), null, "no timer is left");
  });

  it("is left when its caller leaves", async () => {
    let isLeft = false;
    async function* tidying(): AsyncGenerator<Progress, Outcome> {
      try {
        yield PRINTED;
        return EMPTY_OUTCOME;
      } finally {
        isLeft = true;
      }
    }
    const steps = withPatience(driverOf(tidying), heldClock()).run(
      { timeoutMs: null } as Work,
      new AbortController().signal,
    );
    await steps.next();
    await steps.return(EMPTY_OUTCOME);
    assert.ok(isLeft);
  });

  it("is waited for five minutes once it was asked to end", async () => {
    const { clock, asking, ended } = await begun(neverSettles, null);
    assert.equal(clock.next(), null, "without a time there is none");
    asking.abort("cancelled");
    clock.advance(5 * MINUTE);
    assert.equal(((await ended) as { value: Outcome }).value.status, "lost");
    assert.equal(getEventListeners(asking.signal, "abort").length, 0);
  });

  it("that was asked to end before it began has the same time", async () => {
    const clock = heldClock();
    const steps = withPatience(driverOf(neverSettles), clock).run(
      { timeoutMs: null } as Work,
      AbortSignal.abort("cancelled"),
    );
    await steps.next();
    // Nobody waits for the next step meanwhile.
    clock.advance(5 * MINUTE);
    const ended = steps.next();
    assert.equal(((await ended) as { value: Outcome }).value.status, "lost");
  });

  it("and one that does is left alone: its answer, what it throws, and no timer behind it", async () => {
    const outcome: Outcome = { ...EMPTY_OUTCOME, output: "done" };
    async function* good() {
      yield PRINTED;
      return outcome;
    }
    async function* breaks(): AsyncGenerator<Progress, Outcome> {
      yield PRINTED;
      throw new Error("odd");
    }
    const { clock, ended } = await begun(good, MINUTE);
    assert.deepEqual(await ended, { done: true, value: outcome });
    assert.equal(clock.next(), null);
    const broken = await begun(breaks, MINUTE);
    await assert.rejects(broken.ended, /odd/);
    assert.equal(broken.clock.next(), null);
  });
});
