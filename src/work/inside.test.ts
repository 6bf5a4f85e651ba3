import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { realFiles } from "../port/files.ts";
import { isOutside, isReallyInside } from "./inside.ts";

it("what lies in a folder is all below it, but nothing behind a link that leads out", (t) => {
  const base = mkdtempSync(join(tmpdir(), "decapod-inside-"));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const root = join(base, "root");
  mkdirSync(join(root, "..named"), { recursive: true });
  mkdirSync(join(base, "other"));
  symlinkSync("../other", join(root, "out"));
  symlinkSync("..named", join(root, "in"));
  const inside = (path: string) => isReallyInside(realFiles, root, join(root, path));
  for (const path of ["a", "not/there/yet", "..named/a", "in/a"]) assert.equal(inside(path), true, path);
  for (const path of [".", "..", "../a", "out/a", "out/not/there"]) assert.equal(inside(path), false, path);
});

it("by names alone only what goes up is outside", () => {
  for (const path of ["/r", "/r/a", "/r/..a"]) assert.equal(isOutside("/r", path), false, path);
  for (const path of ["/", "/ra", "/r/../a"]) assert.equal(isOutside("/r", path), true, path);
});
