import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { processorMs } from "../../test/support/least.ts";
import type { Json } from "../core/json.ts";
import { checkSchema, compileSchema, fits, SCHEMA_LIMITS, smallest } from "./json-schema.ts";
import { sampleOf } from "./pattern-sample.ts";
import { pointer, referenced } from "./schema-place.ts";

const messages = (schema: Json, value: Json) =>
  fits(schema, value).map(({ path, message }) => `${path} ${message}`.trim());

describe("checkSchema", () => {
  it("takes every supported keyword", () => {
    const schema: Json = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $comment: "a",
      title: "t",
      description: "d",
      default: {},
      examples: [1],
      "x-own": { anything: 1 },
      type: ["object", "null"],
      required: ["a"],
      minProperties: 1,
      maxProperties: 3,
      properties: {
        a: { type: "string", minLength: 1, maxLength: 5, pattern: "^a+$" },
        b: { type: "array", items: { $ref: "#/$defs/n" }, minItems: 0, maxItems: 2 },
        c: { oneOf: [{ const: 1 }, { enum: ["x", null] }], anyOf: [true], allOf: [{}] },
        "d/e~f": { $ref: "#/properties/d~1e~0f" },
      },
      additionalProperties: {
        type: "integer",
        minimum: 0,
        exclusiveMinimum: -1,
        maximum: 9,
        exclusiveMaximum: 10,
      },
      $defs: { n: { type: "number" } },
      definitions: { m: { $ref: "#" } },
    };
    assert.deepEqual(checkSchema(schema), []);
    assert.deepEqual(compileSchema(true), { ok: true, schema: { json: true } });
    assert.equal(compileSchema({ if: {} }).ok, false);
  });

  it("refuses everything else with its place, all at once", () => {
    const table: readonly (readonly [Json, string, RegExp])[] = [
      [{ format: "date" }, "/format", /format is not supported$/],
      [{ minlength: 3 }, "/minlength", /did you mean minLength\?/],
      [{ properties: { a: { uniqueItems: true } } }, "/properties/a/uniqueItems", /not supported/],
      [{ type: "strin" }, "/type", /type must be one of null/],
      [{ type: [] }, "/type", /type must be one of/],
      [{ type: 1 }, "/type", /type must be one of/],
      [{ enum: [] }, "/enum", /at least one value/],
      [{ required: "a" }, "/required", /list of names/],
      [{ required: [1] }, "/required", /list of names/],
      [{ minimum: "1" }, "/minimum", /must be a number/],
      [{ minItems: -1 }, "/minItems", /whole number/],
      [{ maxLength: 1.5 }, "/maxLength", /whole number/],
      [{ pattern: "(" }, "/pattern", /RE2/],
      [{ pattern: "(?=a)" }, "/pattern", /RE2/],
      [{ pattern: "a".repeat(1001) }, "/pattern", /1,000/],
      [{ pattern: 1 }, "/pattern", /RE2/],
      [{ oneOf: {} }, "/oneOf", /list of schemas/],
      [{ anyOf: [] }, "/anyOf", /list of schemas/],
      [{ allOf: [1] }, "/allOf/0", /a schema is a map/],
      [{ properties: [] }, "/properties", /map of schemas/],
      [{ items: [{}] }, "/items", /a schema is a map/],
      [{ $ref: "https://example.com/x" }, "/$ref", /point into this schema/],
      [{ $ref: "#name" }, "/$ref", /point into this schema/],
      [{ $ref: 1 }, "/$ref", /point into this schema/],
      [{ enum: [1], $ref: "#/enum" }, "/$ref", /no schema at #\/enum/],
      [{ minItems: 3, maxItems: 2 }, "", /minItems is above maxItems/],
      [{ minimum: 3, maximum: 2 }, "", /minimum is above maximum/],
      ["x", "", /a schema is a map/],
    ];
    for (const [schema, path, message] of table) {
      const [problem, ...more] = checkSchema(schema);
      assert.equal(problem?.path, path, JSON.stringify(schema).slice(0, 80));
      assert.match(problem?.message ?? "", message);
      assert.equal(more.length, 0);
    }
    assert.equal(checkSchema({ a1: 1, b2: 2, properties: { c: { d3: 1 } } }).length, 3);
  });

  it("has limits of depth, size and number of problems", () => {
    let deep: Json = {};
    for (let level = 0; level < 100; level += 1) deep = { items: deep };
    assert.deepEqual(checkSchema(deep), []);
    for (let level = 0; level < 100; level += 1) deep = { items: deep };
    assert.deepEqual(
      checkSchema(deep).map(({ code }) => code),
      ["E_DEPTH"],
    );
    const wide = { anyOf: Array.from({ length: SCHEMA_LIMITS.schemas + 5 }, () => ({})) };
    assert.deepEqual(
      checkSchema(wide).map(({ code }) => code),
      ["E_TOO_LARGE"],
    );
    const wrong = { anyOf: Array.from({ length: 500 }, () => ({ nope: 1 })) };
    assert.equal(checkSchema(wrong).length, SCHEMA_LIMITS.problems);
  });
});

