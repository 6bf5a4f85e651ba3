import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { at, each, replaced, VectorDraft, vectorOf } from "./vector.ts";

const numbers = (length: number) => Array.from({ length }, (_, index) => index);

describe("vector", () => {
  for (const size of [0, 1, 63, 64, 65, 1000]) {
    test(`keeps ${size} elements in order`, () => {
      const vector = vectorOf(numbers(size));
      assert.deepEqual([...each(vector)], numbers(size));
      assert.equal(vector.length, size);
      assert.throws(() => at(vector, size), /lies outside a list/);
      assert.throws(() => at(vector, -1), /lies outside a list/);
    });
  }

  test("a change copies its chunk and shares the rest, the old one stays as it was", () => {
    const old = vectorOf(numbers(200));
    const changed = replaced(old, 70, -1);
    assert.deepEqual([at(old, 70), at(changed, 70), at(changed, 71)], [70, -1, 71]);
    assert.deepEqual(
      changed.chunks.map((chunk, place) => chunk === old.chunks[place]),
      [true, false, true, true],
    );
  });

  test("a draft reads what it has written, and shares again once it is frozen", () => {
    const old = vectorOf(numbers(100));
    const draft = new VectorDraft(old);
    assert.equal(draft.frozen(), old);
    draft.set(3, -3);
    draft.set(4, -4);
    assert.deepEqual([draft.get(3), draft.get(5), draft.length], [-3, 5, 100]);
    const first = draft.frozen();
    draft.set(3, 33);
    assert.deepEqual([at(first, 3), at(draft.frozen(), 3), at(old, 3)], [-3, 33, 3]);
    assert.throws(() => draft.set(100, 0), /lies outside a list/);
  });
});
