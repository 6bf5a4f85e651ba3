/** F41: the folders of task files lie on disks of their own, so that no rename leads from one to the next. */
import assert from "node:assert/strict";
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { freshFolder, type Running } from "../e2e/decapod.ts";
import { noMounts, OwnMounts } from "../support/own-mounts.ts";
import { until } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";

/** Each says in a file that it ran, and ends when another one is there. */
const SLOW =
  "name: slow\ntasks:\n  - { id: a, agent: shell, parameters: { run: 'echo a >> ran; until test -e go; do sleep 0.05; done' } }\n";
const TEXT = "---\ntask_id: a\ntask_type: x\nworkflow: slow\n---\n\nDo it.\n";
const FOLDERS = ["pending", "in-progress", "completed", "failed"] as const;

async function project(t: TestContext) {
  const folder = freshFolder({ slow: SLOW });
  const mounts = await OwnMounts.of(folder, t);
  for (const name of FOLDERS) mounts.mount(`tasks/${name}`, "256k");
  const seen = (name: string) => mounts.seen(`tasks/${name}`);
  const put = (name: string) => {
    writeFileSync(seen(`${name}.half`), TEXT, { mode: 0o640 });
    const aSecondAgo = Date.now() / 1000 - 1;
    utimesSync(seen(`${name}.half`), aSecondAgo, aSecondAgo);
    renameSync(seen(`${name}.half`), seen(`${name}.md`));
  };
  /** Folder → what lies in it, half a file too. */
  const lies = () => Object.fromEntries(FOLDERS.map((name) => [name, readdirSync(seen(name))]));
  const watching = async (): Promise<Running> => {
    const running = mounts.start(...PROGRAM, "tasks", "watch");
    await running.says("following tasks/pending");
    return running;
  };
  const ran = () => readFileSync(`${folder.path}/ran`, "utf8");
  const end = async (running: Running) => {
    running.child.kill("SIGINT");
    const { code, stderr } = await running.ended;
    assert.equal(code, 130, stderr);
    return stderr;
  };
  return { folder, mounts, seen, put, lies, watching, ran, end };
}

const only = (folder: (typeof FOLDERS)[number]) => ({
  ...Object.fromEntries(FOLDERS.map((name) => [name, [] as string[]])),
  [folder]: ["a.md"],
});

describe("F41 task folders on disks of their own", { skip: noMounts }, () => {
  it("a file is carried from one to the next, whole and with its mode, and lies in one of them", async (t) => {
    const { folder, seen, put, lies, watching, ran, end } = await project(t);
    const disks = FOLDERS.map((name) => statSync(seen(name)).dev);
    assert.equal(new Set(disks).size, FOLDERS.length);
    const running = await watching();
    put("pending/a");
    await until(() => existsSync(seen("in-progress/a.md")), "it is being done");
    await folder.has("ran");
    await until(() => !existsSync(seen("pending/a.md")), "it is nowhere else");
    assert.deepEqual(lies(), only("in-progress"));
    folder.write("go", "");
    await until(
      () => existsSync(seen("completed/a.md")) && !existsSync(seen("in-progress/a.md")),
      "it is done",
    );
    assert.deepEqual(lies(), only("completed"));
    assert.equal(readFileSync(seen("completed/a.md"), "utf8"), TEXT);
    assert.equal(statSync(seen("completed/a.md")).mode & 0o777, 0o640);
    assert.doesNotMatch(await end(running), /E_/);
    assert.equal(ran(), "a\n");
  });

  it("killed between the copy and the end of the first file: the next one does it once, and one file is left", async (t) => {
    const { folder, seen, put, lies, watching, ran, end } = await project(t);
    const running = await watching();
    put("pending/a");
    await folder.has("ran");
    await until(() => !existsSync(seen("pending/a.md")), "it is carried");
    running.child.kill("SIGKILL");
    await running.ended;
    // As the kill would have left it a moment earlier.
    put("pending/a");
    folder.write("go", "");
    const next = await watching();
    await until(() => existsSync(seen("completed/a.md")) && !existsSync(seen("pending/a.md")), "it is done");
    await until(() => !existsSync(seen("in-progress/a.md")), "it has left");
    assert.deepEqual(lies(), only("completed"));
    await end(next);
    assert.equal(ran(), "a\n");
  });

  it("the next disk is full: that is said, the file stays where it is, and it goes on once there is room", async (t) => {
    const { folder, mounts, seen, put, lies, watching, ran, end } = await project(t);
    mounts.fill("tasks/in-progress/.filled");
    const running = await watching();
    put("pending/a");
    await running.says("E_DISK_FULL no space left for tasks/in-progress/a.md");
    assert.equal(readFileSync(seen("pending/a.md"), "utf8"), TEXT);
    assert.deepEqual(lies()["in-progress"], [".filled"]);
    rmSync(seen("in-progress/.filled"));
    folder.write("go", "");
    await until(() => existsSync(seen("completed/a.md")), "it is done");
    assert.deepEqual(lies(), only("completed"));
    await end(running);
    assert.equal(ran(), "a\n");
  });
});
