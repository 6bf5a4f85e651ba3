import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { carriedOf } from "./carried.ts";
import type { Entry } from "./event.ts";

function carried(lines: string) {
  const play = new Play(flow(lines));
  const items = ["x", "y"].map((value) => ({ key: value, value }));
  const moment = play.entries.at(-1) as Entry;
  const { run, lookup } = play;
  return carriedOf({ run, outer: undefined, task: "p", items, moment, lookup });
}

const MAPPED = "p : foreach: { items: [x, y] }, artifacts: [all, 'out/${item}']";

describe("what a mapped task hands on that a cache had as a whole", () => {
  test("is what each of its items would have left, where a dependant has a worktree", () => {
    assert.deepEqual(carried(`${MAPPED}\nz <- p : workspace: worktree`), ["all", "out/x", "out/y"]);
  });

  test("is nothing where none has", () => {
    assert.deepEqual(carried(`${MAPPED}\nz <- p`), []);
  });

  test("is not known where it cannot be read", () => {
    const wrong = "p : foreach: { items: [x, y] }, artifacts: ['out/${item.name}']";
    assert.equal(carried(`${wrong}\nz <- p : workspace: worktree`), null);
  });
});
