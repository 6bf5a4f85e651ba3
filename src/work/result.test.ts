import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json } from "../core/json.ts";
import { EMPTY_OUTCOME } from "../driver/empty-outcome.ts";
import { conclude } from "./result.ts";

const concluded = (output: Json, schema: Json | null = null, isAgent = false, misfits = 0) =>
  conclude({ ...EMPTY_OUTCOME, output }, { schema, isAgent, misfits }, (value) => ({ value }));

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

  it("of an agent says that it can be asked again, of others and without a schema not", () => {
    const schema = { type: "object", properties: { n: { type: "number" } } };
    const { failure, misfit } = concluded('{"n":"x"}', schema, true);
    assert.equal(misfit, true);
    assert.equal(
      failure?.message,
      'the output does not fit output_schema: /n must be a number, is a text ("x")',
    );
    assert.equal(concluded("words", schema, true).misfit, true);
    assert.equal(concluded({ n: 1 }, schema, true).misfit, undefined);
    assert.equal(concluded('{"n":"x"}', schema).misfit, undefined);
    assert.equal(concluded(Number.POSITIVE_INFINITY, null, true).misfit, undefined);
  });

  it("counts how often it was asked again", () => {
    assert.deepEqual(concluded({}, { type: "object" }, true, 2).notes, [
      "asked again for an output that fits output_schema, time 2",
    ]);
    assert.equal(concluded({}, { type: "object" }, true).notes, undefined);
  });
});
