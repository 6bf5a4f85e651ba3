/** decapod diff, after runs in real repositories. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { git, makeRepository } from "../support/repository.ts";
import { type Folder, freshFolder } from "./decapod.ts";

function project(tasks: string): Folder {
  const folder = freshFolder({ w: `name: w\ntasks:\n${tasks}` });
  makeRepository(folder.path, { "a.txt": "one\ntwo\n" });
  return folder;
}

const task = (id: string, run: string, more = "workspace: worktree") =>
  `  - { id: ${id}, agent: shell, parameters: { run: ${JSON.stringify(run)} }, ${more} }\n`;

async function idOf(folder: Folder): Promise<string> {
  return JSON.parse((await folder.run("run", "w", "--json")).stdout).run.id;
}

describe("decapod diff", () => {
  it("prints what a run changed as a patch that git takes", async () => {
    const folder = project(
      task("api", "echo three >> a.txt; printf 'a\\tb\\n' > 'ö b.txt'") +
        task("ui", "printf '\\0\\1' > pic.bin", "workspace: worktree, dependencies: [api]"),
    );
    const id = await idOf(folder);
    const { stdout, stderr, code } = await folder.run("diff", id);
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`^decapod/${id.slice(-8)}$`, "m"));
    assert.match(stdout, /^\+three$/m);
    assert.match(stdout, /^\+a\tb$/m);
    const only = await folder.run("diff", id, "api");
    execFileSync("git", ["apply", "--index"], { cwd: folder.path, input: only.stdout });
    assert.match(git(folder.path, "diff", "--cached", "--stat"), /2 files changed, 2 insertions/);
    const stat = await folder.run("diff", id, "--stat");
    assert.equal(stat.stdout, "  a.txt  +1 −0\n  pic.bin  binary\n  ö b.txt  +1 −0\n  3 files, +2 −0\n");
    const { diff } = JSON.parse((await folder.run("diff", id, "ui", "--json")).stdout);
    assert.deepEqual(
      { ...diff.parts[0], patch: null },
      {
        task: "ui",
        attempt: 1,
        branch: null,
        state: "done",
        added: 0,
        removed: 0,
        files: [{ path: "pic.bin", added: null, removed: null }],
        patch: null,
      },
    );
  });

  it("shows what was saved of work that failed, of the attempt that is asked for, and each item", async () => {
    const folder = project(
      task(
        "each",
        'n=$(echo $DECAPOD_ATTEMPT | tail -c 2); echo "$N try $n" > $N.txt; [ $n = 2 ]',
        'workspace: worktree, retry: { max_attempts: 2, delay: 0 }, foreach: { items: [x, y], as: n }, env: { N: "${n}" }',
      ) + task("bad", "echo half > half.txt; exit 1"),
    );
    const id = await idOf(folder);
    const both = await folder.run("diff", id, "each");
    assert.match(both.stdout, /^each\[0\] attempt 2\n/);
    assert.match(both.stdout, /^\+x try 2$/m);
    assert.match(both.stdout, /^\+y try 2$/m);
    const first = await folder.run("diff", id, "each[1]", "--attempt", "1");
    assert.match(first.stderr, /each\[1\] attempt 1, saved of work that has not succeeded/);
    assert.match(first.stdout, /^\+y try 1$/m);
    assert.match((await folder.run("diff", id, "bad")).stdout, /^\+half$/m);
  });

  it("O1: shows control characters of what an agent wrote, and never lets them act", async () => {
    const folder = project(
      task("evil", "printf '\\033]52;c;aaaa\\007 \\033[2J\\n' > a.txt; touch \"$(printf 'x\\033[2J')\""),
    );
    const id = await idOf(folder);
    for (const words of [
      ["diff", id],
      ["diff", id, "--stat"],
    ]) {
      const { stdout, stderr } = await folder.run(...words);
      assert.doesNotMatch((stdout + stderr).replaceAll(/[\t\n]/g, ""), /\p{Cc}/u);
      assert.match(stdout, /x1b|033/);
    }
  });

  it("says when there is nothing: no worktree, no such task, no repository, a setting that could run a program", async () => {
    const folder = project(task("plain", "true", "effect: idempotent"));
    const id = await idOf(folder);
    const none = await folder.run("diff", id);
    assert.equal(none.code, 10);
    assert.match(
      none.stderr,
      /E_NOT_FOUND run r-\w+ has changed nothing in a worktree, or its branch is gone/,
    );
    const unknown = await folder.run("diff", id, "nope");
    assert.match(unknown.stderr, /E_UNKNOWN_TASK run r-\w+ has no task "nope"/);
    assert.equal((await folder.run("diff", id, "--attempt", "2")).code, 2);
    git(folder.path, "config", "diff.external", "touch canary");
    const refused = await folder.run("diff", id);
    assert.equal(refused.code, 4);
    assert.match(refused.stderr, /E_GIT_CONFIG the git setting "diff\.external"/);
  });
});
