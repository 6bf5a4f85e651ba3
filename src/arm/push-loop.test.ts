import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { heldClock } from "../port/clock.ts";
import { PushLoop, type Went } from "./push-loop.ts";

/** Chance that says the longest wait each time. */
const LONGEST = { bytes: (count: number) => new Uint8Array(count).fill(255) };

function rig(answers: readonly (Went | "hangs")[], random = LONGEST) {
  const clock = heldClock();
  const began = clock.monotonic();
  const left = [...answers];
  /** Seconds since the start. */
  const times: number[] = [];
  let stopped = 0;
  const loop = new PushLoop({
    clock,
    random,
    push: (signal) => {
      times.push((clock.monotonic() - began) / 1000);
      const answer = left.shift() ?? "all";
      if (answer !== "hangs") return Promise.resolve(answer);
      return new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          stopped += 1;
          resolve("unreached");
        }),
      );
    },
  });
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1000);
      // What was decided in this moment is done before the next.
      for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
    }
  };
  return { loop, times, pass, clock, stopped: () => stopped };
}

describe("F59 when work leaves the machine", () => {
  it("goes 2 s after the first of what is made together, and again for what came meanwhile", async () => {
    const { loop, times, pass } = rig([]);
    loop.soon();
    await pass(1);
    loop.soon();
    await pass(3);
    assert.deepEqual(times, [2]);
    await pass(60);
    assert.deepEqual(times, [2], "nothing new, nobody asked");
    loop.soon();
    await pass(2);
    assert.deepEqual(times, [2, 66]);
  });

  it("is tried again after 10, 20, 40 s … 30 min while nobody answers, whatever is made meanwhile", async () => {
    const { loop, times, pass } = rig(Array.from({ length: 12 }, () => "unreached" as const));
    loop.soon();
    await pass(5);
    loop.soon();
    await pass(3 * 60 * 60);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.deepEqual(waits, [10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800, 1800, 1800]);
    assert.equal(times.length, 13, "and no more once it went");
  });

  it("waits at least half of that, by chance, so that not all machines come at once", async () => {
    const shortest = { bytes: (count: number) => new Uint8Array(count) };
    const { loop, times, pass } = rig(["unreached", "refused"], shortest);
    loop.soon();
    await pass(60);
    assert.deepEqual(times, [2, 7, 17]);
  });

  it("goes soon when it is new, though something else is refused and waits", async () => {
    const { loop, times, pass } = rig(["refused", "refused"]);
    loop.soon();
    await pass(4);
    loop.soon();
    await pass(2);
    assert.deepEqual(times, [2, 6]);
    await pass(60);
    assert.deepEqual(times, [2, 6, 26], "after the second wait");
  });

  it("goes once more at the end, which waits for 3 s and no longer", async () => {
    const done = rig(["unreached", "all"]);
    done.loop.soon();
    await done.pass(3);
    await done.loop.end();
    assert.deepEqual(done.times, [2, 3]);
    done.loop.soon();
    await done.pass(60);
    assert.deepEqual(done.times, [2, 3], "and never after it");
    const hanging = rig(["hangs"]);
    hanging.loop.soon();
    await hanging.pass(4);
    const ended = hanging.loop.end();
    await hanging.pass(3);
    await ended;
    assert.deepEqual([hanging.times, hanging.stopped()], [[2], 1]);
  });

  it("holds up and breaks nothing when it cannot be done at all", async () => {
    const { clock, pass } = rig([]);
    const loop = new PushLoop({ clock, random: LONGEST, push: () => Promise.reject(new Error("ENOSPC")) });
    loop.soon();
    await pass(30);
    await loop.end();
  });
});
