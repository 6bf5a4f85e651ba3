import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EXPRESSION_LIMITS, ExpressionError } from "./expression/syntax.ts";
import type { Json } from "./json.ts";
import { Meter } from "./meter.ts";

const PLACE = { offset: 3, length: 2 };

function refuses(call: () => unknown): void {
  assert.throws(call, (thrown) => {
    assert(thrown instanceof ExpressionError);
    assert.equal(thrown.problem.code, "E_EXPR_BUDGET");
    assert.equal(thrown.problem.offset, PLACE.offset);
    return true;
  });
}

function nested(depth: number): Json {
  let value: Json = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { key: value };
  return value;
}

describe("X4: a meter", () => {
  it("allows exactly the steps of the limit", () => {
    const meter = new Meter();
    for (let step = 0; step < EXPRESSION_LIMITS.steps; step += 1) meter.step(PLACE);
    refuses(() => meter.step(PLACE));
  });

  it("takes a step for each KiB that is looked through", () => {
    const meter = new Meter();
    meter.look(EXPRESSION_LIMITS.steps * 1024, PLACE);
    refuses(() => meter.look(1024, PLACE));
    refuses(() => new Meter().lookAtItems(1024 * 1024, PLACE));
  });

  it("allows results of exactly 1 MiB", () => {
    new Meter().room(EXPRESSION_LIMITS.resultSize, PLACE);
    refuses(() => new Meter().room(EXPRESSION_LIMITS.resultSize + 1, PLACE));
  });

  it("weighs values roughly as long as their JSON, down to the limit of depth", () => {
    assert.equal(new Meter().weigh("abc", PLACE), 3);
    assert.equal(new Meter().weigh({ key: [1, null] }, PLACE), 8 * 2 + 3 + 8 * 3);
    new Meter().weigh(nested(EXPRESSION_LIMITS.valueDepth), PLACE);
    refuses(() => new Meter().weigh(nested(EXPRESSION_LIMITS.valueDepth + 1), PLACE));
  });

  it("stops weighing as soon as the steps are used up", () => {
    const large = Array.from({ length: 20 }, () => "x".repeat(1024 * 1024));
    refuses(() => new Meter().weigh(large, PLACE));
  });
});
