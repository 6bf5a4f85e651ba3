/** Two projects whose runs have the same ids, since both were started with the same key or for the same task. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { type Folder, freshFolder } from "./decapod.ts";

const HOLD = "echo > began; until [ -e go ]; do sleep 0.05; done";
const HOLDS = `name: holds\ntasks:\n  - { id: hold, agent: shell, parameters: { run: '${HOLD}' } }\n`;
const TASK = "---\ntask_id: nightly\ntask_type: hold\n---\n\n## Task Description\nDo it.\n";

function project(): Folder {
  const folder = freshFolder({ holds: HOLDS });
  mkdirSync(join(folder.path, "tasks/pending"), { recursive: true });
  folder.write("workers/hold.yaml", "description: Holds.\ncommand: [bash, ./hold.sh]\n");
  folder.write("workers/hold.sh", HOLD);
  folder.write("tasks/pending/nightly.md", TASK);
  return folder;
}

for (const [how, words] of [
  ["with one key", ["run", "holds", "--key", "nightly"]],
  ["for one task", ["work", "nightly"]],
] as const)
  it(`F25: ${how}, neither project ends what the other one runs`, async () => {
    const folders = [project(), project()];
    const [first, second] = folders as [Folder, Folder];
    const running = folders.map((folder) => folder.start(...words));
    for (const folder of folders) await folder.has("began");
    first.write("go", "");
    const ended = await running[0]?.ended;
    assert.equal(ended?.code, 0, ended?.stderr);
    // Whoever ends looks for what its attempts left behind.
    await second.run("status");
    second.write("go", "");
    const other = await running[1]?.ended;
    assert.equal(other?.code, 0, other?.stderr);
  });
