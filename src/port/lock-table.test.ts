import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/support/processes.ts";
import { writeLockHolder } from "./lock-table.ts";

test("F11: who holds a file is named, not who holds another disk's file of the same number", {
  skip: process.platform !== "linux" && "only Linux tells who holds a lock",
}, async (t) => {
  const path = join(temporaryFolder(t), "file");
  writeFileSync(path, "");
  const script = "exec flock --no-fork \"$0\" sh -c 'echo held; read line'";
  const holder = spawn("sh", ["-c", script, path]);
  t.after(() => holder.stdin.end());
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  const table = readFileSync("/proc/locks", "utf8");
  assert.deepEqual(writeLockHolder([path], table), { pid: holder.pid, name: "sh" });
  const { ino } = statSync(path);
  const elsewhere = table.replaceAll(new RegExp(` [0-9a-f]+:([0-9a-f]+):${ino} `, "g"), ` 7f:$1:${ino} `);
  assert.equal(writeLockHolder([path], elsewhere), null);
  const onItsOtherPart = table.replaceAll(
    new RegExp(` ([0-9a-f]+):[0-9a-f]+:${ino} `, "g"),
    ` $1:3ff:${ino} `,
  );
  assert.equal(writeLockHolder([path], onItsOtherPart), null);
});
