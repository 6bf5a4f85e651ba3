// F39: many processes want the same task files done, by hand and by following the folder.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { pickCounts } from "../support/journal.ts";
import { type Ended, type Folder, freshFolder } from "./decapod.ts";

const SAYS =
  "name: says\nparams: { id: {} }\ntasks:\n  - { id: a, agent: shell, env: { ID: '${id}' }, parameters: { run: 'echo $ID >> ran.txt' } }\n";

function drop({ path }: Folder, id: string): void {
  const half = join(path, "tasks/pending", `.${id}`);
  writeFileSync(
    half,
    `---\ntask_id: ${id}\ntask_type: x\nworkflow: says\nparams: { id: ${id} }\n---\n\nDo it.\n`,
  );
  const aSecondAgo = Date.now() / 1000 - 1;
  utimesSync(half, aSecondAgo, aSecondAgo);
  renameSync(half, join(path, "tasks/pending", `${id}.md`));
}

const processes = pickCounts({ commit: 4, ci: 8, soak: 32 });
const files = pickCounts({ commit: 2, ci: 4, soak: 40 });

it(`F39: ${processes} processes that want each of ${files} task files done do it once, and each of them goes on to its end`, async () => {
  const project = freshFolder({ says: SAYS });
  mkdirSync(join(project.path, "tasks/pending"), { recursive: true });
  for (let at = 0; at < files; at += 1) {
    drop(project, `t${at}`);
    const asked = Array.from({ length: processes }, () => project.run("work", `t${at}.md`));
    const ended = await Promise.all<Ended>(asked);
    assert.ok(ended.some(({ code }) => code === 0));
    // Who comes too late hears that it is done, and who comes while the owner opens or closes that it is there.
    for (const { code, stderr } of ended) assert.ok(code === 0 || code === 5, stderr);
  }
  const ran = readFileSync(join(project.path, "ran.txt"), "utf8").trim().split("\n");
  assert.deepEqual(ran.toSorted(), Array.from({ length: files }, (_, at) => `t${at}`).toSorted());
  assert.equal(readdirSync(join(project.path, "tasks/completed")).length, files);
  assert.deepEqual(readdirSync(join(project.path, "tasks/pending")), []);
});
