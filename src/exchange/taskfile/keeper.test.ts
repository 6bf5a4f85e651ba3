// The keeper of the folders, on a real disk: what waits for the disk, and for whom.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { type Files, realFiles } from "../../port/files.ts";
import { TaskKeeper } from "./keeper.ts";
import { TaskFolders } from "./task-folders.ts";

it("F42: a result that waits for the disk holds up its own task until it lies there, and no other", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "decapod-keeper-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const disk = Promise.withResolvers<void>();
  const files: Files = {
    ...realFiles,
    writeAtomicLater: async (path, ...rest) => {
      if (path.endsWith("/a.result.md")) await disk.promise;
      await realFiles.writeAtomicLater(path, ...rest);
    },
  };
  const folders = new TaskFolders(files, { root, umask: 0o022 });
  const keeper = new TaskKeeper({
    folders,
    stateFolder: join(root, "state"),
    reader: () => null,
    offset: () => 0,
    output: () => undefined,
    tell: () => {},
  });
  const problems = [{ code: "E_UNKNOWN_AGENT", message: "there is no agent" }];
  const refused = (id: string) => {
    mkdirSync(join(root, "tasks/pending"), { recursive: true });
    writeFileSync(join(root, `tasks/pending/${id}.md`), "text\n");
    return keeper.refuse(folders.at("pending", `${id}.md`), { problems, at: 0 });
  };
  const first = refused("a");
  const again = keeper.keep("A");
  const other = await refused("b");
  assert.deepEqual([other.state, existsSync(join(root, "tasks/failed/b.md"))], ["moved", true]);
  assert.ok(existsSync(join(root, "tasks/pending/a.md")));
  disk.resolve();
  const { wants } = await again;
  assert.equal((await first).state, "moved");
  assert.ok(
    existsSync(join(root, "tasks/failed/a.md")) && existsSync(join(root, "results/latest/a.result.md")),
  );
  assert.equal(wants, null, "looked at only then, it lies where nothing begins");
});
