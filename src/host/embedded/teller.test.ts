import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changesOf } from "../../../test/support/changes.ts";
import { Play, workflowOf } from "../../../test/support/decider.ts";
import { bad, good, type Result } from "../../core/problem.ts";
import type { Change } from "../../core/replay.ts";
import { heldClock } from "../../port/clock.ts";
import { TELL_MS_MIN, Teller } from "./teller.ts";

const WORK = `name: work
tasks:
  - { id: a, agent: shell, parameters: { run: a } }
  - { id: b, agent: shell, dependencies: [a], parameters: { run: b } }
`;

/** A teller whose syncs end when the test says so. */
function rig() {
  const clock = heldClock();
  const syncs: ((result: Result<null>) => void)[] = [];
  const told: number[] = [];
  const teller = new Teller({ clock, synced: () => new Promise((resolve) => syncs.push(resolve)) });
  const stop = teller.listen((changes) => told.push(...changes.map(({ entry }) => entry.sequence)));
  const play = new Play(workflowOf(WORK));
  const changes: readonly Change[] = changesOf(play.start("a").end("a", {}).start("b").end("b", {}));
  const add = (from: number, to = from) => teller.add(changes.slice(from - 1, to));
  /** Lets one sync end. */
  const sync = async (result: Result<null> = good(null)) => {
    await turns();
    syncs.shift()?.(result);
    await turns();
  };
  return { clock, syncs, told, teller, stop, add, sync };
}

/** All that promises have to do is done. */
const turns = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a teller", () => {
  it("tells nothing before the mark is on the disk", async () => {
    const { clock, told, add, sync } = rig();
    add(1, 2);
    clock.advance(1_000);
    await turns();
    assert.deepEqual(told, []);
    await sync();
    assert.deepEqual(told, [1, 2]);
  });

  it("has one sync in flight, and what comes meanwhile shares the next, after a pause", async () => {
    const { clock, syncs, told, add, sync } = rig();
    add(1);
    clock.advance(0);
    await turns();
    add(2);
    add(3, 4);
    clock.advance(TELL_MS_MIN - 1);
    await sync();
    assert.deepEqual([told, syncs.length], [[1], 0]);
    clock.advance(1);
    await sync();
    assert.deepEqual([told, syncs.length], [[1, 2, 3, 4], 0]);
    clock.advance(1_000);
    await turns();
    assert.equal(syncs.length, 0, "nothing new, no sync");
  });

  it("tells all at once when somebody waits for it", async () => {
    const { clock, told, teller, add, sync } = rig();
    add(1);
    clock.advance(0);
    await sync();
    add(2);
    let isTold = false;
    void teller.told().then(() => (isTold = true));
    await turns();
    assert.deepEqual([told, isTold], [[1], false]);
    await sync();
    assert.deepEqual([told, isTold], [[1, 2], true]);
    await teller.told();
  });

  it("tells nothing of what is not on the disk after a failed sync, and nobody waits for ever", async () => {
    const { told, teller, add, sync } = rig();
    add(1);
    const all = teller.told();
    await sync(bad({ code: "E_IO", message: "the disk is gone" }));
    await all;
    assert.deepEqual(told, []);
  });

  it("tells nobody who has stopped listening", async () => {
    const { told, teller, stop, add, sync } = rig();
    add(1);
    stop();
    void teller.told();
    await sync();
    assert.deepEqual(told, []);
  });
});
