import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { realFiles } from "../port/files.ts";
import { logTail } from "./log-tail.ts";
import { filesNamed } from "./repair-brief.ts";

const base = mkdtempSync(join(tmpdir(), "decapod-repair-"));
after(() => rmSync(base, { recursive: true, force: true }));
const workspace = join(base, "project");
mkdirSync(join(workspace, "content"), { recursive: true });
writeFileSync(join(workspace, "content/a.md"), "x");
writeFileSync(join(workspace, "Makefile.inc"), "x");
writeFileSync(join(base, "outside.md"), "x");
symlinkSync("/etc/passwd", join(workspace, "link.md"));

describe("files that a log names", () => {
  const named = (text: string) => filesNamed(text, { files: realFiles, workspace });

  test("are those that are there, however they are written, once", () => {
    const log = `Error: "${workspace}/content/a.md:5:9": page not found; ./content/a.md(3), see Makefile.inc:12: and a.b`;
    assert.deepEqual(named(log), ["content/a.md", "Makefile.inc"]);
  });

  test("never lie outside, and are no links, folders or endless words", () => {
    assert.deepEqual(
      named(`../outside.md ${base}/outside.md /etc/passwd link.md content/ . .. ${"a/".repeat(9_000)}`),
      [],
    );
    assert.deepEqual(named("content/a.md\0 \0"), []);
  });
});

test("the end of a log begins with a whole line, and is nothing where nothing was printed", () => {
  const path = join(base, "output.log");
  assert.equal(logTail(realFiles, path, { bytesMax: 10, linesMax: 2 }), null);
  writeFileSync(path, "first\nsecond\nthird\nlast\n");
  assert.equal(logTail(realFiles, path, { bytesMax: 10, linesMax: 9 }), "last");
  assert.equal(logTail(realFiles, path, { bytesMax: 100, linesMax: 2 }), "third\nlast");
});
