import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { canonical, type Json } from "../json.ts";
import { Meter } from "../meter.ts";
import { evaluate, parseExpression, type Scope } from "./expression.ts";
import { callFunction, FUNCTION_NAMES } from "./functions.ts";

const NAMES: Readonly<Record<string, Json>> = {
  smile: "a😀b",
  files: [
    { name: "b", size: 2, meta: { tag: "x" } },
    { name: "a", size: 1, meta: null },
  ],
  gone: [null, { name: "c" }],
  large: "😀".repeat(300_000),
  reserved: '{"a": [{"__proto__": 1}]}',
};

const scope: Scope = {
  get: (name) => (Object.hasOwn(NAMES, name) ? NAMES[name] : undefined),
  sha256: (text) => `sha256 of ${text}`,
};

function read(source: string) {
  const parsed = parseExpression(source);
  return parsed.ok ? evaluate(parsed.expression, scope) : parsed;
}

function gives(table: readonly (readonly [string, Json])[]): void {
  for (const [source, value] of table) assert.deepEqual(read(source), { ok: true, value }, source);
}

function refuses(table: readonly (readonly [string, RegExp])[], code = "E_EXPR_TYPE"): void {
  for (const [source, message] of table) {
    const result = read(source);
    assert(!result.ok, `${source} gives no problem`);
    assert.equal(result.problem.code, code, `${source}: ${result.problem.message}`);
    assert.match(result.problem.message, message, source);
  }
}

