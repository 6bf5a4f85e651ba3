import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { heldClock } from "../port/clock.ts";
import { watchActivity } from "./activity.ts";

const MINUTE = 60_000;

function watched(idleTimeoutMs: number | null) {
  const clock = heldClock();
  const seen: string[] = [];
  const activity = watchActivity({ progressMs: 100, quietMs: 10 * MINUTE, idleTimeoutMs }, clock, {
    output: (line) => seen.push(line),
    quiet: (ms) => seen.push(`quiet ${ms / MINUTE} min`),
    idle: (reason) => seen.push(reason),
  });
  return {
    clock,
    seen,
    print: (text: string, stream: 1 | 2 = 1) => activity.printed(stream, Buffer.from(text)),
    activity,
  };
}

describe("signs of life", () => {
  it("tells the latest line at most every so often", () => {
    const { clock, seen, print } = watched(null);
    print("one\n");
    for (let count = 0; count < 50; count += 1) print(`line ${count}\n`);
    assert.deepEqual(seen, ["one"]);
    clock.advance(99);
    assert.deepEqual(seen, ["one"]);
    clock.advance(1);
    assert.deepEqual(seen, ["one", "line 49"]);
    clock.advance(1_000);
    print("half a li");
    assert.deepEqual(seen.slice(2), ["half a li"]);
  });

  it("F31: a silence is told once, at ten minutes, and the limit acts", () => {
    const { clock, seen, print } = watched(120 * MINUTE);
    print("hello\n");
    clock.advance(119 * MINUTE);
    assert.deepEqual(seen, ["hello", "quiet 10 min"]);
    clock.advance(MINUTE);
    assert.deepEqual(seen, ["hello", "quiet 10 min", "idle"]);
  });

  it("F31: after more output, a new silence is a new one", () => {
    const { clock, seen, print } = watched(null);
    clock.advance(11 * MINUTE);
    print("late\n");
    clock.advance(11 * MINUTE);
    assert.deepEqual(seen, ["quiet 10 min", "late", "quiet 10 min"]);
  });

  it("F32: the same lines again and again are no progress", () => {
    const { clock, seen, print } = watched(15 * MINUTE);
    for (let second = 0; second < 16 * 60 && !seen.includes("stuck"); second += 1) {
      print(second % 2 === 0 ? "waiting for lock\n" : "still waiting\n");
      clock.advance(1_000);
    }
    assert.equal(seen.at(-1), "stuck");
    assert.ok(!seen.some((line) => line.startsWith("quiet")));
  });

  it("F32: a new line now and then is progress, and so is a line that grows", () => {
    for (const text of ["step %\n", "%"]) {
      const { clock, seen, print } = watched(15 * MINUTE);
      for (let minute = 0; minute < 120; minute += 1) {
        print(text.replace("%", String(minute)));
        clock.advance(MINUTE);
      }
      assert.ok(!seen.includes("stuck") && !seen.includes("idle"));
    }
  });

  it("keeps the last line of standard error, and of standard output where nothing came there", () => {
    const { print, activity } = watched(null);
    assert.equal(activity.lastWords(), "");
    print("src/a.ts(3,5): error\n\n");
    assert.equal(activity.lastWords(), "src/a.ts(3,5): error");
    print("fatal: \x1b[31mno\x1b[0m such thing\n\n", 2);
    print("bye\n");
    assert.equal(activity.lastWords(), "fatal: no such thing");
  });
});
