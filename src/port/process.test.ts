import assert from "node:assert/strict";
import test from "node:test";
import { onEndSignal } from "./process.ts";

test("however many wait for a signal one after another, one listener holds it, and only who waits is called", () => {
  const called: number[] = [];
  const ends = Array.from({ length: 20 }, (_, number) => onEndSignal(() => called.push(number)));
  for (const end of ends.slice(0, -1)) end();
  process.emit("SIGHUP", "SIGHUP");
  assert.deepEqual(called, [19]);
  ends.at(-1)?.();
  process.emit("SIGHUP", "SIGHUP");
  assert.deepEqual([called, process.listenerCount("SIGHUP")], [[19], 1]);
});