describe("the functions", () => {
  it("are those of the format, no more and no fewer", () => {
    assert.equal(
      FUNCTION_NAMES.join(" "),
      "basename contains date date_add default dirname ends_with first flatten from_json hash join json keys last length " +
        "lowercase max merge min number pluck replace round slice slug sort split starts_with string sum trim unique " +
        "uppercase values",
    );
  });

  it("treat texts", () => {
    gives([
      ["fn:uppercase('aß')", "ASS"],
      ["fn:lowercase('AB')", "ab"],
      ["fn:trim(' a ')", "a"],
      ["fn:starts_with('abc', 'ab')", true],
      ["fn:ends_with('abc', 'ab')", false],
      ["fn:replace('a.b.c', '.', '$&')", "a$&b$&c"],
      ["fn:split('a,b,', ',')", ["a", "b", ""]],
      ["fn:split(smile, '')", ["a", "😀", "b"]],
      ["fn:join(['a', 1, null, [true]])", "a,1,,[true]"],
      ["fn:join([], '-')", ""],
      ["fn:join(['a', 'b'], ' and ')", "a and b"],
      ["fn:slug('Über  Straße: Łódź & Æther!')", "uber-strasse-lodz-aether"],
      ["fn:slug('---')", ""],
    ]);
    refuses([
      ["fn:uppercase(1)", /^fn:uppercase takes a text, not a number$/],
      ["fn:starts_with('a', null)", /takes a text as second argument, not null/],
      ["fn:replace('a', '', 'b')", /cannot replace an empty text/],
      ["fn:join('a')", /takes a list, not a text/],
    ]);
  });

  it("take paths apart", () => {
    gives([
      ["fn:basename('/a/b.md')", "b.md"],
      ["fn:basename('/a/b.md//', '.md')", "b"],
      ["fn:basename('.md', '.md')", ".md"],
      ["fn:basename('b')", "b"],
      ["fn:basename('/')", ""],
      ["fn:dirname('/a/b.md')", "/a"],
      ["fn:dirname('a//b/')", "a"],
      ["fn:dirname('/a')", "/"],
      ["fn:dirname('a')", "."],
      ["fn:dirname('///')", "/"],
    ]);
  });

  it("treat lists and maps", () => {
    gives([
      ["fn:length('abc')", 3],
      ["fn:length(smile)", 3],
      ["fn:length([1, 2])", 2],
      ["fn:length({a: 1})", 1],
      ["fn:contains('abc', 'b')", true],
      ["fn:contains([1, {a: 2}], {a: 2})", true],
      ["fn:contains({a: 1}, 'b')", false],
      ["fn:first([1, 2])", 1],
      ["fn:first([])", null],
      ["fn:last([1, 2])", 2],
      ["fn:last([])", null],
      ["fn:keys({b: 1, a: 2})", ["b", "a"]],
      ["fn:values({b: 1, a: 2})", [1, 2]],
      ["fn:slice([1, 2, 3], 1)", [2, 3]],
      ["fn:slice([1, 2, 3], 0, -1)", [1, 2]],
      ["fn:slice('abc', 1, 2)", "b"],
      ["fn:slice(smile, 1)", "😀b"],
      ["fn:sort([3, 1, 2, 1])", [1, 1, 2, 3]],
      ["fn:sort(['b', 'a', 'B'])", ["B", "a", "b"]],
      ["fn:sort([])", []],
      ["fn:pluck(fn:sort(files, 'name'), 'size')", [1, 2]],
      ["fn:unique([1, '1', 1, {a: 1}, {a: 1}])", [1, "1", { a: 1 }]],
      ["fn:flatten([1, [2, [3]], []])", [1, 2, [3]]],
      ["fn:merge({a: 1, b: 1}, {b: 2})", { a: 1, b: 2 }],
      ["fn:merge([{a: 1}, {c: 2}])", { a: 1, c: 2 }],
      ["fn:pluck(files, 'name')", ["b", "a"]],
      ["fn:pluck(files, 'meta.tag')", ["x", null]],
      ["fn:pluck(gone, 'name')", [null, "c"]],
    ]);
    refuses([
      ["fn:length(null)", /takes a text, a list or a map, not null/],
      ["fn:contains(1, 1)", /takes a text, a list or a map as first argument/],
      ["fn:keys([])", /takes a map, not a list/],
      ["fn:slice(1, 2)", /takes a text or a list as first argument, not a number/],
      ["fn:slice([], 0.5)", /takes a whole number, not 0.5/],
      ["fn:slice([], 'a')", /takes a number as second argument/],
      ["fn:sort([null])", /orders numbers or texts, not null/],
      ["fn:sort([1, 'a'])", /cannot order a number and a text/],
      ["fn:merge({}, 1)", /takes a map as second argument, not a number/],
      ["fn:merge([{}, 1])", /takes a list of maps only/],
    ]);
    refuses(
      [
        ["fn:pluck(files, 'purple')", /item 0 of the list has no "purple"/],
        ["fn:pluck([1], 'x')", /item 0 of the list has no "x"/],
      ],
      "E_EXPR_NAME",
    );
  });

  it("treat numbers", () => {
    gives([
      ["fn:number('12')", 12],
      ["fn:number(' -1.5e2 ')", -150],
      ["fn:number(7)", 7],
      ["fn:min(3, 1, 2)", 1],
      ["fn:max([3, 1, 2])", 3],
      ["fn:min([])", null],
      ["fn:round(2.5)", 3],
      ["fn:round(-2.5)", -3],
      ["fn:round(1.005, 2)", 1.01],
      ["fn:round(1e-7, 3)", 0],
      ["fn:round(1e300, 2)", 1e300],
      ["fn:round(-123456.789, 1)", -123456.8],
      ["fn:sum([1, 2.5])", 3.5],
      ["fn:sum([])", 0],
    ]);
    refuses([
      ["fn:number('0x10')", /cannot read "0x10" as a number/],
      ["fn:number('Infinity')", /cannot read/],
      ["fn:number('1e999')", /too large/],
      ["fn:number(null)", /takes a text, not null/],
      ["fn:min(1, 'a')", /takes a number as second argument/],
      ["fn:max([1, 'a'])", /takes a list of numbers only/],
      ["fn:round(1, 16)", /0 up to 15/],
      ["fn:round(1, -1)", /0 up to 15/],
      ["fn:sum(1)", /takes a list, not a number/],
      ["fn:sum([1e308, 1e308])", /too large/],
    ]);
  });

  it("turn values into texts and back", () => {
    gives([
      ["fn:string('a')", "a"],
      ["fn:string(null)", ""],
      ["fn:string(1.50)", "1.5"],
      ["fn:string({a: [true]})", '{"a":[true]}'],
      ["fn:json('a')", '"a"'],
      ["fn:from_json('{\"a\": [1, null]}')", { a: [1, null] }],
      ["fn:hash({b: 1, a: [2]})", 'sha256 of {"a":[2],"b":1}'],
    ]);
    refuses([
      ["fn:from_json('{a: 1}')", /cannot read .* as JSON/],
      ["fn:from_json('[1e999]')", /so large a number/],
      ["fn:from_json(reserved)", /a map with the key __proto__/],
    ]);
    assert.equal(({} as Record<string, unknown>).a, undefined);
  });

  it("give the hash of equal values, whatever the order of their keys", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (map) => {
        const turned = Object.fromEntries(Object.entries(map).reverse());
        const hash = (value: Json) => callFunction(callOf("hash", [value]));
        assert.equal(hash(turned), hash(map));
        assert.equal(hash(map), `sha256 of ${canonical(map)}`);
      }),
    );
  });

  it("stand in for what is missing, also when called by name", () => {
    gives([["fn:default(null, 2)", 2]]);
    assert.equal(callFunction(callOf("default", [null, 2])), 2);
    assert.equal(callFunction(callOf("default", [1, 2])), 1);
  });

  it("pay for large values", () => {
    refuses(
      [
        ["fn:split(large, '')", /too many steps/],
        ["fn:slice(large, 1) + fn:slice(large, 1) + fn:slice(large, 2)", /too many steps|larger than 1 MiB/],
        ["fn:slug(large)", /larger than 1 MiB/],
        ["fn:replace(large, '😀', 'aaaaa')", /larger than 1 MiB/],
      ],
      "E_EXPR_BUDGET",
    );
  });

  it("say which argument is wrong even when there are many", () => {
    refuses([["fn:min(1, 1, 1, 1, 'a')", /as each argument/]]);
    assert.throws(() => callFunction(callOf("first", [1])), /takes a list, not a number/);
  });
});

const NOWHERE = { offset: 0, length: 0 };

function callOf(name: string, given: readonly Json[]) {
  return { name, given, places: [], place: NOWHERE, meter: new Meter(), sha256: scope.sha256 };
}
