/** A run at the top whose branch is merged when it has succeeded (formats.md 1.9): base, conflicts, people at work. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { git, makeRepository } from "../support/repository.ts";
import { type Folder, freshFolder } from "./decapod.ts";

const MERGING = "mode: worktree, merge: squash";

function definition(run: string, workspace = MERGING): string {
  const task = `  - { id: a, agent: shell, parameters: { run: ${JSON.stringify(run)} } }\n`;
  return `name: site\nsettings: { workspace: { ${workspace} } }\ntasks:\n${task}`;
}

function project(...asked: Parameters<typeof definition>): Folder {
  const folder = freshFolder({ w: definition(...asked) });
  makeRepository(folder.path, { ".gitignore": "/go\n", "a.txt": "one\n" });
  return folder;
}

const heads = (folder: Folder) => git(folder.path, "branch", "--format=%(refname:short)").split("\n").sort();
const subjects = (folder: Folder, span: string) => git(folder.path, "log", "--reverse", "--format=%s", span);

async function ended(folder: Folder, code = 0, ...words: readonly string[]) {
  const { stderr, stdout, ...rest } = await folder.run(...(words.length === 0 ? ["run", "w"] : words));
  assert.equal(rest.code, code, stderr + stdout);
  return { stderr, last: stderr.trim().split("\n").at(-1) ?? "", stdout };
}

const nameIn = (line: string) => /r-\w{4,}/.exec(line)?.[0] ?? "";

describe("a run whose branch is merged", () => {
  it("comes into its base when nobody has that checked out, and leaves no branch of its own", async () => {
    const folder = project("echo x > x.txt", `${MERGING}, base: dev`);
    git(folder.path, "branch", "dev");
    const { last } = await ended(folder);
    assert.match(last, /^next: decapod diff r-\w+ \(merged into dev\)$/);
    assert.equal(git(folder.path, "show", "dev:x.txt"), "x");
    assert.equal(subjects(folder, "main..dev"), "site");
    assert.deepEqual(heads(folder), ["dev", "main"]);
    assert.match((await folder.run("diff", nameIn(last))).stdout, /\+x/);
    const { run } = JSON.parse((await folder.run("show", nameIn(last), "--json=work")).stdout);
    assert.equal(run.work.into, "dev");
    assert.match(git(folder.path, "log", "-1", "--format=%cn %b", "dev"), /^decapod Decapod-Run: \w{26}\n/);
    assert.equal(git(folder.path, "fsck", "--no-dangling"), "");
  });

  it("comes into the branch that was checked out when it began, though another one is by now", async () => {
    const folder = project("true");
    const switched = `git -C ${folder.path} switch -q -c other; echo x > x.txt`;
    folder.write(".claude/workflows/w.yaml", definition(switched));
    const { last } = await ended(folder);
    assert.match(last, /\(merged into main\)$/);
    assert.equal(subjects(folder, "other"), "first");
    assert.equal(subjects(folder, "main"), "first\nsite");
  });

  it("is left to the person whose files its base is: clean or not, nothing of theirs moves", async () => {
    for (const dirt of [null, "mine\n"]) {
      const folder = project("echo two > a.txt");
      if (dirt !== null) writeFileSync(join(folder.path, "a.txt"), dirt);
      const before = git(folder.path, "status", "--porcelain");
      const { stderr, last } = await ended(folder);
      const [, branch = ""] = /^next: decapod diff r-\w+, then git merge (decapod\/\w+)$/.exec(last) ?? [];
      assert.match(
        stderr,
        /warning W_NOT_MERGED decapod\/\w+ was not merged into main: it is checked out in \//,
      );
      assert.equal(subjects(folder, "HEAD"), "first");
      assert.equal(git(folder.path, "status", "--porcelain"), before);
      assert.equal(git(folder.path, "show", `${branch}:a.txt`), "two");
      const { run } = JSON.parse((await folder.run("show", nameIn(last), "--json")).stdout);
      assert.deepEqual([run.status, run.work], ["success", { branch, into: null }]);
    }
  });

  it("that conflicts stays a success, names the files, and leaves both branches", async () => {
    const folder = project("echo mine > a.txt", `${MERGING}, base: dev, branch: work/site`);
    git(folder.path, "branch", "dev");
    const other = join(folder.path, "..", "other");
    git(folder.path, "worktree", "add", "--quiet", other, "dev");
    // Its base moves once the run has its branch, and is let go of before the run ends.
    const theirs = `git -C ${other} -c user.name=K -c user.email=k@l commit -qam theirs`;
    const run = `echo mine > a.txt; echo theirs > ${other}/a.txt; ${theirs}; git -C ${other} switch -q --detach`;
    folder.write(".claude/workflows/w.yaml", definition(run, `${MERGING}, base: dev, branch: work/site`));
    const { stderr, last } = await ended(folder);
    assert.match(
      stderr,
      /W_NOT_MERGED work\/site was not merged into dev: Merge conflict detected, please resolve: a\.txt \(branch work\/site into dev\)/,
    );
    assert.match(last, /then git merge work\/site$/);
    assert.equal(git(folder.path, "show", "dev:a.txt"), "theirs");
    assert.equal(git(folder.path, "show", "work/site:a.txt"), "mine");
  });

  it("that failed is merged once it is retried; a branch that a person has named stays", async () => {
    const folder = project(
      "echo x > x.txt; [ -e $PWD/../../../../../go ]",
      `${MERGING}, base: dev, branch: work/site`,
    );
    git(folder.path, "branch", "dev");
    const { last } = await ended(folder, 1);
    assert.equal(subjects(folder, "main..dev"), "");
    folder.write("go", "");
    await ended(folder, 0, "retry", nameIn(last));
    assert.equal(subjects(folder, "main..dev"), "site");
    assert.deepEqual(heads(folder), ["dev", "main", "work/site"]);
  });

  it("is not merged again, and nowhere without a branch to go to", async () => {
    const folder = project("echo x > x.txt", `${MERGING}, base: v1`);
    git(folder.path, "tag", "v1");
    git(folder.path, "switch", "--quiet", "--detach");
    const { stderr, last } = await ended(folder);
    assert.doesNotMatch(stderr, /W_NOT_MERGED/);
    assert.match(last, /then git merge decapod\/\w+$/);
    assert.equal(subjects(folder, "main"), "first");
  });

  it("G6: refuses a base that is no commit, however it is written, and merges nothing", async () => {
    for (const base of ["--help", "../../config", "main..", "refs/decapod/into/x"]) {
      const folder = project("echo x > x.txt", `${MERGING}, base: ${JSON.stringify(base)}`);
      const { stderr } = await ended(folder, 1);
      assert.match(stderr, /E_REF there is no commit/, base);
      assert.equal(git(folder.path, "for-each-ref", "--format=%(refname)", "refs/heads/"), "refs/heads/main");
    }
  });
});
