import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CODES, exitOf, exitOfAll, isCode, refusalCode } from "./codes.ts";
import { bad, EXIT, good } from "./problem.ts";

describe("problem codes", () => {
  const exits = (...codes: readonly string[]) => exitOfAll(codes.map((code) => ({ code })));

  test("each leads to one of the exit codes", () => {
    const all: readonly number[] = Object.values(EXIT);
    for (const [code, exit] of Object.entries(CODES)) assert.ok(all.includes(exit), code);
    assert.deepEqual([isCode("E_FENCED"), isCode("E_NOBODY"), isCode("toString")], [true, false, false]);
    assert.deepEqual([exitOf("E_FENCED"), exitOf("E_NOBODY")], [EXIT.busy, EXIT.invalid]);
  });

  test("of several, wrong input wins over policy, otherwise the first; warnings never count", () => {
    assert.equal(exits("E_NOT_ALLOWED", "E_CYCLE"), EXIT.invalid);
    assert.equal(exits("E_NOT_ALLOWED", "E_BUSY"), EXIT.refused);
    assert.equal(exits("W_TIMEOUTS", "E_BUSY"), EXIT.busy);
    assert.equal(exits("W_TIMEOUTS"), EXIT.done);
    assert.equal(exits(), EXIT.done);
  });

  test("a refusal of the engine is a failure of configuration that begins with a code", () => {
    assert.equal(refusalCode("config_error", "E_OUTSIDE_ROOT x leads out"), "E_OUTSIDE_ROOT");
    assert.equal(refusalCode("config_error", "E_NOBODY x"), null);
    assert.equal(refusalCode("config_error", "exit 1: E_OUTSIDE_ROOT said a program"), null);
    assert.equal(refusalCode("unknown", "E_OUTSIDE_ROOT said a program"), null);
    assert.equal(refusalCode(null, null), null);
  });

  test("a result is a value or every problem", () => {
    assert.deepEqual(good(1), { ok: true, value: 1 });
    const problem = { code: "E_CYCLE", message: "a → a" };
    assert.deepEqual(bad(problem, problem), { ok: false, problems: [problem, problem] });
  });
});
