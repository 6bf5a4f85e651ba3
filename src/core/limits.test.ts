import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { beyond, LIMITS, type Limit, most, ofRun, shown } from "./limits.ts";

describe("the table of limits", () => {
  test("each limit has a name of its own, in the form of decapod.yaml, and a message that says how much", () => {
    const limits = Object.values<Limit>(LIMITS);
    assert.equal(new Set(limits.map(({ name }) => name)).size, limits.length);
    for (const limit of limits) {
      assert.match(limit.name, /^[a-z]+(_[a-z]+)*$/);
      assert.equal(limit.message.split("%").length, 2, limit.name);
      assert.ok(Number.isSafeInteger(limit.default) && limit.default > 0, limit.name);
    }
  });

  test("holds as it is built in, or as it was made smaller, and then it is named", () => {
    assert.equal(most(LIMITS.tasks), 10_000);
    assert.equal(most(LIMITS.tasks, { items: 5 }), 10_000);
    assert.equal(most(LIMITS.tasks, { tasks: 5 }), 5);
    assert.equal(beyond(LIMITS.tasks), "a workflow may have 10,000 tasks");
    assert.equal(beyond(LIMITS.tasks, { tasks: 5 }), "a workflow may have 5 tasks (limits.tasks)");
    assert.equal(beyond(LIMITS.tasks, { tasks: 10_000 }), "a workflow may have 10,000 tasks");
  });

  test("is shown in the largest unit that fits without a rest", () => {
    const table: readonly (readonly [Limit, number, string])[] = [
      [LIMITS.cacheBytes, 1024 ** 3, "1 GiB"],
      [LIMITS.cacheBytes, 1536 * 1024 ** 2, "1,536 MiB"],
      [LIMITS.cacheBytes, 64 * 1024, "64 KiB"],
      [LIMITS.cacheBytes, 1500, "1,500 bytes"],
      [LIMITS.durationSeconds, 86_400, "1d"],
      [LIMITS.durationSeconds, 5400, "5,400 s"],
      [LIMITS.items, 1000, "1,000"],
    ];
    for (const [limit, value, text] of table) assert.equal(shown(limit, value), text);
  });

  test("a run notes only what it is decided under", () => {
    assert.deepEqual(ofRun({ items: 5, tasks: 5, log_bytes: 5, parallel: 2 }), { items: 5, parallel: 2 });
    assert.deepEqual(ofRun({}), {});
  });
});
