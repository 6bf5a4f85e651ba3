import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inTurns, Turns } from "./in-turns.ts";

/** A clock that is set by hand; counts the turns it gave. */
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
  it("F42: gives each in order, and everything else its turn after 5 ms of work", async () => {
    const clock = slowClock();
    const seen: number[] = [];
    for await (const one of inTurns([1, 2, 3, 4, 5, 6, 7], clock)) {
      seen.push(one);
      clock.at += 2;
    }
    assert.deepEqual([seen, clock.turns], [[1, 2, 3, 4, 5, 6, 7], 2]);
  });

  it("F42: what is worked through by the same hand shares its turns, list after list and between two lists", async () => {
    const clock = slowClock();
    const turns = new Turns(clock);
    for await (const _ of turns.over([1, 2])) clock.at += 2;
    assert.equal(clock.turns, 0);
    for await (const _ of turns.over([3, 4])) clock.at += 2;
    assert.equal(clock.turns, 1, "before the fourth");
    clock.at += 4;
    await turns.pause();
    await turns.pause();
    assert.equal(clock.turns, 2);
  });

  it("waits for nothing with a few, and may be left early", async () => {
    const clock = slowClock();
    for await (const one of inTurns(new Set([1, 2, 3]), clock)) if (one === 2) break;
    assert.equal(clock.turns, 0);
  });
});
