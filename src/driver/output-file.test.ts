import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LIMITS } from "../core/limits.ts";
import { realFiles } from "../port/files.ts";
import { secretForms } from "../work/redact.ts";
import { parseOutput, readOutputFile } from "./output-file.ts";

describe("what stands in $DECAPOD_OUTPUT", () => {
  it("is one JSON value", () => {
    for (const value of [{ a: [1, "x", null] }, [1], "text", 120, true])
      assert.deepEqual(parseOutput(`\n${JSON.stringify(value, null, 2)}\n`), {
        ok: true,
        value,
        isEmpty: false,
      });
  });

  it("or key=value lines, where a scalar is one only in JSON's own spelling", () => {
    const text =
      "a=120\nb=1.10\nc=007\nd=1e3\r\ne=true\nf=null\n\ng=-1.5\nh=x=y z \ni=\nj=-0\nk=Infinity\nl-1.x=false";
    assert.deepEqual(parseOutput(text), {
      ok: true,
      isEmpty: false,
      value: {
        ...{ a: 120, b: "1.10", c: "007", d: "1e3", e: true, f: null, g: -1.5, h: "x=y z ", i: "", j: "-0" },
        ...{ k: "Infinity", "l-1.x": false },
      },
    });
  });

  it("or nothing", () => {
    assert.deepEqual(parseOutput(" \n"), { ok: true, value: null, isEmpty: true });
  });

  for (const [text, line] of [
    ["a=1\nnot a pair\n", "line 2 is: not a pair"],
    ["=x", "line 1 is: =x"],
    ["a b=c", "line 1 is: a b=c"],
    ["__proto__=x", "line 1 is: __proto__=x"],
    ['{"a": ', 'line 1 is: {"a":'],
    ["a=1\n\x1b[2J", "line 2 is: \\x1b[2J"],
  ] as const) {
    it(`any other line is refused by its number: ${JSON.stringify(text)}`, () => {
      const read = parseOutput(text);
      assert.ok(!read.ok && read.message.endsWith(line), JSON.stringify(read));
    });
  }

  it("keys that reach a prototype and nesting without end are refused", () => {
    assert.ok(!parseOutput('{"a":{"__proto__":1}}').ok);
    const deep = (levels: number) => parseOutput("[".repeat(levels) + "]".repeat(levels));
    assert.ok(deep(LIMITS.outputDepth.default).ok);
    assert.ok(!deep(LIMITS.outputDepth.default + 1).ok);
    assert.ok(!parseOutput("[".repeat(200_000) + "]".repeat(200_000)).ok);
  });
});

describe("the file of $DECAPOD_OUTPUT", () => {
  it("loses its secrets, is not followed elsewhere, and has a limit", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "decapod-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "output");
    const read = () => readOutputFile(path, secretForms({ KEY: "very-secret" }), realFiles);
    assert.deepEqual(read(), { ok: true, value: null, isEmpty: true });
    writeFileSync(path, "token=very-secret\n");
    assert.deepEqual(read(), { ok: true, value: { token: "***" }, isEmpty: false });
    assert.equal(readFileSync(path, "utf8"), "token=***\n");
    truncateSync(path, LIMITS.outputBytes.default + 1);
    assert.ok(!read().ok);
    rmSync(path);
    symlinkSync("/etc/passwd", path);
    assert.ok(!read().ok);
    rmSync(path);
    execFileSync("/usr/bin/mkfifo", [path]);
    assert.ok(!read().ok);
  });
});
