import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { realFiles } from "../port/files.ts";
import { insideRoots, linksOutOf } from "./roots.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "decapod-roots-")));
after(() => rmSync(base, { recursive: true, force: true }));
for (const folder of ["project/site", "site", "site-evil", "opened/other", "away"])
  mkdirSync(join(base, folder), { recursive: true });
writeFileSync(join(base, "away/key"), "secret");
symlinkSync(join(base, "away"), join(base, "project/leading-out"));
symlinkSync(join(base, "opened/other"), join(base, "project/leading-in"));
symlinkSync("nowhere", join(base, "project/dangling"));
const roots = {
  files: realFiles,
  workspace: join(base, "project"),
  opened: [join(base, "site"), join(base, "opened")],
};
const codeOf = (path: string) => {
  const read = insideRoots(path, "site_path", roots);
  return read.ok ? "ok" : read.problems[0]?.code;
};

describe("paths that a task names", () => {
  for (const path of [
    "site",
    "./site/../site",
    "not/there/yet",
    "leading-in",
    join(base, "site"),
    join(base, "opened/other/deep"),
    ".",
  ])
    it(`inside: ${path.replace(base, "…")}`, () => assert.equal(codeOf(path), "ok"));

  for (const path of [
    "..",
    "../site-evil",
    join(base, "site/../../etc"),
    join(base, "site-evil"),
    "leading-out",
    "leading-out/key",
    "leading-out/not-there",
    "/",
  ])
    it(`P5: outside: ${path.replace(base, "…")}`, () => assert.equal(codeOf(path), "E_OUTSIDE_ROOT"));

  for (const path of ["", "-v", "a\nb", "a\0b"])
    it(`C1: no path: ${JSON.stringify(path)}`, () => assert.equal(codeOf(path), "E_ARG"));

  it("P5: links that lead out are found below a folder, those that stay inside are not", () => {
    assert.deepEqual(linksOutOf(join(base, "project"), roots, 5), ["leading-out"]);
    assert.deepEqual(linksOutOf(join(base, "project"), roots, 0), []);
  });
});
