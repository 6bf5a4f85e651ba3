// Following pending: where the system gives no hints, and what a look at everything does.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { good, type Problem } from "../../core/problem.ts";
import { realClock } from "../../port/clock.ts";
import { type Files, realFiles } from "../../port/files.ts";
import { Turns } from "../../port/in-turns.ts";
import type { TaskKeeper } from "./keeper.ts";
import { TaskFolders } from "./task-folders.ts";
import { TaskWatch, type WatchOptions } from "./task-watch.ts";

interface Setting {
  readonly files: Partial<Files>;
  /** Name → text, in `pending`. */
  readonly pending: Readonly<Record<string, string>>;
  readonly options: Partial<WatchOptions>;
}

/** Follows until it is ended, with nothing to begin from. Returns what was told. */
async function followed(
  t: TestContext,
  setting: Setting,
  ending: AbortController,
): Promise<readonly Problem[]> {
  const root = mkdtempSync(join(tmpdir(), "decapod-watch-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "tasks/pending"), { recursive: true });
  for (const [name, text] of Object.entries(setting.pending))
    writeFileSync(join(root, "tasks/pending", name), text);
  const told: Problem[] = [];
  const watch = new TaskWatch({
    folders: new TaskFolders({ ...realFiles, ...setting.files }, { root, umask: 0o022 }),
    keeper: { keep: async () => ({ wants: null, run: null }) } as unknown as TaskKeeper,
    clock: realClock,
    turns: new Turns(realClock),
    isOver: () => false,
    free: () => 1,
    open: () => [],
    standing: () => "unknown",
    agentFiles: { parentsOf: () => [], problem: async () => null },
    caughtUp: async () => {},
    start: async () => ({ written: Promise.resolve(good(null)) }),
    tell: (problem) => void told.push(problem),
    ...setting.options,
  });
  await watch.run(ending.signal);
  return told;
}

it("F35: W_WATCH: a folder that cannot be watched is looked at every few seconds, and that is said once", async (t) => {
  const ending = new AbortController();
  const watch = () => {
    throw Object.assign(new Error("no space"), { code: "ENOSPC" });
  };
  const told: Problem[] = [];
  const tell = (problem: Problem) => {
    told.push(problem);
    ending.abort();
  };
  await followed(t, { files: { watch }, pending: {}, options: { tell } }, ending);
  assert.deepEqual(
    told.map(({ code, message }) => [code, message]),
    [["W_WATCH", "tasks/pending cannot be watched (ENOSPC); it is looked at every 5 seconds"]],
  );
});

it("F42: a look at everything reads the folder once, and passes over with a word what is no task", async (t) => {
  const ending = new AbortController();
  let lists = 0;
  const list = (folder: string) => {
    if (folder.endsWith("pending")) lists += 1;
    return realFiles.list(folder);
  };
  const free = () => {
    ending.abort();
    return 0;
  };
  const pending = { "a.md": "x\n", "b (1).md": "x\n", ".c.md": "x\n" };
  const told = await followed(t, { files: { list }, pending, options: { free } }, ending);
  assert.equal(lists, 1);
  assert.deepEqual(
    told.map(({ message }) => message),
    ["tasks/pending/b (1).md is passed over: a second copy"],
  );
});

it("I3: who wrote a file is asked once all attempts are known that have begun", async (t) => {
  const ending = new AbortController();
  const order: string[] = [];
  const parentsOf = () => {
    order.push("asked");
    ending.abort();
    return [];
  };
  const caughtUp = async () => void order.push("known");
  const pending = { "a.md": "---\ntask_id: a\ntask_type: x\n---\n\nDo it.\n" };
  const options = { agentFiles: { parentsOf, problem: async () => null }, caughtUp };
  await followed(t, { files: {}, pending, options }, ending);
  assert.deepEqual(order.slice(0, 2), ["known", "asked"]);
});
