import assert from "node:assert/strict";
import test from "node:test";
import { fieldsProblem, fieldType, withDefaults } from "./answer-fields.ts";
import type { Json } from "./json.ts";

test("the type of a field is that of its default or first choice, where none is told", () => {
  const forms: readonly (readonly [Json, string | undefined])[] = [
    [{ type: "number", default: "x" }, "number"],
    [{ default: true }, "boolean"],
    [{ enum: [1, 2] }, "number"],
    [{ type: "nmber" }, undefined],
    [{}, undefined],
    ["text", undefined],
  ];
  for (const [form, type] of forms) assert.equal(fieldType(form), type, JSON.stringify(form));
  assert.equal(fieldType(undefined), undefined);
});

test("an answer fits its fields, or what is wrong with it is told", () => {
  const declared = {
    note: {},
    short: { type: "string", pattern: "[a-z]*", min: 2, max: 4 },
    many: { type: "array", max: 1 },
    map: { type: "object", min: 1 },
    must: { required: true },
    other: { required: true, default: 1 },
  };
  const said: readonly (readonly [Record<string, Json>, boolean, string | null])[] = [
    [{ must: 1, note: [1] }, true, null],
    [{ must: null }, true, "must must be text, not null"],
    [{}, true, "the field must is missing"],
    [{}, false, null],
    [{ nothing: 1, more: 2 }, false, "the decision has no field nothing, more"],
    [{ short: "Ab" }, false, 'short must look like [a-z]*, not "Ab"'],
    [{ short: "a" }, false, "short must be at least 2 characters long, not 1"],
    [{ short: 3 }, false, "short must be text, not 3"],
    [{ many: [1, 2] }, false, "many must be at most 1 values long, not 2"],
    [{ many: {} }, false, "many must be an array, not {}"],
    [{ map: {} }, false, "map must be at least 1 keys large, not 0"],
    [{ other: "x".repeat(90) }, false, `other must be a number, not "${"x".repeat(79)}…`],
  ];
  for (const [given, isYes, problem] of said)
    assert.equal(fieldsProblem(declared, given, isYes), problem, JSON.stringify(given));
  assert.equal(fieldsProblem(null, {}, true), null);
  assert.equal(fieldsProblem({ yes: { type: "boolean" } }, { yes: true }, true), null);
  assert.equal(
    fieldsProblem({ n: { type: "number", min: 1, max: 5 } }, { n: 6 }, true),
    "n must be at most 5, not 6",
  );
  assert.equal(
    fieldsProblem({ n: "text" }, { n: Number.POSITIVE_INFINITY as Json }, true),
    "n must be text, not null",
  );
  assert.equal(
    fieldsProblem({ yes: { enum: [true] } }, { yes: false }, true),
    "yes must be one of true, not false",
  );
});

test("what nobody says is the default", () => {
  assert.deepEqual(withDefaults({ a: { default: 1 }, b: { default: 2 }, c: {}, d: "x" }, { b: 3 }), {
    a: 1,
    b: 3,
  });
  assert.deepEqual(withDefaults(null, {}), {});
});
