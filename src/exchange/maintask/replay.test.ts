import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { type Files, realFiles } from "../../port/files.ts";
import { replayOf } from "./replay.ts";
import { streamOf } from "./stream.ts";

test("what may not be read is told without its digest, and a folder that is a link holds nothing", (t) => {
  const root = mkdtempSync(join(tmpdir(), "decapod-replay-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, ".tasks/open"), { recursive: true });
  mkdirSync(join(root, "outside"));
  writeFileSync(join(root, "outside/secret"), "words");
  writeFileSync(join(root, ".tasks/open/locked.md"), "words");
  symlinkSync("../outside", join(root, ".tasks/linked"));
  for (const name of ["open", "linked"])
    writeFileSync(join(root, `.tasks/[running]_${name}_task.md`), `# ${name}\n`);
  const refusing: Files = {
    ...realFiles,
    readBytes: (path) => {
      if (path.endsWith("locked.md")) throw Object.assign(new Error("no permission"), { code: "EACCES" });
      return realFiles.readBytes(path);
    },
  };
  const stream = streamOf(root, null);
  assert.ok(stream.ok);
  const { outputs } = replayOf(refusing, stream.value);
  assert.deepEqual(outputs, [
    { task: "linked", state: "running", files: [] },
    { task: "open", state: "running", files: [{ path: ".tasks/open/locked.md", bytes: 5, digest: null }] },
  ]);
});
