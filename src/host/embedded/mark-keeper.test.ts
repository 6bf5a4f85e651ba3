import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { heldClock } from "../../port/clock.ts";
import type { OpenFile } from "../../port/files.ts";
import { MarkKeeper } from "./mark-keeper.ts";
import { type Mark, NO_MARK } from "./sidecar.ts";

const mark = (number: number): Mark => ({ number, entries: number, hash: "" });
const turns = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A keeper over a file whose syncs end when the test says so. */
function rig() {
  const clock = heldClock();
  const syncs: (() => void)[] = [];
  const file = { syncDataLater: () => new Promise<void>((resolve) => syncs.push(resolve)) } as OpenFile;
  const parts = {
    mark: { file, write: () => {} },
    log: null,
    clock,
    check: () => {},
    failed: (error: unknown) => new Error(String(error)),
  };
  return { clock, syncs, keeper: new MarkKeeper(parts, NO_MARK) };
}

describe("the keeper of the mark", () => {
  it("syncs by itself what came during a slow sync", async () => {
    const { clock, syncs, keeper } = rig();
    keeper.note(mark(1));
    clock.advance(50);
    await turns();
    assert.equal(syncs.length, 1);
    keeper.note(mark(2));
    clock.advance(200);
    await turns();
    assert.equal(syncs.length, 1, "one in flight");
    syncs[0]?.();
    await turns();
    assert.equal(syncs.length, 2, "the next one follows at once");
    syncs[1]?.();
    await turns();
    await keeper.synced();
    assert.equal(syncs.length, 2);
  });

  it("lets everybody who comes during a sync share the next", async () => {
    const { syncs, keeper } = rig();
    keeper.note(mark(1));
    const first = keeper.synced();
    keeper.note(mark(2));
    const others = Promise.all([keeper.synced(), keeper.synced()]);
    await turns();
    syncs[0]?.();
    await first;
    await turns();
    assert.equal(syncs.length, 2);
    syncs[1]?.();
    await others;
    assert.equal(syncs.length, 2);
  });
});
