import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isSecretLongEnough, nameMarker, redactor, redactText, secretForms, starMarker } from "./redact.ts";

const KEY = 'wJal/rX+Utn "FEMI"\\K7é';
const forms = secretForms({ KEY });

function inPieces(text: string | Uint8Array, cuts: readonly number[], secrets = forms): string {
  const bytes = Buffer.from(text);
  const stream = redactor(secrets);
  const ends = [...cuts, bytes.length];
  const parts = ends.map((end, index) => stream.write(bytes.subarray(ends[index - 1] ?? 0, end)));
  return Buffer.concat([...parts, stream.end()]).toString("latin1");
}

const FORMS: readonly (readonly [string, string])[] = [
  ["plain", KEY],
  ["JSON", JSON.stringify(KEY).slice(1, -1)],
  ["JSON of PHP", JSON.stringify(KEY).slice(1, -1).replaceAll("/", "\\/")],
  ["JSON of Python", JSON.stringify(KEY).slice(1, -1).replaceAll("é", "\\u00e9")],
  ["URL", encodeURIComponent(KEY)],
  ["URL in lower case", encodeURIComponent(KEY).replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase())],
  ["form", new URLSearchParams({ k: KEY }).toString().slice(2)],
  ["hex", Buffer.from(KEY).toString("hex")],
  ["hex in capitals", Buffer.from(KEY).toString("hex").toUpperCase()],
];

describe("O4: a secret in a stream", () => {
  for (const [name, text] of FORMS) {
    it(`${name}: is replaced whole, and cut at every byte`, () => {
      const printed = Buffer.from(`before ${text} after`);
      for (let cut = 0; cut <= printed.length; cut += 1)
        assert.equal(inPieces(printed, [cut]), "before [redacted:KEY] after");
      const everyByte = Array.from({ length: printed.length }, (_, index) => index);
      assert.equal(inPieces(printed, everyByte), "before [redacted:KEY] after");
    });
  }

  for (const before of [0, 1, 2, 3]) {
    it(`base64 after ${before} bytes: what remains tells nothing of it`, () => {
      const text = Buffer.concat([Buffer.alloc(before, "u"), Buffer.from(`${KEY}:tail`)]).toString("base64");
      for (const form of [text, text.replaceAll("+", "-").replaceAll("/", "_")]) {
        for (let cut = 0; cut <= form.length; cut += 1) {
          const left = inPieces(form, [cut]);
          assert.match(left, /\[redacted:KEY\]/);
          const around = Buffer.from(left.replace("[redacted:KEY]", ""), "base64").toString("latin1");
          assert.ok(
            left.length < form.length - 24 + 14 && !around.includes("wJal") && !around.includes("K7"),
            left,
          );
        }
      }
    });
  }

  it("base64 that is broken into lines", () => {
    const long = "k".repeat(30) + "9".repeat(60) + "z".repeat(40);
    const secrets = secretForms({ LONG: long });
    for (let before = 0; before < 80; before += 1) {
      const wrapped = Buffer.from("u".repeat(before) + long)
        .toString("base64")
        .replace(/.{76}/g, "$&\r\n");
      const left = inPieces(wrapped, [Math.floor(wrapped.length / 2)], secrets).replace(
        "[redacted:LONG]",
        "",
      );
      assert.ok(left.replace(/\s/g, "").length <= Math.ceil((before * 4) / 3) + 8, left);
    }
  });

  it("a key of several lines, one line at a time", () => {
    const lines = ["-----BEGIN KEY-----", "MIIEpAIBAAKCAQEA1", "qwertyuiopasdfghj", "-----END KEY-----"];
    const secrets = secretForms({ PEM: lines.join("\n") });
    const printed = lines.map((line) => redactText(`> ${line}\r\n`, secrets)).join("");
    assert.equal(
      printed,
      "> -----BEGIN KEY-----\r\n> [redacted:PEM]\r\n> [redacted:PEM]\r\n> -----END KEY-----\r\n",
    );
    assert.equal(redactText(`a${lines.join("\n")}b`, secrets), "a[redacted:PEM]b");
  });

  it("secrets that overlap, contain each other or repeat leave nothing", () => {
    const secrets = secretForms({ A: "abcdefgh", B: "efghijkl", C: "abcdefghXYZ12345" });
    assert.equal(inPieces("-abcdefghijkl-", [7], secrets), "-[redacted:A]-");
    assert.equal(inPieces("-abcdefghXYZ12345-", [11], secrets), "-[redacted:C]-");
    assert.equal(inPieces("-abcdefghXYZ1234-", [11, 14], secrets), "-[redacted:A]XYZ1234-");
    const repeated = secretForms({ D: "aaaaaaaa" });
    assert.equal(inPieces(`-${"a".repeat(1_000)}-`, [3, 9, 10, 500], repeated), "-[redacted:D]-");
  });

  it("the beginning of a secret that does not go on is kept, at the end too", () => {
    assert.equal(redactText("wJal/rX+Ut", forms), "wJal/rX+Ut");
    assert.equal(redactText("wwJalwJal/rX", forms), "wwJalwJal/rX");
  });

  it("holds back no more than a secret is long", () => {
    const stream = redactor(secretForms({ D: "aaaaaaaa" }));
    let certain = 0;
    for (let count = 0; count < 10_000; count += 1)
      certain += stream.write(Buffer.from("a".repeat(100))).length;
    assert.equal(certain + stream.end().length, "[redacted:D]".length);
  });

  it("in an output stands without its name", () => {
    assert.equal(redactText(`x ${KEY}`, forms, starMarker), "x ***");
    assert.equal(redactText(`x ${KEY}`, forms, nameMarker), "x [redacted:KEY]");
  });
});

describe("O5: secrets that are too short", () => {
  it("are not long enough below eight characters, and never searched for", () => {
    assert.deepEqual(["a", "1234567", "12345678", "éééééééé"].map(isSecretLongEnough), [
      false,
      false,
      true,
      true,
    ]);
    assert.equal(redactText("a banana", secretForms({ A: "a" })), "a banana");
    assert.ok(secretForms({ A: "a" }).isEmpty);
  });
});
