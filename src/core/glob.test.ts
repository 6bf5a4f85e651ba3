import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { leastMs } from "../../test/support/least.ts";
import { compileGlob, unclosed } from "./glob.ts";

describe("globs", () => {
  for (const [pattern, yes, no] of [
    ["v*.*.*", ["v1.2.3", "v..."], ["1.2.3", "v1.2", "v1/2.3.4"]],
    ["src/**/*.js", ["src/a.js", "src/b/c/a.js"], ["src/a.ts", "a.js"]],
    ["**", ["", "a/b"], []],
    ["[a-c]?[!x]", ["abz", "c1y"], ["dab", "abx", "ab"]],
    ["{main,release/*}", ["main", "release/1"], ["release", "main2"]],
    ["a\\*b", ["a*b"], ["axb"]],
    ["[x", ["[x"], ["x"]],
    ["{x", ["{x"], ["x"]],
    ["[^a]", ["b"], ["a", "/"]],
    ["[a-]", ["a", "-"], ["b"]],
    ["a/**/b/*/{c,d{e,f}}", ["a/b/x/c", "a/x/y/b/z/de"], ["a/b/c", "a/b/x/d"]],
    ["**a", ["xa", "b/a"], ["ab"]],
    ["", [""], ["a"]],
  ] as const) {
    it(`${JSON.stringify(pattern)} takes and leaves`, () => {
      const matches = compileGlob(pattern);
      for (const text of yes) assert.ok(matches(text), text);
      for (const text of no) assert.ok(!matches(text), text);
    });
  }
  it("takes no longer for hostile patterns", () => {
    const took = leastMs(() => {
      assert.equal(compileGlob(`${"*a".repeat(50)}b`)("a".repeat(2000)), false);
      assert.equal(compileGlob("{a,a}".repeat(50))("a".repeat(49)), false);
    }, 50);
    assert.ok(took < 50, `${took} ms`);
  });
});

describe("what a glob opens and never closes", () => {
  for (const [pattern, sign] of [
    ["a[b", "["],
    ["{a,b", "{"],
    ["a}", null],
    ["[ab]{c,d}", null],
    ["\\[a", null],
  ] as const)
    it(`${pattern}: ${sign}`, () => assert.equal(unclosed(pattern), sign));
});
