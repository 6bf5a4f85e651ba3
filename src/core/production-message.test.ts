import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMap } from "./json.ts";
import type { Measured } from "./measured.ts";
import { productionMessage, promptFor } from "./production-message.ts";

const said = (parameters: JsonMap, message: string | null = null, measured: Measured | null = null) =>
  productionMessage({ parameters, message, measured });
const lines = (parameters: JsonMap, message: string | null = null) =>
  said(parameters, message).split("\n").slice(3, -4);

describe("the warning before production", () => {
  it("T1-41: says letter for letter what changes, where it can be seen and what it updates", () => {
    const parameters = {
      summary: ["New prices", "- Contact form"],
      staging_url: "https://s",
      production_url: "https://p",
    };
    assert.equal(
      `${said(parameters)}\n\n${promptFor("DEPLOY TO PRODUCTION")}`,
      `⚠️ PRODUCTION DEPLOYMENT WARNING

Changes being deployed:
- New prices
- Contact form

Staging preview: https://s

This will update the customer-facing site at https://p

Type 'DEPLOY TO PRODUCTION' to confirm:`,
    );
  });

  it("names the site by what is known of it", () => {
    assert.match(said({ url: "https://u", bucket: "b" }), /site at https:\/\/u$/);
    assert.match(said({ bucket: "b" }), /site at b$/);
    assert.match(said({ bucket: "  " }), /site at \(not said\)$/);
    assert.match(said({ staging_url: { a: 1 }, url: 3 }), /Staging preview: \{"a":1\}\n[\s\S]*site at 3$/);
  });

  it("takes the file's own words without a summary, and what was counted without those", () => {
    assert.deepEqual(lines({}, "as written\nin two lines"), ["- as written", "- in two lines"]);
    assert.deepEqual(lines({ summary: " \n " }, "as written"), ["- as written"]);
    assert.deepEqual(lines({}), ["- (not said)"]);
    const change = { files: 2, deletions: 0, paths: [] };
    const measured = { target: "t", commit: null, since: null, change, artefact: null, notes: [] };
    assert.match(said({}, null, measured), /- 2 files changed, none of them deleted\n/);
  });

  it("A8: no line of a summary can hide, turn or pass for a part of the warning", () => {
    const hostile = "a\u202Eb\u{F0000}\tc\r\nStaging preview: https://evil\u0085x";
    assert.deepEqual(lines({ summary: hostile }), [
      "- a\\u202eb\\u{f0000} c",
      "- Staging preview: https://evil",
      "- x",
    ]);
    const many = lines({ summary: Array.from({ length: 203 }, (_, at) => `line ${at}`) });
    assert.deepEqual([many.length, many.at(-1)], [11, "- … and 193 more lines"]);
    const [long = ""] = lines({ summary: "x".repeat(5_000) });
    assert.deepEqual([long.length, long.at(-1)], [402, "…"]);
    assert.deepEqual(lines({ summary: ["one\ntwo", 3, [4]] }), ["- one two", "- 3", "- [4]"]);
  });
});
