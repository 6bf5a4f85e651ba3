import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readChange, SIGNIFICANT, significance } from "./significance.ts";

const change = (files: number, deletions = 0, paths: readonly string[] | null = null) => ({
  files,
  deletions,
  paths: paths ?? Array.from({ length: files }, (_, at) => `content/page-${at}.md`),
});

describe("significance (formats.md 6: staging)", () => {
  it("is small for a few pages, and says so", () => {
    assert.deepEqual(significance(change(3), SIGNIFICANT), {
      significant: false,
      reasons: ["3 files changed, none of them deleted, nothing that counts as significant"],
    });
    assert.equal(significance(change(0), SIGNIFICANT).reasons[0]?.startsWith("no file changed"), true);
  });

  it("is large for many files, a deletion, a layout or configuration, each with its reason", () => {
    for (const [found, reason] of [
      [change(21), "21 files changed, more than 20"],
      [change(1, 1), "1 file deleted"],
      [change(1, 0, ["layouts/index.html"]), "layouts/index.html changed (**/{layouts,themes,assets}/**)"],
      [change(1, 0, ["site/hugo.toml"]), "site/hugo.toml changed (**/{hugo,config}.{toml,yaml,yml,json})"],
      [change(1, 0, ["config/_default/params.yaml"]), "config/_default/params.yaml changed (**/config/**)"],
    ] as const)
      assert.deepEqual(significance(found, SIGNIFICANT), { significant: true, reasons: [reason] });
  });

  it("follows the rules of the file", () => {
    const rules = { files: 2, deletions: 5, paths: ["data/**"] };
    assert.equal(significance(change(2, 2), rules).significant, false);
    assert.equal(significance(change(3), rules).significant, true);
    assert.equal(significance(change(2, 0, ["data/a.yaml", "b"]), rules).significant, true);
    assert.equal(significance(change(2, 0, ["layouts/a.html", "b"]), rules).significant, false);
  });

  it("takes for large what nobody knows", () => {
    assert.deepEqual(significance(null, SIGNIFICANT).reasons, ["what changes is not known"]);
    const rules = { ...SIGNIFICANT, files: 100 };
    assert.deepEqual(significance(change(50, 0, ["a"]), rules).reasons, [
      "49 files changed that are not listed",
    ]);
    assert.equal(significance(change(50, 0, ["a"]), { ...rules, paths: [] }).significant, false);
  });

  it("reads what an earlier task tells, as numbers or lists", () => {
    assert.deepEqual(readChange({ files: 3, deletions: 1, paths: ["a"] }), {
      files: 3,
      deletions: 1,
      paths: ["a"],
    });
    assert.deepEqual(readChange({ files: ["a", "b"], deletions: ["c"] }), {
      files: 2,
      deletions: 1,
      paths: ["a", "b"],
    });
    assert.deepEqual(readChange({ paths: ["a"] }), { files: 1, deletions: 0, paths: ["a"] });
    for (const other of [null, 3, "x", [], {}, { deletions: 1 }]) assert.equal(readChange(other), null);
    // What claims fewer than it lists is not believed.
    assert.equal(readChange({ files: 0, paths: ["a", "b"] })?.files, 2);
    const long = readChange({ paths: ["x".repeat(501), "a"] });
    assert.deepEqual([long?.files, long?.paths], [2, ["a"]]);
  });
});
