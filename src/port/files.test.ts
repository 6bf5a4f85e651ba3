import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { errorCode, realFiles } from "./files.ts";

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "decapod-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe("files", () => {
  it("O8: makes files 0600 and folders 0700, whatever the mask", (t) => {
    const folder = folderOf(t);
    const mask = process.umask(0);
    t.after(() => process.umask(mask));
    realFiles.makeFolder(join(folder, "a/b"));
    realFiles.writeAtomic(join(folder, "a/b/atomic"), "x");
    for (const mode of ["write", "create", "append"] as const)
      realFiles.open(join(folder, mode), mode).close();
    const modes = ["a", "a/b", "a/b/atomic", "write", "create", "append"].map(
      (name) => statSync(join(folder, name)).mode & 0o777,
    );
    assert.deepEqual(modes, [0o700, 0o700, 0o600, 0o600, 0o600, 0o600]);
  });

  it("F41: gives a file that is replaced the mode that was said, whatever the mask", (t) => {
    const folder = folderOf(t);
    const mask = process.umask(0o077);
    t.after(() => process.umask(mask));
    realFiles.writeAtomic(join(folder, "file"), "x", 0o664);
    assert.equal(statSync(join(folder, "file")).mode & 0o777, 0o664);
  });

  it("replaces a file whole, and leaves nothing beside it", (t) => {
    const folder = folderOf(t);
    const path = join(folder, "file");
    realFiles.writeAtomic(path, "one");
    realFiles.writeAtomic(path, new Uint8Array([0x32]));
    assert.deepEqual([realFiles.readText(path), readdirSync(folder)], ["2", ["file"]]);
    assert.throws(() => realFiles.writeAtomic(join(folder, "none/file"), "x"), { code: "ENOENT" });
    assert.throws(() => realFiles.writeAtomic(folder, "x"));
    assert.deepEqual(readdirSync(folder), ["file"]);
  });

  it("replaces a link in one step under a name of its own, and leaves nothing beside it", (t) => {
    const folder = folderOf(t);
    const path = join(folder, "link");
    // What another process is about to put there is not ours.
    writeFileSync(join(folder, ".link.tmp"), "");
    for (const target of ["one", "two"]) realFiles.linkWhole(target, path);
    assert.equal(readlinkSync(path), "two");
    mkdirSync(join(folder, "folder"));
    assert.throws(() => realFiles.linkWhole("three", join(folder, "folder")));
    assert.deepEqual(readdirSync(folder).sort(), [".link.tmp", "folder", "link"]);
  });

  it("opens no link, and replaces one instead of what it leads to", (t) => {
    const folder = folderOf(t);
    writeFileSync(join(folder, "target"), "kept");
    symlinkSync("target", join(folder, "link"));
    for (const mode of ["read", "write", "append"] as const)
      assert.throws(() => realFiles.open(join(folder, "link"), mode), { code: "ELOOP" });
    assert.throws(() => realFiles.open(join(folder, "target"), "create"), { code: "EEXIST" });
    assert.deepEqual(
      [realFiles.stat(join(folder, "link"))?.kind, realFiles.statTarget(join(folder, "link"))?.kind],
      ["link", "file"],
    );
    realFiles.writeAtomic(join(folder, "link"), "new");
    assert.equal(readFileSync(join(folder, "target"), "utf8"), "kept");
    assert.equal(realFiles.stat(join(folder, "link"))?.kind, "file");
  });

  it("writes at a place or at the end, and reads what is there", async (t) => {
    const path = join(folderOf(t), "file");
    const file = realFiles.open(path, "write");
    file.write("0123456789", 0);
    file.write("ab", 4);
    file.syncData();
    await file.syncDataLater();
    assert.equal(Buffer.from(file.read(3, 100)).toString(), "3ab6789");
    assert.equal(file.read(100, 5).length, 0);
    file.truncate(5);
    assert.equal(file.stat().size, 5);
    file.close();
    const log = realFiles.open(path, "append");
    log.write("-1");
    log.write("-2");
    log.close();
    assert.equal(realFiles.readText(path), "0123a-1-2");
  });

  it("says what is missing as a value where that is asked for", (t) => {
    const folder = folderOf(t);
    const none = join(folder, "none");
    assert.deepEqual(
      [realFiles.readTextIf(none), realFiles.stat(none), realFiles.remove(none), realFiles.exists(none)],
      [null, null, false, false],
    );
    assert.deepEqual(realFiles.list(none), []);
    realFiles.writeAtomic(join(folder, "file"), "");
    const below = join(folder, "file/below");
    assert.deepEqual(
      [realFiles.exists(below), realFiles.stat(below), realFiles.readTextIf(below), realFiles.list(below)],
      [false, null, null, []],
    );
    assert.throws(
      () => realFiles.readText(none),
      (error) => errorCode(error) === "ENOENT",
    );
    assert.throws(() => realFiles.readTextIf(folder), { code: "EISDIR" });
  });

  it("tells of a change, as a hint", async (t) => {
    const folder = folderOf(t);
    const changed = Promise.withResolvers<string | null>();
    const stop = realFiles.watch(folder, changed.resolve);
    const alive = setInterval(() => {}, 1_000);
    writeFileSync(join(folder, "new"), "");
    assert.equal(await changed.promise, "new");
    clearInterval(alive);
    stop();
  });
});
