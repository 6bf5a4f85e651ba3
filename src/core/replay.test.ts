import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf } from "../../test/support/changes.ts";
import { Play } from "../../test/support/decider.ts";

test("the changes of a run begin with nothing, follow each other, and end with the run itself", () => {
  const play = new Play("a : timeout: 60\nb : timeout: 60").start("a", "b").fail("b");
  const changes = changesOf(play);
  assert.deepEqual(
    changes.map(({ entry }) => entry),
    play.entries,
  );
  assert.equal(changes[0]?.before, null);
  for (const [at, { before }] of changes.entries()) if (at > 0) assert.equal(before, changes[at - 1]?.after);
  assert.deepEqual(changes.at(-1)?.after, play.run);
});
