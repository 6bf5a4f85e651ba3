import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json } from "../core/json.ts";
import { EMPTY_OUTCOME } from "../driver/empty-outcome.ts";
import { conclude } from "./result.ts";

const concluded = (output: Json, schema: Json | null = null) =>
  conclude({ ...EMPTY_OUTCOME, output }, schema, (value) => ({ value }));

describe("what the journal keeps of an outcome", () => {
  it("is what the driver gave, where JSON can hold it", () => {
    assert.deepEqual(concluded({ a: [1, "1e999", null] }).output, { value: { a: [1, "1e999", null] } });
  });

  it("a number that would come back as null fails the attempt, with a schema and without", () => {
    for (const schema of [null, { type: "object" }]) {
      const { status, failure, output } = concluded({ a: Number.POSITIVE_INFINITY }, schema);
      assert.deepEqual([status, failure?.class, output], ["failed", "output_missing", { value: null }]);
      assert.match(failure?.message ?? "", /a number that is too large to be kept/);
    }
    assert.equal(concluded('{"a":1e999}', { type: "object" }).status, "failed");
  });
});
