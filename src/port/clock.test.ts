import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { awakeTime, heldClock, realClock } from "./clock.ts";

describe("a held clock", () => {
  it("fires timers in the order of their times, and those set in between", () => {
    const clock = heldClock(1_000);
    const fired: string[] = [];
    const note = (name: string) => () => void fired.push(`${name} ${clock.monotonic()}`);
    clock.after(20, note("b"));
    clock.after(10, () => {
      note("a")();
      clock.after(5, note("between"));
      clock.soon(note("soon"));
    });
    const cancel = clock.after(15, note("cancelled"));
    clock.after(20, note("c"));
    cancel();
    assert.equal(clock.next(), 10);
    clock.advance(20);
    assert.deepEqual(fired, ["a 10", "soon 10", "between 15", "b 20", "c 20"]);
    assert.deepEqual([clock.wall(), clock.next()], [1_020, null]);
  });

  it("F20, F21: a jump of the wall clock fires nothing and moves no timer", () => {
    const clock = heldClock(0);
    let fired = 0;
    clock.after(1_000, () => {
      fired += 1;
    });
    for (const jumpMs of [3_600_000, -10 * 365 * 86_400_000]) clock.jumpWall(jumpMs);
    assert.deepEqual([clock.monotonic(), fired, clock.next()], [0, 0, 1_000]);
    clock.advance(1_000);
    assert.equal(fired, 1);
  });
});

describe("time awake", () => {
  it("F23: does not count the sleep of a machine whose monotonic time goes on", () => {
    let nowMs = 0;
    const awake = awakeTime(() => nowMs);
    const after = (passedMs: number) => {
      nowMs += passedMs;
      return awake();
    };
    for (let beat = 1; beat <= 5; beat += 1) assert.equal(after(2_000), beat * 2_000);
    const asleep = after(8 * 3_600_000);
    assert.ok(asleep >= 10_000 && asleep <= 20_000, `${asleep}`);
    assert.equal(after(2_000), asleep + 2_000);
  });

  it("F23: counts a loop that was held up", () => {
    let nowMs = 0;
    const awake = awakeTime(() => nowMs);
    nowMs = 3_000;
    assert.equal(awake(), 3_000);
  });
});

describe("the real clock", () => {
  it("fires late timers late: a delay above 24 days does not fire at once", async () => {
    let fired = false;
    const cancel = realClock.after(2 ** 31, () => {
      fired = true;
    });
    await new Promise<void>((resolve) => realClock.after(5, resolve, { hold: true }));
    cancel();
    assert.equal(fired, false);
  });

  it("goes on", async () => {
    const [monotonic, wall] = [realClock.monotonic(), realClock.wall()];
    await new Promise<void>((resolve) => realClock.soon(resolve));
    assert.ok(realClock.monotonic() >= monotonic && Math.abs(realClock.wall() - wall) < 60_000);
  });
});
