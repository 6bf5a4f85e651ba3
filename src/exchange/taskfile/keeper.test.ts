// The keeper of the folders, on a real disk: what waits for the disk, and for whom.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import type { RunStarted } from "../../core/event.ts";
import type { RunRow } from "../../host/host.ts";
import { type Files, realFiles } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import { type KeeperReader, TaskKeeper } from "./keeper.ts";
import { TaskFolders } from "./task-folders.ts";
import { taskRunId } from "./task-run.ts";

/** A keeper of a project of its own, without a journal; a result of the task `a` lies there once the disk is ready. */
function keeperWaitingForDisk(t: TestContext, reader: KeeperReader | null = null) {
  const root = mkdtempSync(join(tmpdir(), "decapod-keeper-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const [disk, waiting] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const files: Files = {
    ...realFiles,
    writeAtomicLater: async (path, ...rest) => {
      if (path.endsWith("/a.result.md")) {
        waiting.resolve();
        await disk.promise;
      }
      await realFiles.writeAtomicLater(path, ...rest);
    },
  };
  const folders = new TaskFolders(files, { root, umask: 0o022 });
  const keeper = new TaskKeeper({
    folders,
    stateFolder: join(root, "state"),
    reader: () => reader,
    offset: () => 0,
    output: () => undefined,
    tell: () => {},
  });
  const problems = [{ code: "E_UNKNOWN_AGENT", message: "there is no agent" }];
  const refused = (id: string, text: string) => {
    mkdirSync(join(root, "tasks/pending"), { recursive: true });
    writeFileSync(join(root, `tasks/pending/${id}.md`), text);
    return keeper.refuse(folders.at("pending", `${id}.md`), { problems, at: 0 });
  };
  return { root, keeper, refused, waiting: waiting.promise, diskIsReady: () => disk.resolve() };
}

/** A journal in which the task `a` has succeeded with this text. */
function journalOf(text: string): KeeperReader {
  const run = taskRunId("a", 1);
  const body = { task_id: "a", task_type: "note", digest: sha256(text), text };
  const row = { run, status: "success", startedAt: 0, endedAt: 0, costUsd: null, sequence: 9 } as RunRow;
  const started = {
    trigger: { kind: "files", name: "a", files: ["tasks/pending/a.md"], body },
    parent: null,
  };
  return {
    run: () => row,
    lastRunBeginning: () => run,
    runs: () => [],
    tasks: () => [],
    entries: () => [],
    attemptFolder: () => "",
    started: () => started as unknown as RunStarted,
  };
}

it("F42: a result that waits for the disk holds up its own task until it lies there, and no other", async (t) => {
  const { root, keeper, refused, diskIsReady } = keeperWaitingForDisk(t);
  const first = refused("a", "text\n");
  const again = keeper.keep("A");
  const other = await refused("b", "text\n");
  assert.deepEqual([other.state, existsSync(join(root, "tasks/failed/b.md"))], ["moved", true]);
  assert.ok(existsSync(join(root, "tasks/pending/a.md")));
  diskIsReady();
  const { wants } = await again;
  assert.equal((await first).state, "moved");
  assert.ok(
    existsSync(join(root, "tasks/failed/a.md")) && existsSync(join(root, "results/latest/a.result.md")),
  );
  assert.equal(wants, null, "looked at only then, it lies where nothing begins");
});

it("F37: a task file that is mended while its refusal waits for the disk stays where it is, to be read", async (t) => {
  for (const before of ["broken\n", "x".repeat(3_000_000)])
    for (const isItsTurn of [false, true]) {
      const { root, refused, waiting, diskIsReady } = keeperWaitingForDisk(t);
      const refusal = refused("a", before);
      if (isItsTurn) await waiting;
      writeFileSync(join(root, "tasks/pending/a.md"), "mended\n");
      diskIsReady();
      assert.deepEqual(await refusal, { state: "stays", result: null });
      assert.equal(readFileSync(join(root, "tasks/pending/a.md"), "utf8"), "mended\n");
      assert.ok(!existsSync(join(root, "tasks/failed/a.md")));
    }
});

it("F37: a task file too large to be read that nobody touches is put away", async (t) => {
  const { root, refused } = keeperWaitingForDisk(t);
  assert.equal((await refused("b", "x".repeat(3_000_000))).state, "moved");
  assert.ok(existsSync(join(root, "tasks/failed/b.md")));
});

it("F37: a new text put in the place of a second copy, while a result waits for the disk, is no copy", async (t) => {
  for (const working of ["text\n", "edited\n"]) {
    const { root, keeper, waiting, diskIsReady } = keeperWaitingForDisk(t, journalOf("text\n"));
    const write = (folder: string, text = "") => {
      mkdirSync(join(root, "tasks", folder), { recursive: true });
      writeFileSync(join(root, "tasks", folder, "a.md"), text);
    };
    const read = (folder: string) => readFileSync(join(root, "tasks", folder, "a.md"), "utf8");
    write("in-progress", working);
    write("pending", "text\n");
    const kept = keeper.keep("a");
    await waiting;
    write("pending", "another\n");
    diskIsReady();
    assert.equal((await kept).trouble, null);
    assert.deepEqual([read("pending"), read("completed")], ["another\n", working]);
  }
});
