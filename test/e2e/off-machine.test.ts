/** F59: what a run made is safe here whatever a remote does, and it is said that it is only here. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { git, makeRepository } from "../support/repository.ts";
import { freshFolder } from "./decapod.ts";

const WORKFLOW = `
name: w
tasks:
  - { id: api, agent: shell, workspace: worktree, parameters: { run: "echo api > api.txt" } }
`;

describe("a remote that takes nothing", () => {
  it("F59: costs the run nothing; its branch stays here, and health says since when it is only here", async () => {
    const folder = freshFolder({ w: WORKFLOW });
    makeRepository(folder.path, { ".gitignore": ".claude/\n" });
    const remote = join(folder.path, "../remote.git");
    git(folder.path, "init", "--quiet", "--bare", remote);
    git(folder.path, "remote", "add", "origin", remote);
    git(folder.path, "push", "--quiet", "origin", "main");
    const hook = join(remote, "hooks/pre-receive");
    mkdirSync(join(hook, ".."), { recursive: true });
    writeFileSync(hook, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const health = async () => {
      const { checks } = JSON.parse((await folder.run("health", "--json")).stdout);
      return checks.find(({ name }: { name: string }) => name === "worktrees");
    };
    assert.equal(await health(), undefined, "nothing to say before there was any");
    const ended = await folder.run("run", "w", "--json");
    assert.equal(ended.code, 0, ended.stderr);
    const branch = `decapod/${JSON.parse(ended.stdout).run.id.slice(-8)}`;
    assert.equal(git(remote, "for-each-ref", "--format=%(refname)"), "refs/heads/main", "nobody pushed");
    assert.throws(() => git(folder.path, "push", "--quiet", "origin", branch), /pre-receive hook declined/);
    const time = new Date(Number(git(folder.path, "log", "-1", "--format=%ct", branch)) * 1000).toISOString();
    const { ok, message } = await health();
    assert.deepEqual([ok, message], [true, `1 commit of runs not off this machine since ${time}`]);
    assert.equal(git(folder.path, "show", `${branch}:api.txt`), "api");
    rmSync(hook);
    git(folder.path, "push", "--quiet", "origin", branch);
    assert.equal((await health()).message, "what runs committed lies on a remote too");
  });
});
