import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { askedChanged, type Judged, judge, parseCriterion } from "./criteria.ts";
import type { Scope } from "./expression/expression.ts";
import type { Json } from "./json.ts";
import { readScalar } from "./scalar.ts";

const NAMES: Readonly<Record<string, Json>> = { environment: "staging", attempts: 99 };
const scope: Scope = {
  get: (name) => (Object.hasOwn(NAMES, name) ? NAMES[name] : undefined),
  sha256: String,
};
const GIVEN: Judged = {
  output: {
    build_success: true,
    file_count: 142,
    errors: [],
    note: null,
    "dry-run": "no",
    text: "",
    url: { host: "example.com", port: 443 },
    "my key": 1,
    many: Array.from({ length: 5000 }, () => 1),
    long: "ü".repeat(5000),
    large: "x".repeat(700_000),
    deep: JSON.parse(`${"[".repeat(500)}${"]".repeat(500)}`) as Json,
  },
  durationSeconds: 12.5,
  exitCode: 0,
  attempts: 2,
  costUsd: null,
};

function check(value: Json, given: Judged = GIVEN) {
  const parsed = parseCriterion(value);
  assert(parsed.ok, parsed.ok ? "" : `${JSON.stringify(value)}: ${parsed.problem.message}`);
  const [result] = judge([parsed.criterion], given, scope);
  assert(result !== undefined);
  return result;
}

