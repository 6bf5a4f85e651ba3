import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { describe, type TestContext } from "node:test";
import { type Files, realFiles } from "../../port/files.ts";
import { FolderMarks } from "./folder-marks.ts";

function place(t: TestContext, files: Files = realFiles) {
  const base = mkdtempSync(join(tmpdir(), "decapod-marks-"));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const folder = join(base, "task");
  mkdirSync(folder);
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  return { base, folder, write, mark: () => new FolderMarks(files).of(folder) };
}

describe("what the folder of a task holds", () => {
  test("a word more is another mark, and what was taken back is the mark of before", (t) => {
    const { write, mark } = place(t);
    assert.equal(mark(), null);
    write("report.md", "chips\n");
    const first = mark();
    write("report.md", "chips and fabs\n");
    assert.notEqual(mark(), first);
    write("report.md", "chips\n");
    assert.equal(mark(), first);
  });

  test("a log that counts on, and a file for each pass, are no work", (t) => {
    const { folder, write, mark } = place(t);
    write("log.md", "# Log\npass 1 at 10:00\n");
    write("pass-1.md", "pass 1\n");
    const first = mark();
    appendFileSync(join(folder, "log.md"), "pass 2 at 10:05\n");
    write("pass-2.md", "pass 2\n");
    assert.equal(mark(), first);
    write("pass-3.md", "pass 3 found a supplier\n");
    assert.notEqual(mark(), first);
  });

  test("a link in the place of the folder is not followed", (t) => {
    const { base, folder, mark } = place(t);
    const outside = join(base, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "secret"), "words\n");
    rmSync(folder, { recursive: true });
    symlinkSync(outside, folder);
    assert.equal(mark(), null);
  });

  test("a folder that may not be looked into does not hinder", (t) => {
    const refusing: Files = {
      ...realFiles,
      list: (folder) => {
        if (folder.endsWith("locked")) throw Object.assign(new Error("no permission"), { code: "EACCES" });
        return realFiles.list(folder);
      },
    };
    const { folder, mark } = place(t, refusing);
    mkdirSync(join(folder, "locked"));
    const first = mark();
    assert.notEqual(first, null);
    writeFileSync(join(folder, "seen.md"), "seen\n");
    assert.notEqual(mark(), first);
  });
});
