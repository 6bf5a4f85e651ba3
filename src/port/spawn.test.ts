/** Short commands of the engine itself, with real processes. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { capture } from "./spawn.ts";

const plain = {
  folder: "/",
  environment: { PATH: process.env.PATH ?? "" },
  timeoutMs: 60_000,
  bytesMax: 100,
};

describe("a short command", () => {
  it("is stopped when nobody waits any longer, also when that was so before it began", async () => {
    const stop = new AbortController();
    const running = capture(["sleep", "60"], { ...plain, signal: stop.signal });
    stop.abort();
    const late = capture(["sleep", "60"], { ...plain, signal: stop.signal });
    for (const { code, trouble } of [await running, await late])
      assert.deepEqual([code, trouble], [null, "stopped"]);
  });

  it("is forgotten once it has ended: a later stop signals nobody who got its number", async () => {
    const { signal } = new AbortController();
    assert.equal((await capture(["true"], { ...plain, signal })).code, 0);
    assert.equal((await capture(["/no/such/program"], { ...plain, signal })).code, null);
    assert.deepEqual(getEventListeners(signal, "abort"), []);
  });
});
