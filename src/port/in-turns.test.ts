import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inTurns } from "./in-turns.ts";

/** A clock on which each item takes 4 ms; counts the turns it gave. */
function slowClock() {
  const clock = {
    at: 0,
    turns: 0,
    monotonic: () => clock.at,
    soon: (call: () => void) => {
      clock.turns += 1;
      setImmediate(call);
    },
  };
  return clock;
}

describe("long lists in turns", () => {
  it("F42: gives each in order, and everything else its turn after 10 ms of work", async () => {
    const clock = slowClock();
    const seen: number[] = [];
    for await (const one of inTurns([1, 2, 3, 4, 5, 6, 7], clock)) {
      seen.push(one);
      clock.at += 4;
    }
    assert.deepEqual([seen, clock.turns], [[1, 2, 3, 4, 5, 6, 7], 2]);
  });

  it("waits for nothing with a few, and may be left early", async () => {
    const clock = slowClock();
    for await (const one of inTurns(new Set([1, 2, 3]), clock)) if (one === 2) break;
    assert.equal(clock.turns, 0);
  });
});
