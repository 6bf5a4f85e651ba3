// Which run belongs to a task file: found by its id, whatever else the journal holds by now.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RunRow } from "../../host/host.ts";
import { isRunOf, lastRunOf, taskRunId } from "./task-run.ts";

const ID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** A journal that holds these runs and no others. */
const journal = (...ids: readonly string[]) => ({
  run: (id: string) => (ids.includes(id) ? ({ run: id } as RunRow) : null),
  lastRunBeginning: (start: string) =>
    ids
      .filter((id) => id.startsWith(start))
      .sort()
      .at(-1) ?? null,
});

describe("the runs of a task file", () => {
  it("have ids that follow from its id and their number", () => {
    for (const number of [1, 2, 31, 32, 33, 1_000_000]) assert.match(taskRunId("a", number), ID);
    assert.equal(taskRunId("Build", 1), taskRunId("build", 1), "P3: capitals do not count");
    assert.notEqual(taskRunId("a", 1), taskRunId("a", 2));
    assert.notEqual(taskRunId("a", 1), taskRunId("b", 1));
  });

  it("end in letters of their own, by which people and branches call them", () => {
    const ends = ["a", "b", "c"].flatMap((id) => [1, 2, 3].map((number) => taskRunId(id, number).slice(-8)));
    assert.equal(new Set(ends).size, 9);
  });

  it("are known for its own", () => {
    assert.ok(isRunOf("a", taskRunId("a", 7)));
    assert.ok(!isRunOf("b", taskRunId("a", 7)));
  });

  it("the last one is found, whichever of those before it were cleared away", () => {
    assert.deepEqual(lastRunOf(journal(), "a"), { number: 0, row: null });
    const third = taskRunId("a", 3);
    const others = [taskRunId("b", 9), taskRunId("c", 9)];
    for (const left of [[1, 2, 3], [2, 3], [1, 3], [3]]) {
      const found = lastRunOf(journal(...others, ...left.map((number) => taskRunId("a", number))), "a");
      assert.deepEqual(found, { number: 3, row: { run: third } });
    }
    const many = [9, 31, 32, 100, 1024].map((number) => taskRunId("a", number));
    assert.equal(lastRunOf(journal(...many), "a").number, 1024);
  });
});
