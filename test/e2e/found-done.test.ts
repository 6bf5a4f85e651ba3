/** F3: an attempt whose process was lost, and whose check says that it is done. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { git, makeRepository } from "../support/repository.ts";
import { freshFolder } from "./decapod.ts";

/** Is done with its work, and dies with the process that would have noted how it ended. */
const LOST = "kill -9 $PPID $$";

const MAKE = `id: make, agent: shell, effect: checkable, parameters: { run: "echo made > made.txt; ${LOST}" }`;
const IS_MADE = "check: [test, -e, made.txt]";

function project(text: string) {
  const folder = freshFolder({ w: `name: w\n${text}\n` });
  makeRepository(folder.path, { ".gitignore": ".claude/\n" });
  return folder;
}

async function outcome(folder: ReturnType<typeof project>) {
  const { code, stdout } = await folder.run("run", "w", "--json");
  const { run } = JSON.parse(stdout);
  return { code, task: run.tasks[0], branch: `decapod/${run.id.slice(-8)}` };
}

describe("F3 an attempt in a worktree that is lost", () => {
  it("and found done by its check, which looks where it worked, is merged", async () => {
    const folder = project(`tasks: [{ ${MAKE}, ${IS_MADE}, workspace: worktree }]`);
    const { code, branch } = await outcome(folder);
    assert.equal(code, 0);
    assert.equal(git(folder.path, "show", `${branch}:made.txt`), "made");
    assert.equal(git(folder.path, "worktree", "list").split("\n").length, 1, "its worktree is gone");
  });

  it("and found done in the worktree of its run is committed to the branch of that", async () => {
    const folder = project(`settings: { workspace: worktree }\ntasks: [{ ${MAKE}, ${IS_MADE} }]`);
    const { code, branch } = await outcome(folder);
    assert.equal(code, 0);
    assert.equal(git(folder.path, "show", `${branch}:made.txt`), "made");
  });

  it("and found done has failed all the same when what it made is not good enough", async () => {
    const criteria = 'success_criteria: ["changed.files <= 0"]';
    const folder = project(`tasks: [{ ${MAKE}, ${IS_MADE}, workspace: worktree, ${criteria} }]`);
    const { code, task, branch } = await outcome(folder);
    assert.deepEqual([code, task.error.class], [1, "criteria_failed"]);
    assert.equal(git(folder.path, "rev-list", "--count", `main..${branch}`), "0");
  });

  it("and found not to be done is saved and made again", async () => {
    const folder = project(`tasks: [{ ${MAKE}, check: [test, -e, other.txt], workspace: worktree }]`);
    const { code, task } = await outcome(folder);
    assert.deepEqual([code, task.error.class], [1, "lost"]);
    const saved = git(folder.path, "for-each-ref", "--format=%(refname)", "refs/decapod/snapshots");
    assert.equal(saved.split("\n").length, 4, "each of its attempts");
  });
});
