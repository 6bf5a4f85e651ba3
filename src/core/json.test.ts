import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { canonical, equal, holdsUnwritable, isMap, own, ownOfFirst } from "./json.ts";

describe("json", () => {
  test("equal values have equal canonical text, whatever the order of their keys", () => {
    assert.equal(
      canonical({ b: [1, { d: null, c: "x" }], a: true }),
      '{"a":true,"b":[1,{"c":"x","d":null}]}',
    );
    assert.equal(canonical("\u2028"), JSON.stringify("\u2028"));
  });

  for (const [left, right, same] of [
    [1, 1, true],
    [1, "1", false],
    [null, {}, false],
    [{}, null, false],
    [[], {}, false],
    [[1, [2]], [1, [2]], true],
    [[1], [1, 2], false],
    [{ a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: 1 }, { a: 2 }, false],
  ] as const) {
    test(`${JSON.stringify(left)} ${same ? "equals" : "differs from"} ${JSON.stringify(right)}`, () => {
      assert.equal(equal(left, right), same);
    });
  }

  test("maps are maps, and only own keys count", () => {
    assert.deepEqual([isMap({}), isMap([]), isMap(null), isMap("x")], [true, false, false, false]);
    assert.deepEqual([own({ a: 1 }, "a"), own({}, "toString")], [1, undefined]);
  });

  test("of several maps the first that has a key counts, also with null", () => {
    assert.equal(ownOfFirst("a", {}, { a: null }, { a: 1 }), null);
    assert.equal(ownOfFirst("a", {}, { b: 1 }), undefined);
  });

  test("a number that would come back as null is found however deep", () => {
    for (const value of [Number.POSITIVE_INFINITY, Number.NaN, [{ a: [-1 / 0] }]])
      assert.equal(holdsUnwritable(value), true);
    for (const value of [null, "1e999", 1e308, [{ a: [true, -0] }]])
      assert.equal(holdsUnwritable(value), false);
  });
});
