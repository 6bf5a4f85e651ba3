import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryFolder } from "../../../test/support/journal.ts";
import { heldClock } from "../../port/clock.ts";
import { realFiles } from "../../port/files.ts";
import { fileSystemType, isNetworkType, typeAt } from "./network-share.ts";
import { becomeOwner, ownerLives, readOwner } from "./owner.ts";

const OWNER = `
  import { becomeOwner } from ${JSON.stringify(join(import.meta.dirname, "owner.ts"))};
  const owner = becomeOwner(process.argv[1]);
  process.stdout.write(owner.ok ? "owner" : owner.problems[0].code);
  setInterval(() => {}, 1000);
`;

async function ownerProcess(folder: string) {
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", OWNER, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = await once(child.stdout, "data");
  return { child, said: String(said) };
}

describe("the owner of a project", () => {
  it("F6: goes on when a full disk does not take where it can be reached, and says it once there is room", () => {
    using folder = temporaryFolder();
    const clock = heldClock();
    let isFull = false;
    const writeWhole: typeof realFiles.writeWhole = (...given) => {
      if (isFull) throw Object.assign(new Error("no space"), { code: "ENOSPC", syscall: "write" });
      realFiles.writeWhole(...given);
    };
    const owner = becomeOwner(folder.path, { clock, files: { ...realFiles, writeWhole } });
    assert.ok(owner.ok);
    isFull = true;
    owner.value.announce("/run/x.sock");
    clock.advance(5_000);
    assert.equal(readOwner(realFiles, folder.path)?.socket, null);
    isFull = false;
    clock.advance(1_000);
    assert.equal(readOwner(realFiles, folder.path)?.socket, "/run/x.sock");
    assert.equal(clock.next(), null);
    owner.value.release();
  });

  it("F12: is one process; a second one is told which, also while the first is stopped, until it dies", async (context) => {
    using folder = temporaryFolder();
    const first = await ownerProcess(folder.path);
    context.after(() => first.child.kill("SIGKILL"));
    assert.equal(first.said, "owner");
    const refused = () => {
      const second = becomeOwner(folder.path);
      assert.ok(!second.ok);
      assert.equal(second.problems[0]?.code, "E_LOCKED");
      const { message = "" } = second.problems[0] ?? {};
      assert.match(
        message,
        new RegExp(`process ${first.child.pid} on .*, since \\d{4}-\\d\\d-\\d\\d .* UTC`),
      );
    };
    refused();
    first.child.kill("SIGSTOP");
    refused();
    const record = readOwner(realFiles, folder.path);
    assert.ok(record !== null && ownerLives(record, realFiles));
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    assert.equal(ownerLives(record, realFiles), false);
    const third = becomeOwner(folder.path);
    assert.ok(third.ok, "the lock of a dead process is free at once");
    assert.equal(readOwner(realFiles, folder.path)?.pid, process.pid);
    third.value.announce("/run/x.sock");
    assert.equal(readOwner(realFiles, folder.path)?.socket, "/run/x.sock");
    third.value.release();
    third.value.release();
    assert.equal(readOwner(realFiles, folder.path), null);
  });

  it("judges nothing by the record beside the lock", () => {
    using folder = temporaryFolder();
    for (const text of [
      "",
      "{",
      "null",
      "[]",
      '{"pid":"1"}',
      '{"pid":-1,"since":1}',
      '{"pid":1.5,"since":1}',
    ]) {
      writeFileSync(join(folder.path, "owner.json"), text);
      assert.equal(readOwner(realFiles, folder.path), null, text);
    }
    const alive = { pid: process.pid, since: 1, host: "elsewhere", boot: null, startTime: null };
    writeFileSync(join(folder.path, "owner.json"), JSON.stringify(alive));
    const owner = becomeOwner(folder.path);
    assert.ok(owner.ok);
    const record = owner.value.record;
    assert.ok(ownerLives(record, realFiles));
    assert.equal(
      ownerLives({ ...record, startTime: "0" }, realFiles),
      false,
      "the number of a process that came later",
    );
    assert.equal(ownerLives({ ...record, boot: "of another start" }, realFiles), false);
    owner.value.release();
  });

  it("O8: keeps its files to its user", () => {
    using folder = temporaryFolder();
    const before = process.umask(0);
    try {
      const state = join(folder.path, "state");
      const owner = becomeOwner(state);
      assert.ok(owner.ok);
      assert.equal(statSync(state).mode & 0o777, 0o700);
      for (const name of readdirSync(state))
        assert.equal(statSync(join(state, name)).mode & 0o777, 0o600, name);
      owner.value.release();
    } finally {
      process.umask(before);
    }
  });

  it("F12: refuses a network file system and makes nothing there", () => {
    using folder = temporaryFolder();
    for (const fileSystem of ["nfs4", "cifs", "fuse.sshfs", "9p"]) {
      const owner = becomeOwner(folder.path, { fileSystem });
      assert.ok(!owner.ok);
      assert.equal(owner.problems[0]?.code, "E_NETWORK_FILE_SYSTEM");
    }
    assert.equal(existsSync(join(folder.path, "owner.db")), false);
    const local = becomeOwner(folder.path, { fileSystem: "ext4" });
    assert.ok(local.ok);
    local.value.release();
  });
});

describe("mounts", () => {
  const table = [
    "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
    "30 22 0:40 / /home rw shared:2 - nfs4 server:/home rw",
    "31 30 0:41 / /home/me/my\\040disk rw - ext4 /dev/vdb rw",
    "32 22 0:42 / /mnt rw - ext4 /dev/vdc rw",
    "33 32 0:43 / /mnt rw - fuse.sshfs me@there:/ rw",
    "torn line",
    "",
  ].join("\n");

  it("takes the mount nearest to the folder, and of two at one place the later", () => {
    assert.equal(typeAt(table, "/srv/project"), "ext4");
    assert.equal(typeAt(table, "/home/me/project"), "nfs4");
    assert.equal(typeAt(table, "/homework"), "ext4");
    assert.equal(typeAt(table, "/home/me/my disk/project"), "ext4");
    assert.equal(typeAt(table, "/mnt"), "fuse.sshfs");
    assert.equal(typeAt("", "/"), null);
    assert.ok(
      isNetworkType("fuse.sshfs") &&
        isNetworkType("nfs") &&
        !isNetworkType("ext4") &&
        !isNetworkType("fuse.ntfs"),
    );
  });

  it("finds the type of a folder of this machine, where there is a table of mounts", (t) => {
    if (!existsSync("/proc/self/mountinfo")) return t.skip("no table of mounts");
    using folder = temporaryFolder();
    assert.equal(typeof fileSystemType(realFiles, folder.path), "string");
  });
});
