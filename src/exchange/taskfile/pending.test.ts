// What lies in pending: when a file is whole, in which order files are begun, and what they wait for.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  circlesIn,
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
  parents: [],
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

  const circles = (...list: readonly (readonly [id: string, ...dependsOn: string[]])[]) =>
    circlesIn(
      new Map(list.map(([id, ...dependsOn]) => [id, task(id, { dependsOn })])),
      ({ dependsOn }) => dependsOn,
    );

  it("that wait for each other are found, and none that only waits for them", () => {
    assert.deepEqual(circles(["d", "a"], ["a", "b"], ["b", "c"], ["c", "a"], ["e", "e"], ["f", "gone"]), [
      ["a", "b", "c"],
      ["e"],
    ]);
    assert.deepEqual(circles(["a", "b", "c"], ["b", "d"], ["c", "d"], ["d"]), [], "two ways are no circle");
    assert.deepEqual(
      [...turnsOf(["a", "b", "c"])],
      [
        ["a", "b", "c", "a"],
        ["b", "c", "a", "b"],
        ["c", "a", "b", "c"],
      ],
    );
  });

  it("of circles that share tasks so many are found that none is left", () => {
    const waits = fc.array(fc.array(fc.nat(7), { maxLength: 3 }), { maxLength: 8 });
    fc.assert(
      fc.property(waits, (list) => {
        const all = list.map((ids, at) => [`${at}`, ...ids.map(String)] as const);
        const found = circles(...all);
        for (const circle of found)
          for (const [id = "", next = ""] of turnsOf(circle))
            assert.ok(list[Number(id)]?.includes(Number(next)), `${id} waits for ${next}`);
        const caught = new Set(found.flat());
        assert.deepEqual(circles(...all.filter(([id]) => !caught.has(id))), []);
      }),
    );
  });

  it("in a chain however long each is asked once what it waits for", () => {
    const ids = Array.from({ length: 50_000 }, (_, at) => `${at}`);
    const all = new Map(ids.map((id, at) => [id, task(id, { dependsOn: [`${at + 1}`] })]));
    let asked = 0;
    const waits = ({ dependsOn }: Pending) => {
      asked += 1;
      return dependsOn;
    };
    assert.deepEqual([circlesIn(all, waits), asked], [[], ids.length]);
  });

  it("are looked through for circles only when something came", () => {
    const ready = new ReadyTasks();
    const one = task("a");
    ready.add(one);
    assert.deepEqual([ready.takeNews(), ready.takeNews()], [true, false]);
    ready.add(one);
    ready.delete("b");
    assert.equal(ready.takeNews(), false, "nothing new");
    ready.add(task("a"));
    assert.equal(ready.takeNews(), true, "another text");
  });

  it("what is ready stays in order while some come and some are begun", () => {
    const ready = new ReadyTasks();
    const of = (id: string, priority = 0): Pending => ({ id, priority, dependsOn: [], parents: [] });
    const order = () => [...ready.inOrder()].map(({ id }) => id);
    for (const pending of [of("b"), of("a"), of("c", 5)]) ready.add(pending);
    assert.deepEqual(order(), ["c", "a", "b"]);
    const again = of("z");
    for (let look = 0; look < 3; look += 1) {
      ready.add(again);
      assert.deepEqual(order(), ["c", "a", "b", "z"], "once, however often it went and came");
      ready.delete("z");
    }
    ready.delete("c");
    assert.deepEqual(order(), ["a", "b"]);
    ready.add(of("a", -1));
    assert.deepEqual([order(), ready.size], [["b", "a"], 2], "the same task with another priority");
  });
});
