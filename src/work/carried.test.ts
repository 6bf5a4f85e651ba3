import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { type Files, realFiles } from "../port/files.ts";
import { keepCarried } from "./carried.ts";
import { filesBelow } from "./inside.ts";

const root = mkdtempSync(join(tmpdir(), "decapod-carried-"));
after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

/** A project with two files in `out`, and the folder of an attempt. */
function place() {
  const here = join(root, String(++count));
  const workspace = join(here, "project");
  mkdirSync(join(workspace, "out"), { recursive: true });
  for (const name of ["a", "b"]) writeFileSync(join(workspace, "out", name), name);
  return { workspace, folder: join(here, "1"), globs: ["out/**"] };
}

/** What happens to a file between its listing and its copying. */
function before(copied: string, happens: (path: string) => void): Files {
  return {
    ...realFiles,
    copy: (from, to) => {
      if (from.endsWith(copied)) happens(from);
      realFiles.copy(from, to);
    },
  };
}

describe("files that are kept while others work in the same project", () => {
  it("G10: one that goes meanwhile, or is no file any more, is left out", () => {
    for (const after of [() => {}, (path: string) => mkdirSync(path)]) {
      const asked = place();
      const files = before("/a", (path) => {
        rmSync(path);
        after(path);
      });
      assert.equal(keepCarried(files, asked), null);
      assert.deepEqual(filesBelow(realFiles, join(asked.folder, "carried")), ["out/b"]);
    }
  });

  it("G10: one that cannot be read or kept is told by its name and the system's word, and the rest is not", () => {
    const asked = place();
    const files = before("/a", (path) => {
      throw Object.assign(new Error("no"), { code: "EACCES", syscall: "copyfile", path });
    });
    assert.equal(
      keepCarried(files, asked),
      `its artifacts could not be kept: EACCES, ${asked.workspace}/out/a`,
    );
    assert.equal(realFiles.exists(join(asked.folder, "carried")), false);
  });
});