describe("fits", () => {
  it("says everything that is wrong, with its place", () => {
    const schema: Json = {
      type: "object",
      additionalProperties: false,
      required: ["name", "age"],
      properties: {
        name: { type: "string", minLength: 2, maxLength: 3 },
        size: { type: "integer", minimum: 3 },
        list: { type: "array", maxItems: 1, items: { type: ["number", "null"] } },
      },
    };
    assert.deepEqual(messages(schema, { nam: 1, name: "x", size: 2, list: [1, "a"] }), [
      'lacks "age"',
      'has a key "nam" that is not allowed; did you mean name?',
      "/name must have at least 2 characters, has 1",
      "/size must be at least 3, is 2",
      "/list must have at most 1 item, has 2",
      '/list/1 must be a number or null, is a text ("a")',
    ]);
    assert.deepEqual(messages(schema, { name: "😀😀😀", age: 1 }), [
      'has a key "age" that is not allowed; did you mean name?',
    ]);
    assert.deepEqual(messages(schema, []), ["must be a map, is a list"]);
  });

  it("knows each keyword", () => {
    const table: readonly (readonly [Json, Json, string | null])[] = [
      [true, 1, null],
      [false, 1, "must not be there"],
      [{}, null, null],
      [{ type: "integer" }, 1.0, null],
      [{ type: "integer" }, 1.5, "must be a whole number, is a number (1.5)"],
      [{ type: "null" }, null, null],
      [{ type: "boolean" }, "true", 'must be true or false, is a text ("true")'],
      [{ const: { a: 1 } }, { a: 1 }, null],
      [{ const: 1 }, 2, "must be 1, is 2"],
      [{ const: null }, 0, "must be null, is 0"],
      [{ enum: ["a", 1] }, 1, null],
      [{ enum: ["a", 1] }, "b", 'must be one of "a", 1; is "b"'],
      [
        { enum: Array.from({ length: 13 }, (_, index) => index) },
        20,
        "must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …; is 20",
      ],
      [{ const: 1 }, "x".repeat(100), `must be 1, is "${"x".repeat(59)}…`],
      [{ minimum: 1 }, 1, null],
      [{ maximum: 1 }, 2, "must be at most 1, is 2"],
      [{ exclusiveMinimum: 1 }, 1, "must be more than 1, is 1"],
      [{ exclusiveMaximum: 1 }, 1, "must be less than 1, is 1"],
      [{ minimum: 5 }, "not a number", null],
      [{ pattern: "b" }, "abc", null],
      [{ pattern: "^b" }, "abc", 'must match ^b, is "abc"'],
      [{ minItems: 1 }, [], "must have at least 1 item, has 0"],
      [{ maxProperties: 0 }, { a: 1 }, "must have at most 0 keys, has 1"],
      [{ required: ["toString"] }, {}, 'lacks "toString"'],
      [{ additionalProperties: { type: "string" } }, { a: "x" }, null],
      [{ additionalProperties: { type: "string" } }, { a: 1 }, "/a must be a text, is a number (1)"],
      [{ additionalProperties: false }, { zzz: 1 }, 'has a key "zzz" that is not allowed'],
      [{ allOf: [{ type: "string" }, { minLength: 2 }] }, "a", "must have at least 2 characters, has 1"],
      [{ anyOf: [{ type: "string" }, { type: "null" }] }, null, null],
      [
        { anyOf: [{ type: "string" }, { required: ["a"] }] },
        {},
        'fits none of 2 alternatives: (1) must be a text, is a map; (2) lacks "a"',
      ],
      [{ oneOf: [{ type: "integer" }, { minimum: 0 }] }, 3, "fits 2 alternatives, and only one is allowed"],
      [
        { oneOf: [{ items: { type: "null" } }] },
        [1],
        "fits none of 1 alternatives: (1) /0 must be null, is a number (1)",
      ],
      [{ $ref: "#/$defs/a", $defs: { a: { type: "null" } } }, 1, "must be null, is a number (1)"],
      [{ items: { $ref: "#" }, type: "array" }, [[], [[]]], null],
      [{ items: { $ref: "#" }, type: "array" }, [[], [[1]]], "/1/0/0 must be a list, is a number (1)"],
      [{ properties: { a: true } }, { a: 1, b: 2 }, null],
    ];
    for (const [schema, value, expected] of table) {
      assert.deepEqual(
        messages(schema, value),
        expected === null ? [] : [expected],
        JSON.stringify([schema, value]),
      );
    }
    const many = { anyOf: Array.from({ length: 7 }, () => ({ type: "null" })) };
    assert.match(messages(many, 1)[0] ?? "", /\(5\) must be null.*; …$/);
  });

  it("X5: takes hostile patterns and texts in time that grows with the text", () => {
    const before = processorMs();
    assert.equal(fits({ pattern: "^(a+)+$" }, `${"a".repeat(50_000)}!`).length, 1);
    assert(processorMs() - before < 1000);
  });

  it("ends with schemas that refer to themselves, multiply, or find no end of faults", () => {
    assert.match(messages({ $ref: "#" }, 1)[0] ?? "", /refers to itself/);
    const twice: Json = {
      $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }, { $ref: "#/$defs/a" }] } },
      $ref: "#/$defs/a",
    };
    const before = processorMs();
    assert.deepEqual(messages(twice, 1), ["is too large for its schema to be checked"]);
    assert(processorMs() - before < 5000);
    assert.equal(
      fits(
        { items: { type: "null" } },
        Array.from({ length: 500 }, () => 1),
      ).length,
      100,
    );
  });

  it("keeps compiled patterns, but not without end", () => {
    for (let number = 0; number < 600; number += 1) {
      assert.deepEqual(fits({ pattern: `^a{${number}}$` }, "a".repeat(number)), []);
    }
  });

  it("leaves a reference without a target and a pattern that cannot be read to checkSchema", () => {
    assert.deepEqual(fits({ $ref: "#/$defs/none" }, 1), []);
    assert.equal(fits({ pattern: "(" }, "a").length, 1);
  });
});

