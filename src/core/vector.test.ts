import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { at, changedPlaces, each, replaced, VectorDraft, vectorOf } from "./vector.ts";

const numbers = (length: number) => Array.from({ length }, (_, index) => index);

describe("vector", () => {
  for (const size of [0, 1, 31, 32, 33, 1024, 1025, 32_768, 32_769]) {
    test(`keeps ${size} elements in order`, () => {
      const vector = vectorOf(numbers(size));
      assert.deepEqual([...each(vector)], numbers(size));
      assert.equal(vector.length, size);
      assert.throws(() => at(vector, size), /lies inside its list/);
      assert.throws(() => at(vector, -1), /lies inside its list/);
    });
  }

  test("a change copies the way to it and shares the rest, the old one stays as it was", () => {
    const old = vectorOf(numbers(2_000));
    const changed = replaced(old, 70, -1);
    assert.deepEqual([at(old, 70), at(changed, 70), at(changed, 71)], [70, -1, 71]);
    assert.notEqual(changed.root[0], old.root[0]);
    assert.equal(changed.root[1], old.root[1]);
  });

  test("finds the places that changed, and all of them where nothing or a smaller list stood before", () => {
    const old = vectorOf(numbers(2_000));
    const changed = replaced(replaced(old, 1_999, -1), 70, -1);
    assert.deepEqual(changedPlaces(old, changed), [70, 1_999]);
    assert.deepEqual(changedPlaces(old, old), []);
    assert.deepEqual(changedPlaces(null, vectorOf(numbers(40))), numbers(40));
    assert.deepEqual(changedPlaces(vectorOf(numbers(3)), vectorOf(numbers(40))), numbers(40));
    assert.deepEqual(changedPlaces(vectorOf(numbers(33)), vectorOf(numbers(70))), numbers(70).slice(33));
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
    assert.throws(() => draft.set(100, 0), /lies inside its list/);
  });
});
