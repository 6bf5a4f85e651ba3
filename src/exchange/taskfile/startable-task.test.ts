// A task file that somebody changes while it is taken up.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { surroundings } from "../../../test/support/surroundings.ts";
import { realFiles } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import { readStartable } from "./startable-task.ts";

const task = (words: string) =>
  `---\ntask_id: swapped\ntask_type: coder\n---\n\n## Task Description\n${words}\n`;

/** Another file takes the place of this one at the moment of a call. */
function swapping(path: string, at: "stat" | "open") {
  const swap = () => {
    writeFileSync(`${path}.new`, task("the other"));
    renameSync(`${path}.new`, path);
  };
  let isDone = false;
  const once = () => {
    if (!isDone) swap();
    isDone = true;
  };
  return {
    ...realFiles,
    stat: (asked: string) => {
      const found = realFiles.stat(asked);
      if (at === "stat" && asked === path) once();
      return found;
    },
    open: (asked: string, mode: "read") => {
      const opened = realFiles.open(asked, mode);
      if (at === "open") once();
      return opened;
    },
  };
}

for (const [at, words] of [
  ["stat", "the other"],
  ["open", "the first"],
] as const)
  it(`P6: swapped after its ${at}, what was opened is what is checked, recorded and run`, (t) => {
    const root = mkdtempSync(join(tmpdir(), "decapod-swap-"));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    const path = join(root, "tasks/pending/swapped.md");
    mkdirSync(join(root, "tasks/pending"), { recursive: true });
    writeFileSync(path, task("the first"));
    const read = readStartable(path, root, swapping(path, at), surroundings());
    assert.ok(read.ok, JSON.stringify(read));
    const { text, trigger, workflow } = read.value;
    assert.equal(text, task(words));
    assert.equal(trigger.body.text, text);
    assert.equal(trigger.body.digest, sha256(Buffer.from(text)));
    assert.match(JSON.stringify(workflow.tasks[0]?.parameters), new RegExp(words));
  });
