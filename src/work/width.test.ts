import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cutToWidth, widthOf } from "./width.ts";

describe("places that text takes", () => {
  it("are one for letters, two for wide signs, none for marks", () => {
    const widths = ["build", "✓ a · b", "検査", "e\u0301te\u0301", "👩‍👩‍👧", "", "ﾊﾝｶｸ"].map(widthOf);
    assert.deepEqual(widths, [5, 7, 4, 3, 2, 0, 4]);
  });

  it("are cut between signs, never inside one", () => {
    assert.deepEqual(
      [6, 5, 4, 3, 1, 0].map((width) => cutToWidth("検査済x", width)),
      ["検査…", "検査…", "検…", "検…", "…", ""],
    );
    assert.equal(cutToWidth("👩‍👩‍👧👩‍👩‍👧x", 4), "👩‍👩‍👧…");
    assert.equal(cutToWidth("short", 5), "short");
  });
});
