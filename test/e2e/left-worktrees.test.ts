/** What worktrees of old runs left, looked at and cleared away by the real program. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { git, makeRepository } from "../support/repository.ts";
import { freshFolder } from "./decapod.ts";

const WORKFLOW = `
name: w
tasks:
  - { id: api, agent: shell, workspace: { mode: worktree, keep: always }, parameters: { run: "echo api > api.txt" } }
  - id: inner
    agent: group
    parameters:
      tasks: [{ id: ui, agent: shell, workspace: worktree, parameters: { run: "echo ui > ui.txt" } }]
`;

describe("db gc and worktrees", () => {
  it("says what is merged nowhere and how to look at it; merged, all of it goes with its run", async () => {
    const folder = freshFolder({ w: WORKFLOW });
    makeRepository(folder.path, { "a.txt": "one\n", ".gitignore": ".claude/\n" });
    const ended = await folder.run("run", "w", "--json");
    assert.equal(ended.code, 0, ended.stderr);
    const id: string = JSON.parse(ended.stdout).run.id;
    const branch = `decapod/${id.slice(-8)}`;
    const kept = join(folder.path, ".claude/worktrees/decapod", id, `${id.slice(-8)}.api.1`);
    const nothing = await folder.run("db", "gc");
    assert.equal(nothing.stdout, "✓ nothing is old enough to go\n");
    folder.write("decapod.yaml", "retention: { runs: 0s, logs: 0s, min_runs: 0 }\n");
    const first = await folder.run("db", "gc");
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^✓ gone: \d+ B\n {2}1 worktree: /);
    assert.match(
      first.stdout,
      new RegExp(`\nstays:\n  r-\\w{4}  ${branch} is merged nowhere: decapod diff r-\\w{4}\n`),
    );
    assert.match(first.stdout, /\nonce you have looked: decapod db gc --unmerged lets go too /);
    assert.ok(!existsSync(kept));
    assert.match((await folder.run("diff", id)).stdout, /\+api/);
    git(folder.path, "config", "alias.st", "status");
    const refused = await folder.run("db", "gc");
    assert.equal(refused.code, 0, refused.stderr);
    assert.match(refused.stdout, /\nstays:\n {2}r-\w{4} {2}worktrees cannot be looked at: E_GIT_CONFIG /);
    git(folder.path, "config", "--unset", "alias.st");
    const lost = await folder.run("db", "gc", "--unmerged", "--dry-run");
    assert.match(
      lost.stdout,
      new RegExp(`\nwould go although:\n  r-\\w{4}  ${branch} is merged nowhere: decapod`),
    );
    git(folder.path, "merge", "--quiet", branch);
    const planned = await folder.run("db", "gc", "--dry-run");
    assert.match(planned.stderr, /nothing was changed; to do it: decapod db gc\n/);
    const second = await folder.run("db", "gc", "--json");
    const { runs, worktrees, bytes } = JSON.parse(second.stdout);
    assert.deepEqual([runs, worktrees.staying, worktrees.foreign, bytes.worktrees], [[id], [], 0, 0]);
    assert.equal(git(folder.path, "for-each-ref", "--format=%(refname)"), "refs/heads/main");
    assert.equal((await folder.run("db", "check")).code, 0);
  });
});
