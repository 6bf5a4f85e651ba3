import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMap } from "../../core/json.ts";
import { ANSWER_MAX, bounded } from "./bounded.ts";

describe("a document for a conversation", () => {
  it("is left as it is while it is small", () => {
    const value: JsonMap = {
      a: "x".repeat(8_000),
      list: Array.from({ length: 400 }, (_, at) => at),
      none: null,
    };
    assert.deepEqual(bounded(value), { value, isCut: false });
  });

  it("loses the ends of its longest texts and lists, and says how much", () => {
    const list = Array.from({ length: 401 }, () => 1);
    const { value, isCut } = bounded({ text: "x".repeat(8_001), list, kept: "short" });
    assert.equal(isCut, true);
    assert.equal(value.text, `${"x".repeat(8_000)}… (1 characters left out)`);
    assert.deepEqual((value.list as readonly unknown[]).slice(-2), [1, "… (1 more left out)"]);
    assert.equal(value.kept, "short");
  });

  it("is never above the limit, whatever it is made of", () => {
    const wide = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, at) => [`key ${at}`, "x".repeat(5_000)]),
    );
    const deep = Array.from({ length: 300 }, () =>
      Array.from({ length: 300 }, () => "some text of some length"),
    );
    for (const value of [wide, { deep }, { wide, deep }]) {
      const cut = bounded(value as JsonMap);
      assert.ok(cut.isCut && JSON.stringify(cut.value).length <= ANSWER_MAX);
    }
  });
});
