import assert from "node:assert/strict";
import test from "node:test";
import { releaseId } from "./release.ts";

test("releases of one second stand in the order in which they were made", () => {
  const at = Date.UTC(2026, 0, 19, 14, 30);
  const ids = [
    releaseId(at + 1, "ff".repeat(32)),
    releaseId(at + 2, "00".repeat(32)),
    releaseId(at + 90, "aa".repeat(32)),
  ];
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(ids[0], "20260119T143000001Z-ffffffff");
});
