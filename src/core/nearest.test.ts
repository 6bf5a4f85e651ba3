import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nearest } from "./nearest.ts";

describe("the nearest word", () => {
  it("is the one with the fewest letters changed", () => {
    const known = ["replace", "retry", "relace"];
    assert.equal(nearest("relac", known), "relace");
    assert.equal(nearest("RETRY", known), "retry");
    assert.equal(nearest("rety", known), "retry");
  });

  it("is none when all are far away", () => {
    assert.equal(nearest("banana", ["retry", "on"]), undefined);
    assert.equal(nearest("x", []), undefined);
    assert.equal(nearest("", ["on"]), "on");
  });
});
