import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readWebAddress } from "./web-address.ts";

describe("addresses that people write", () => {
  for (const [text, why] of [
    ["javascript:alert(1)", /^begins with javascript:/],
    ["file:///etc/passwd", /^begins with file:/],
    ["https://good@evil.example", /^holds a user name/],
    ["https://:pw@evil.example", /^holds a user name/],
    ["https://a.example/\nx", /^holds white space/],
    ["www.example.com", /^is no web address/],
    ["", /^is no web address/],
  ] as const)
    it(`C3: ${JSON.stringify(text)} is refused`, () => {
      const read = readWebAddress(text);
      assert.match(read.ok ? "" : read.why, why);
    });

  it("are taken with any host and either protocol", () => {
    for (const text of ["https://a.example/b?c=1", "http://127.0.0.1:9/"])
      assert.equal(readWebAddress(text).ok, true);
  });
});
