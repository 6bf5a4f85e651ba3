import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LIMITS } from "../core/limits.ts";
import { silenceOf } from "./notes.ts";

const MINUTE = 60_000;
const none = { startedAt: 0, printed: null, limits: {} };

describe("F31: the silence of a running attempt, as its log tells it", () => {
  it("is told from ten minutes on, since its last byte or its start", () => {
    assert.deepEqual(silenceOf({ ...none, nowMs: 10 * MINUTE - 1 }), []);
    assert.deepEqual(silenceOf({ ...none, nowMs: 10 * MINUTE }), ["no output for 10 min"]);
    const printed = { bytes: 5, at: 3 * MINUTE };
    assert.deepEqual(silenceOf({ ...none, printed, nowMs: 12 * MINUTE }), []);
    assert.deepEqual(silenceOf({ ...none, printed, nowMs: 150 * MINUTE }), ["no output for 2 h"]);
  });

  it("is not known once the first half of the log is full, however small the project made it", () => {
    const nowMs = 60 * MINUTE;
    const half = { bytes: LIMITS.logBytes.default / 2, at: 0 };
    assert.deepEqual(silenceOf({ ...none, printed: half, nowMs }), []);
    assert.equal(silenceOf({ ...none, printed: { ...half, bytes: half.bytes - 1 }, nowMs }).length, 1);
    const limits = { log_bytes: 100 };
    assert.deepEqual(silenceOf({ ...none, printed: { bytes: 50, at: 0 }, limits, nowMs }), []);
    assert.equal(silenceOf({ ...none, printed: { bytes: 49, at: 0 }, limits, nowMs }).length, 1);
  });
});
