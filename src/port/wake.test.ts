import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { heldClock } from "./clock.ts";
import { type Files, realFiles } from "./files.ts";
import { Wake } from "./wake.ts";

const BOUNDS = { leastMs: 50, mostMs: 500 };

/** Files whose hints the test gives. */
function hinting() {
  const calls = new Map<string, () => void>();
  const files: Files = {
    ...realFiles,
    watch: (path, call) => {
      if (path === "full") throw Object.assign(new Error("no space for another watch"), { code: "ENOSPC" });
      calls.set(path, () => call(null, false));
      return () => void calls.delete(path);
    },
  };
  return { files, calls };
}

/** Whether it has resolved once everything that is ready has been done. */
async function isOver(wait: Promise<void>): Promise<boolean> {
  let over = false;
  void wait.then(() => {
    over = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return over;
}

describe("waiting for a change", () => {
  const { signal } = new AbortController();

  it("ends with a hint, but not before the shortest time", async () => {
    const clock = heldClock();
    const { files, calls } = hinting();
    const wake = new Wake(files, clock);
    wake.watch(new Set(["a"]));
    const wait = wake.wait(BOUNDS, signal);
    calls.get("a")?.();
    assert.equal(await isOver(wait), false);
    clock.advance(50);
    assert.equal(await isOver(wait), true);
    const next = wake.wait(BOUNDS, signal);
    clock.advance(50);
    assert.equal(await isOver(next), false);
    calls.get("a")?.();
    assert.equal(await isOver(next), true);
  });

  it("keeps a hint that came while nobody waited", async () => {
    const clock = heldClock();
    const { files, calls } = hinting();
    const wake = new Wake(files, clock);
    wake.watch(new Set(["a"]));
    calls.get("a")?.();
    const wait = wake.wait(BOUNDS, signal);
    clock.advance(50);
    assert.equal(await isOver(wait), true);
  });

  it("F35 looks by itself in bounded time where folders cannot be watched", async () => {
    const clock = heldClock();
    const codes: string[] = [];
    const wake = new Wake(hinting().files, clock, (code) => codes.push(code));
    wake.watch(new Set(["full"]));
    wake.watch(new Set());
    wake.watch(new Set(["full"]));
    assert.deepEqual(codes, ["ENOSPC"], "said once");
    const wait = wake.wait(BOUNDS, signal);
    clock.advance(499);
    assert.equal(await isOver(wait), false);
    clock.advance(1);
    assert.equal(await isOver(wait), true);
  });

  it("ends when it is given up, also before it began", async () => {
    const clock = heldClock();
    const wake = new Wake(hinting().files, clock);
    const stopping = new AbortController();
    const wait = wake.wait(BOUNDS, stopping.signal);
    stopping.abort();
    assert.equal(await isOver(wait), true);
    assert.equal(await isOver(wake.wait(BOUNDS, stopping.signal)), true);
    assert.equal(clock.next(), null);
  });

  it("watches what is asked for and nothing else", () => {
    const { files, calls } = hinting();
    const wake = new Wake(files, heldClock());
    wake.watch(new Set(["a", "b"]));
    wake.watch(new Set(["b", "c"]));
    assert.deepEqual([...calls.keys()].sort(), ["b", "c"]);
    wake.close();
    assert.equal(calls.size, 0);
  });
});
