import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
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

describe("files that the items of one task leave in the same project", () => {
  it("G10: are kept once for all of them, anew where somebody has written since, and none is lost", () => {
    const asked = { ...place(), isShared: true };
    const copied: string[] = [];
    const counting: Files = {
      ...realFiles,
      copy: (from, to) => {
        copied.push(relative(asked.workspace, from));
        realFiles.copy(from, to);
      },
    };
    const written = (name: string) => join(asked.workspace, "out", name);
    const keptNow = () => {
      const from = copied.length;
      // What was written in the same tick of the system's clock as its copy is copied again.
      const last = Math.max(...["a", "b", "c"].map((name) => realFiles.stat(written(name))?.changedMs ?? 0));
      while ((realFiles.stat(ticked(asked.folder))?.modifiedMs ?? 0) <= last);
      assert.equal(keepCarried(counting, asked), null);
      return copied.slice(from);
    };
    assert.deepEqual(keptNow(), ["out/a", "out/b"]);
    writeFileSync(written("c"), "c");
    assert.deepEqual(keptNow(), ["out/c"]);
    writeFileSync(written("a"), "A");
    rmSync(written("b"));
    assert.deepEqual(keptNow(), ["out/a"]);
    const carried = join(asked.folder, "carried");
    assert.deepEqual(filesBelow(realFiles, carried), ["out/a", "out/b", "out/c"]);
    assert.equal(realFiles.readText(join(carried, "out/a")), "A");
  });
});

/** A file that was written just now. */
function ticked(folder: string): string {
  const path = `${folder}.tick`;
  writeFileSync(path, "now");
  return path;
}
