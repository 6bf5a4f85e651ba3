import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { heldClock, realClock } from "./clock.ts";

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