describe("smallest", () => {
  it("is the smallest value that fits", () => {
    const table: readonly (readonly [Json, Json])[] = [
      [true, null],
      [{}, null],
      [{ type: "boolean" }, false],
      [{ type: "string" }, ""],
      [{ type: "string", minLength: 3 }, "xxx"],
      [{ type: "integer", minimum: 2.5 }, 3],
      [{ type: "number", exclusiveMinimum: 0, maximum: 1 }, 1],
      [{ type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
      [{ type: "integer", maximum: -4 }, -4],
      [{ type: ["string", "null"] }, null],
      [{ enum: ["three", "one", 2] }, 2],
      [{ enum: [1, 2, 3], minimum: 2 }, 2],
      [{ const: { a: [1] } }, { a: [1] }],
      [{ type: "array" }, []],
      [{ type: "array", minItems: 2, items: { type: "string" } }, ["", ""]],
      [{ type: "object", properties: { a: { type: "string" } } }, {}],
      [
        { type: "object", required: ["a", "b"], properties: { a: { type: "integer", minimum: 1 } } },
        { a: 1, b: null },
      ],
      [
        { type: "object", minProperties: 2, properties: { a: { type: "boolean" } } },
        { a: false, key1: null },
      ],
      [{ type: "object", required: ["z"], additionalProperties: { type: "integer" } }, { z: 0 }],
      [{ oneOf: [false, { type: "string", minLength: 1 }] }, "x"],
      [{ anyOf: [{ const: 1 }, { const: 2 }], minimum: 2 }, 2],
      [
        { allOf: [{ type: "object", required: ["a"] }, { properties: { a: { type: "boolean" } } }] },
        { a: false },
      ],
      [
        {
          $ref: "#/$defs/x",
          $defs: { x: { type: "array", minItems: 1, items: { $ref: "#/$defs/y" } }, y: { const: 7 } },
        },
        [7],
      ],
      [
        {
          type: "object",
          required: ["next"],
          properties: { next: { anyOf: [{ type: "null" }, { $ref: "#" }] } },
        },
        { next: null },
      ],
      [{ type: "string", pattern: "^[a-z]{3}-\\d+$" }, "aaa-0"],
      [{ type: "string", pattern: "^https://", minLength: 12 }, "https://xxxx"],
      [{ type: "string", pattern: "^v\\d+$", minLength: 4 }, "v000"],
    ];
    for (const [schema, expected] of table) {
      assert.deepEqual(smallest(schema), expected, JSON.stringify(schema));
    }
  });

  it("is null when nothing fits or nothing is found", () => {
    const table: readonly Json[] = [
      false,
      { $ref: "#" },
      { type: "object", required: ["next"], properties: { next: { $ref: "#" } } },
      { type: "string", pattern: "^\\pL$", minLength: 5 },
      { type: "array", minItems: 5000, items: { type: "string" } },
      { type: "object", required: ["a"], properties: { a: false } },
      { allOf: [{ const: 1 }, { const: 2 }] },
      { allOf: [{ type: "string" }, { type: "integer" }] },
    ];
    for (const schema of table) assert.equal(smallest(schema), null, JSON.stringify(schema));
  });

  it("fits whatever schema it is made for", () => {
    const leaf = fc.oneof(
      fc.record({ type: fc.constant("integer"), minimum: fc.integer({ min: -9, max: 9 }) }),
      fc.record({ type: fc.constant("string"), minLength: fc.nat(9) }),
      fc.record({
        enum: fc.array(fc.oneof(fc.integer(), fc.string(), fc.boolean()), { minLength: 1, maxLength: 4 }),
      }),
      fc.record({ type: fc.constantFrom("null", "boolean", "number", "array", "object") }),
      fc.record({
        type: fc.constant("string"),
        pattern: fc.constantFrom("^a+b?$", "^[0-9]{4}-[0-9]{2}$", "^(x|yy)+z$", "\\.md$"),
      }),
    );
    const { schema } = fc.letrec<{ schema: Json }>((tie) => ({
      schema: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        leaf,
        fc.record({ type: fc.constant("array"), minItems: fc.nat(3), items: tie("schema") }),
        fc.record({
          type: fc.constant("object"),
          required: fc.constant(["a"]),
          properties: fc.record({ a: tie("schema"), b: tie("schema") }),
        }),
        fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }),
      ) as fc.Arbitrary<Json>,
    }));
    fc.assert(
      fc.property(schema, (any) => {
        assert.deepEqual(checkSchema(any), []);
        assert.deepEqual(fits(any, smallest(any)), []);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a sample of a pattern", () => {
  it("is read off its common parts", () => {
    const table: readonly (readonly [string, number, string | null])[] = [
      ["^abc$", 0, "abc"],
      ["a|b", 0, "a"],
      ["(?:ab){2}c?", 0, "abab"],
      ["x*y+", 2, "xxyyy"],
      ["a{2,}b{1,3}", 1, "aaabb"],
      ["\\d\\w\\.\\n\\bz", 0, "0a.\nz"],
      ["[^a]", 0, "0"],
      ["[]x]", 0, "x"],
      ["[[:digit:]]\\D", 0, "0a"],
      ["a+?b*?", 0, "a"],
      [".", 0, "a"],
      ["(?i)a", 0, null],
      ["\\pL", 0, null],
      ["(a", 0, null],
      ["a)", 0, null],
      ["[\\x{1F600}]", 0, null],
      ["(a{999}){999}", 0, null],
      ["a{x", 0, "a{x"],
    ];
    for (const [pattern, extra, expected] of table) assert.equal(sampleOf(pattern, extra), expected, pattern);
  });
});

describe("a pointer", () => {
  it("leads where it was made for, and never to a prototype", () => {
    const root: Json = { "a/b": [{ "c~d": 1 }], "": 2 };
    assert.equal(referenced(root, `#${pointer(["a/b", 0, "c~d"])}`), 1);
    assert.equal(referenced(root, "#/"), 2);
    assert.equal(referenced(root, "#"), root);
    for (const wrong of [
      "#/nope",
      "#/a~1b/x",
      "#/a~1b/00",
      "#/a~1b/0/c~0d/e",
      "#/constructor",
      "#/a~1b/length",
    ]) {
      assert.equal(referenced(root, wrong), undefined, wrong);
    }
  });
});