describe("a success criterion", () => {
  it("holds when the attempt gave what it asks for", () => {
    const table: readonly Json[] = [
      { build_success: true },
      { errors: [] },
      { text: [] },
      { note: [] },
      { "my key": 1 },
      { "url.host": "example.com" },
      { url: { port: 443, host: "example.com" } },
      "build_success: true",
      "`build_success`: true",
      "errors: []",
      "url.port: 443",
      "note:",
      "exit_code: 0",
      "attempts: 2",
      "cost_usd: null",
      "dry-run: 'no'",
      "file_count present",
      "url.host is present",
      "errors is empty",
      "`errors` is empty",
      "text is empty",
      "note is empty",
      "note.below is empty",
      "build_success == true",
      "file_count > 100",
      "duration_seconds < 60",
      "fn:length(errors) == 0",
      "environment == 'staging' && url.port in [80, 443]",
      "build_success",
      "output.file_count == file_count",
    ];
    for (const value of table) assert.equal(check(value).passed, true, JSON.stringify(value));
  });

  it("that does not hold shows what there was", () => {
    const table: readonly (readonly [Json, Json])[] = [
      [{ build_success: false }, true],
      ["file_count: 100", 142],
      ["file_count > 1000", 142],
      ["url.port == 80", 443],
      ["errors: [1]", []],
      ["url is empty", { host: "example.com", port: 443 }],
      ["build_success is empty", true],
      ["note present", null],
      ["!build_success", false],
      ["nothing present", "nothing is missing"],
      ["nothing: 1", "nothing is missing"],
      ["url.path is empty", "url.path is missing"],
      ["url.port.x: 1", "url.port.x is missing"],
      ["nothing > 1", "nothing here is called nothing"],
      ["file_count", "gives a number, not true or false"],
      ["dry-run > 3", "> can only compare two numbers or two texts, not a text and a number"],
      ["many is empty", "a list of 5000 items"],
      ["many: [1]", "a list of 5000 items"],
      ["deep: [2]", "a list of 1 items"],
      ["long is empty", `${"ü".repeat(1000)}… (5000 characters)`],
      ["[large, large] == 1", false],
    ];
    for (const [value, actual] of table) assert.deepEqual(check(value).actual, actual, JSON.stringify(value));
    for (const [value] of table) assert.equal(check(value).passed, false, JSON.stringify(value));
  });

  it("is shown as it was written, without backticks", () => {
    assert.equal(check(" `file_count` > 100 ").check, "file_count > 100");
    assert.equal(check({ build_success: true }).check, "build_success: true");
  });

  it("looks into the output first, then at the attempt, then around", () => {
    const given = { ...GIVEN, output: { attempts: 7 } };
    assert.equal(check("attempts: 7", given).passed, true);
    assert.equal(check("attempts: 2").passed, true);
    const text = { ...GIVEN, output: "all good" };
    assert.equal(check("output: all good", text).passed, true);
    assert.equal(check("fn:contains(output, 'good')", text).passed, true);
    assert.equal(check("file_count present", text).actual, "file_count is missing");
  });

  it("asks git how much was changed, and never what an agent says of that", () => {
    const claims = { ...GIVEN, output: { changed: { files: 1, note: "little" } } };
    const changed = { files: 14, insertions: 300, deletions: 2 };
    const { passed, actual } = check("changed.files <= 10", { ...claims, changed });
    assert.deepEqual([passed, actual], [false, 14]);
    assert.equal(check("changed.deletions: 2", { ...claims, changed }).passed, true);
    assert.equal(check("changed.files <= 10", claims).passed, true, "nobody counted: a name like others");
    assert.equal(check("changed.files present").actual, "changed is missing");
    const asked = (text: string) => {
      const parsed = parseCriterion(text);
      assert.ok(parsed.ok);
      return askedChanged([parsed.criterion]);
    };
    for (const [text, names] of [
      ["changed.files <= 10", ["files"]],
      ["file_count > 1 || changed.insertions < 9", ["insertions"]],
      ["changed.deletions: 0", ["deletions"]],
      ["fn:sort(files) == changed.paths", ["paths"]],
    ] as const)
      assert.deepEqual(asked(text), names, text);
    const listed = { ...claims, changed: { ...changed, paths: ["a.ts", "b.ts"] } };
    const said = { ...listed, output: { files: ["b.ts", "c.ts"] } };
    assert.deepEqual(check("fn:sort(files) == changed.paths", said).passed, false);
    assert.equal(check("'a.ts' in changed.paths", listed).passed, true);
    for (const text of [
      "changed.note: x",
      "changed present",
      "changed == 3",
      "files > 1",
      "url.files present",
      "changed.note == 'x'",
    ])
      assert.deepEqual(asked(text), [], text);
  });

  it("of none of the four forms is refused with the forms", () => {
    const table: readonly (readonly [Json, string, RegExp])[] = [
      ["the site builds without errors", "E_CRITERION", /there is site where/],
      ["file_count >> 1", "E_CRITERION", /no success criterion/],
      ["", "E_CRITERION", /empty/],
      [true, "E_CRITERION", /true or false is no success criterion/],
      [[1], "E_CRITERION", /a list is no success criterion/],
      [{}, "E_CRITERION", /exactly one key/],
      [{ a: 1, b: 2 }, "E_CRITERION", /exactly one key/],
      ["name: &anchor", "E_CRITERION", /value that can be read/],
      ["fn:lenght(errors) == 0", "E_EXPR_NAME", /no function fn:lenght/],
      ["secrets.KEY == 'x'", "E_SECRET_CONTEXT", /secret/],
    ];
    for (const [value, code, message] of table) {
      const parsed = parseCriterion(value);
      assert(!parsed.ok, JSON.stringify(value));
      assert.equal(parsed.problem.code, code);
      assert.match(parsed.problem.message, message);
      if (code === "E_CRITERION") assert.match(parsed.problem.hint ?? "", /NAME is empty/);
    }
  });

  it("is judged even when others fail: all are", () => {
    const criteria = ["errors is empty", "file_count > 1000", "build_success"].map((text) => {
      const parsed = parseCriterion(text);
      assert(parsed.ok);
      return parsed.criterion;
    });
    assert.deepEqual(
      judge(criteria, GIVEN, scope).map(({ passed }) => passed),
      [true, false, true],
    );
  });

  it("may call functions that hash", () => {
    assert.equal(check("fn:hash(file_count) == '142'").passed, true);
  });
});

describe("a scalar", () => {
  it("is read as YAML reads it", () => {
    const table: readonly (readonly [string, Json | undefined])[] = [
      ["", null],
      ["~", null],
      ["Null", null],
      ["true", true],
      ["FALSE", false],
      ["yes", "yes"],
      ["42", 42],
      ["-1.5e3", -1500],
      ["+.5", 0.5],
      ["007", 7],
      ["0o17", 15],
      ["0xff", 255],
      ["1e999", "1e999"],
      [".inf", ".inf"],
      ["1.2.3", "1.2.3"],
      ["hello world # a remark", "hello world"],
      ["# only a remark", null],
      ["a#b", "a#b"],
      ["'it''s'", "it's"],
      ["'", undefined],
      ["'a'b'", undefined],
      ['"a\\n"', "a\n"],
      ['"a', undefined],
      ["[]", []],
      ['["a", 1]', ["a", 1]],
      ["{}", {}],
      ["{a: 1}", undefined],
      ["&a b", undefined],
      ["*a", undefined],
      ["!!str 1", undefined],
    ];
    for (const [text, value] of table) assert.deepEqual(readScalar(text), value, text);
  });
});
