import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isBranchName } from "./branch-name.ts";

describe("a name of a branch", () => {
  it("G7: is a name and nothing else", () => {
    const wrong =
      `--output=x -h @{-1} a..b x.lock refs/heads/../../config a/.b a//b /a a/ @ HEAD a~1 a^ a:b a?b a*b a[b
      a\\b a. a/b.lock/c refs/heads/x`.split(/\s+/);
    for (const name of [...wrong, "", "a b", "a\nb", "a\u0000b", "a\u202eb", "x".repeat(201)])
      assert.equal(isBranchName(name), false, JSON.stringify(name));
    for (const name of ["main", "feature/login", "decapod/ab3d7k2m", "v1.2", "é"])
      assert.equal(isBranchName(name), true, name);
  });
});
