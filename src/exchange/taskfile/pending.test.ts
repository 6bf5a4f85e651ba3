// What lies in pending: when a file is whole, in which order files are begun, and what they wait for.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  circleOf,
  inOrder,
  type Pending,
  ReadyTasks,
  type Standing,
  turnsOf,
  waitsFor,
  wholeInMs,
} from "./pending.ts";

const task = (id: string, more: Partial<Pending> = {}): Pending => ({
  id,
  priority: 0,
  dependsOn: [],
  ...more,
});

describe("a file in pending", () => {
  const inPlace = { modifiedMs: 1000, changedMs: 1000 };
  const whole = { stat: inPlace, restsMs: 0, isReadable: true, endsLine: true };

  it("F37: is whole at once when it was moved in", () => {
    assert.equal(wholeInMs({ ...whole, stat: { modifiedMs: 1000, changedMs: 1004 } }), 0);
  });

  it("F37: written in place it must rest, longer when its last line is open, longest when it cannot be read yet", () => {
    assert.equal(wholeInMs(whole), 2_000);
    assert.equal(wholeInMs({ ...whole, restsMs: 2_000 }), 0);
    assert.equal(wholeInMs({ ...whole, endsLine: false, restsMs: 2_000 }), 8_000);
    assert.equal(wholeInMs({ ...whole, isReadable: false, restsMs: 30_000 }), 30_000);
  });
});

describe("files in pending", () => {
  it("are begun by priority, then by name", () => {
    const list = [task("b"), task("a"), task("z", { priority: 5 }), task("y", { priority: -1 })];
    assert.deepEqual(
      list.sort(inOrder).map(({ id }) => id),
      ["z", "a", "b", "y"],
    );
  });

  it("wait for all that they name to have succeeded", () => {
    const standing = (id: string): Standing => (id === "a" ? "success" : id === "b" ? "failed" : "unknown");
    assert.deepEqual(waitsFor(task("x", { dependsOn: ["a", "b", "c"] }), standing), ["b", "c"]);
    assert.deepEqual(waitsFor(task("x", { dependsOn: ["a"] }), standing), []);
  });

  it("that wait for each other are found", () => {
    const all = new Map(
      [
        task("a", { dependsOn: ["b"] }),
        task("b", { dependsOn: ["c"] }),
        task("c", { dependsOn: ["a"] }),
        task("d", { dependsOn: ["a"] }),
      ].map((one) => [one.id, one]),
    );
    assert.deepEqual(circleOf(all.get("a") as Pending, all), ["b", "c", "a"]);
    assert.equal(circleOf(all.get("d") as Pending, all), null);
    assert.deepEqual(turnsOf(["b", "c", "a"]), [
      ["b", "c", "a", "b"],
      ["c", "a", "b", "c"],
      ["a", "b", "c", "a"],
    ]);
  });

  it("what is ready stays in order while some come and some are begun", () => {
    const ready = new ReadyTasks();
    const of = (id: string, priority = 0): Pending => ({ id, priority, dependsOn: [] });
    const order = () => ready.inOrder().map(({ id }) => id);
    for (const pending of [of("b"), of("a"), of("c", 5)]) ready.add(pending);
    assert.deepEqual(order(), ["c", "a", "b"]);
    ready.delete("c");
    assert.deepEqual(order(), ["a", "b"]);
    ready.add(of("a", -1));
    assert.deepEqual([order(), ready.size], [["b", "a"], 2], "the same task with another priority");
  });
});
