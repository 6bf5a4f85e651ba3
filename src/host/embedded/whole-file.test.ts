import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fill, opened, temporaryFolder } from "../../../test/support/journal.ts";
import { realFiles } from "../../port/files.ts";
import { copyJournal } from "./backup.ts";
import { exportJournal } from "./keeping/export.ts";
import { writeWhole, writeWholeLater } from "./whole-file.ts";

describe("a file that is written beside its place", () => {
  it("leaves the user's own files alone: of a backup, of an export", async () => {
    using folder = temporaryFolder();
    const state = join(folder.path, "state");
    const journal = opened(state);
    fill(journal, 1, 3);
    await journal.close();
    const own = ["copy.db.tmp", "site.jsonl.tmp"].map((name) => join(folder.path, name));
    for (const path of own) writeFileSync(path, "mine");
    await copyJournal(realFiles, join(state, "decapod.db"), join(folder.path, "copy.db"));
    assert.ok(exportJournal(realFiles, state, join(folder.path, "site.jsonl")).ok);
    for (const path of own) assert.equal(readFileSync(path, "utf8"), "mine");
    const names = ["copy.db", "copy.db.tmp", "site.jsonl", "site.jsonl.tmp", "state"];
    assert.deepEqual(readdirSync(folder.path).sort(), names);
  });

  it("takes a name that is free, also where another process left one, and leaves nothing of what failed", async () => {
    using folder = temporaryFolder();
    const target = join(folder.path, "copy.db");
    const left = `copy.db.${process.pid}-1.tmp`;
    writeFileSync(join(folder.path, left), "left");
    const broken = () => {
      throw new Error("full");
    };
    assert.throws(() => writeWhole(realFiles, target, broken), /full/);
    await assert.rejects(
      writeWholeLater(realFiles, target, async () => broken()),
      /full/,
    );
    assert.deepEqual(readdirSync(folder.path), [left]);
    writeWhole(realFiles, target, (path) => writeFileSync(path, "whole"));
    assert.equal(readFileSync(target, "utf8"), "whole");
    await writeWholeLater(realFiles, target, async (path) => writeFileSync(path, "later"));
    assert.equal(readFileSync(target, "utf8"), "later");
    assert.deepEqual(readdirSync(folder.path).sort(), ["copy.db", left]);
  });
});
