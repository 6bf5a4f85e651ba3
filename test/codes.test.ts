/**
 * Every code that decapod can say is provoked by a test, and has a row in docs/problems.md. What stands there as *later*
 * or *not said* is said by no file.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CODES } from "../src/core/codes.ts";

const root = join(import.meta.dirname, "..");
const CODE = /\b[EW]_[A-Z]+(?:_[A-Z]+)*\b/g;
/** They list codes, and provoke none. */
const LISTS = ["src/core/codes.ts", "src/core/codes.test.ts", "test/pins.test.ts", "test/codes.test.ts"];

/** Code → the files that name it outside of comments. */
function named(...patterns: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const file of patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).sort()) {
    if (LISTS.includes(file)) continue;
    const text = readFileSync(join(root, file), "utf8").replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
    for (const code of new Set(text.match(CODE))) found.set(code, [...(found.get(code) ?? []), file]);
  }
  return found;
}

const isTest = (file: string) => /\.test\.ts$/.test(file);
const inSource = named("src/**/*.ts");
const inTests = named("src/**/*.test.ts", "test/**/*.ts");
const said = (code: string) => (inSource.get(code) ?? []).some((file) => !isTest(file));
const rows = new Map(
  [...readFileSync(join(root, "docs/problems.md"), "utf8").matchAll(/^\| `([EW]_[A-Z_]+)` \|(.*)$/gm)].map(
    ([, code = "", row = ""]) => [code, row],
  ),
);
const codes = Object.keys(CODES);

describe("every code", () => {
  it("that can be said is provoked by a test", () => {
    const without = codes.filter((code) => said(code) && !inTests.has(code));
    assert.deepEqual(without, [], "codes without a test");
  });

  it("has a row in docs/problems.md, with what happened and what to do", () => {
    for (const code of codes) {
      const [what = "", hint = ""] = (rows.get(code) ?? "")
        .split(" | ")
        .map((cell) => cell.replace("|", "").trim());
      assert.notEqual(what, "", `${code} has a row`);
      assert.notEqual(hint, "", `${code}: what to do`);
    }
  });

  it("that no file says stands there as later or not said, and no other", () => {
    const silent = codes.filter((code) => /\*(?:later|not said)\b/.test(rows.get(code) ?? ""));
    assert.deepEqual(
      silent,
      codes.filter((code) => !said(code)),
    );
  });

  it("that a file names is in the table", () => {
    const unknown = [...inSource].filter(([code, files]) => !(code in CODES) && !files.every(isTest));
    assert.deepEqual(unknown, []);
  });

  it("that the pages name can be said", () => {
    const pages = named("README.md", "docs/*.md");
    const wrong = [...pages].filter(([code]) => !(code in CODES));
    assert.deepEqual(wrong, []);
    const troubles = readFileSync(join(root, "docs/troubleshooting.md"), "utf8").match(CODE) ?? [];
    assert.deepEqual(
      troubles.filter((code) => !said(code)),
      [],
    );
  });
});
