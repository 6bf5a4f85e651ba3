// Following pending where the system gives no hints.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { good, type Problem } from "../../core/problem.ts";
import { realClock } from "../../port/clock.ts";
import { type Files, realFiles } from "../../port/files.ts";
import type { TaskKeeper } from "./keeper.ts";
import { TaskFolders } from "./task-folders.ts";
import { TaskWatch } from "./task-watch.ts";

it("F35: W_WATCH: a folder that cannot be watched is looked at every few seconds, and that is said once", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "decapod-watch-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const files = {
    ...realFiles,
    watch: () => {
      throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    },
  };
  const told: Problem[] = [];
  const ending = new AbortController();
  const watch = new TaskWatch({
    folders: new TaskFolders(files, { root, umask: 0o022 }),
    keeper: { keep: () => ({ wants: null, run: null }) } as unknown as TaskKeeper,
    clock: realClock,
    free: () => 1,
    open: () => [],
    standing: () => "unknown",
    agentFiles: { parentsOf: () => [], problem: async () => null },
    start: async () => good(null),
    tell: (problem) => {
      told.push(problem);
      ending.abort();
    },
  });
  await watch.run(ending.signal);
  assert.deepEqual(
    told.map(({ code, message }) => [code, message]),
    [["W_WATCH", "tasks/pending cannot be watched (ENOSPC); it is looked at every 5 seconds"]],
  );
});

it("F42: a look at everything reads the folder once, and passes over in a word what is no task", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "decapod-watch-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "tasks/pending"), { recursive: true });
  for (const name of ["a.md", "b (1).md", ".c.md"]) writeFileSync(join(root, "tasks/pending", name), "x\n");
  let lists = 0;
  const files: Files = {
    ...realFiles,
    list: (folder) => {
      if (folder.endsWith("pending")) lists += 1;
      return realFiles.list(folder);
    },
  };
  const told: Problem[] = [];
  const ending = new AbortController();
  const watch = new TaskWatch({
    folders: new TaskFolders(files, { root, umask: 0o022 }),
    keeper: { keep: () => ({ wants: null, run: null }) } as unknown as TaskKeeper,
    clock: realClock,
    free: () => {
      ending.abort();
      return 0;
    },
    open: () => [],
    standing: () => "unknown",
    agentFiles: { parentsOf: () => [], problem: async () => null },
    start: async () => good(null),
    tell: (problem) => told.push(problem),
  });
  await watch.run(ending.signal);
  assert.equal(lists, 1);
  assert.deepEqual(
    told.map(({ message }) => message),
    ["tasks/pending/b (1).md is passed over: a second copy"],
  );
});
