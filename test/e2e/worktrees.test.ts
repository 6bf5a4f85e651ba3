/** Tasks and runs in git worktrees (formats.md 1.9), by what stands in the repository afterwards. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { git, makeRepository } from "../support/repository.ts";
import { type Folder, freshFolder } from "./decapod.ts";

function project(tasks: string, top = "", files: Record<string, string> = { "a.txt": "one\n" }): Folder {
  const folder = freshFolder({ w: `name: w\n${top}tasks:\n${tasks}` });
  makeRepository(folder.path, { ".gitignore": "/out/\n/go\n/begun*\n/more\n", ...files });
  return folder;
}

const task = (id: string, run: string, more = "workspace: worktree") =>
  `  - { id: ${id}, agent: shell, parameters: { run: ${JSON.stringify(run)} }, ${more} }\n`;

async function runOf(folder: Folder, code = 0) {
  const ended = await folder.run("run", "w", "--json");
  assert.equal(ended.code, code, ended.stderr + ended.stdout);
  const { run } = JSON.parse(ended.stdout);
  return { id: run.id as string, branch: `decapod/${run.id.slice(-8)}`, tasks: run.tasks, run };
}

const branches = (folder: Folder) => git(folder.path, "branch", "--format=%(refname:short)").split("\n");
const shown = (folder: Folder, what: string) => git(folder.path, "show", what);
const worktrees = (folder: Folder) =>
  git(folder.path, "worktree", "list", "--porcelain").match(/^worktree /gm)?.length;

describe("a task in a worktree", () => {
  it("is merged into the branch of its run; the project and what is checked out there stay as they were", async () => {
    const folder = project(
      task(
        "api",
        "pwd; echo api > api.txt; echo uncommitted-of-the-person-is-absent; cat mine.txt 2>/dev/null || true",
      ) +
        task("ui", "echo ui > ui.txt; git add ui.txt; git commit -qm mine --author='A <a@b>' || true") +
        task(
          "both",
          "cat api.txt ui.txt; echo both >> api.txt",
          "workspace: worktree, dependencies: [api, ui]",
        ),
    );
    folder.write("mine.txt", "the person's own\n");
    const { branch, id } = await runOf(folder);
    assert.equal(shown(folder, `${branch}:api.txt`), "api\nboth");
    assert.equal(shown(folder, `${branch}:ui.txt`), "ui");
    assert.deepEqual(branches(folder).sort(), [branch, "main"]);
    assert.equal(worktrees(folder), 1, "what was merged is gone");
    assert.equal(git(folder.path, "log", "--format=%s"), "first");
    assert.ok(!existsSync(join(folder.path, "api.txt")));
    const { stdout } = await folder.run("show", id, "both");
    assert.match(stdout, new RegExp(`merged into ${branch}: 1 file, \\+1 −0`));
  });

  it("leaves a person in no doubt where its work is: the run's last line names its branch", async () => {
    const folder = project(task("api", "echo api > api.txt"));
    const { stderr } = await folder.run("run", "w");
    const [, name, branch] = /next: decapod diff (r-\w{4}), then git merge (\S+)\n$/.exec(stderr) ?? [];
    assert.match((await folder.run("diff", name ?? "")).stdout, /\+api/);
    git(folder.path, "merge", "--quiet", branch ?? "");
    assert.equal(readFileSync(join(folder.path, "api.txt"), "utf8"), "api\n");
    const plain = project(task("api", "echo api", "timeout: 1m"));
    assert.match((await plain.run("run", "w")).stderr, /next: decapod show r-\w{4}\n$/);
  });

  it("that fails is kept and saved, and never merged", async () => {
    const folder = project(task("bad", "echo half > half.txt; exit 3"));
    const { branch, id } = await runOf(folder, 1);
    assert.equal(git(folder.path, "log", "--format=%s", `main..${branch}`), "");
    const kept = join(folder.path, ".claude/worktrees/decapod", id, `${id.slice(-8)}.bad.1`);
    assert.ok(existsSync(join(kept, "half.txt")));
    const saved = git(folder.path, "for-each-ref", "--format=%(refname)", "refs/decapod/snapshots/");
    assert.equal(shown(folder, `${saved}:half.txt`), "half");
  });

  it("G10: finds what its dependencies left in artifacts, which git does not carry, and follows no link", async () => {
    const left =
      "mkdir -p out/site; echo built > out/site/a.html; ln -s /etc/hostname out/site/b; echo s > out/s";
    const folder = project(
      task("build", left, "workspace: worktree, artifacts: [out/site]") +
        task("check", "cat out/site/a.html && ls out", "workspace: worktree, dependencies: [build]") +
        task("later", "ls out 2>/dev/null || echo none", "workspace: worktree, dependencies: [check]"),
    );
    const { tasks, branch } = await runOf(folder);
    assert.deepEqual(
      tasks.map(({ output }: { output: unknown }) => output),
      ["", "built\nsite", "none"],
    );
    assert.equal(git(folder.path, "ls-tree", "--name-only", branch, "out/"), "");
  });

  it("does not bring back what a later task has removed, though artifacts name it", async () => {
    const folder = project(
      task(
        "write",
        "mkdir draft out; echo 1 > draft/a; echo 2 > out/b",
        "workspace: worktree, artifacts: [draft, out]",
      ) +
        task("publish", "git mv draft final", "workspace: worktree, dependencies: [write]") +
        task("last", "ls", "workspace: worktree, dependencies: [write, publish]"),
    );
    const { tasks, branch } = await runOf(folder);
    assert.equal(tasks.at(-1).output, "a.txt\nfinal\nout");
    assert.equal(git(folder.path, "ls-tree", "--name-only", branch), ".claude\n.gitignore\na.txt\nfinal");
  });

  it("fails when its artifacts are too large to be handed on, and is not merged", async () => {
    const more = "workspace: worktree, artifacts: ['out/**']";
    const folder = project(task("big", "mkdir out; head -c 2000 /dev/zero > out/a; echo x > x.txt", more));
    folder.write("decapod.yaml", "limits: { artifact_bytes: 1000 }\n");
    const { branch, tasks } = await runOf(folder, 1);
    assert.equal(tasks[0].error.class, "output_missing");
    assert.match(
      tasks[0].error.message,
      /artifacts of an attempt may have 1,000.*limits\.artifact_bytes.*2000 bytes: out/,
    );
    assert.equal(git(folder.path, "log", "--format=%s", `main..${branch}`), "");
  });

  it("that does not meet its criteria is not merged", async () => {
    const more = "workspace: worktree, success_criteria: ['n == 2']";
    const folder = project(task("bad", "echo x > x.txt; echo n=1 > $DECAPOD_OUTPUT", more));
    const { branch } = await runOf(folder, 1);
    assert.equal(git(folder.path, "log", "--format=%s", `main..${branch}`), "");
  });

  it("is removed as keep says", async () => {
    for (const [keep, exit, count] of [
      ["never", 1, 1],
      ["always", 0, 2],
      ["on_failure", 0, 1],
    ] as const) {
      const folder = project(
        task("a", `echo x > x.txt; exit ${exit}`, `workspace: { mode: worktree, keep: ${keep} }`),
      );
      await runOf(folder, exit);
      assert.equal(worktrees(folder), count, keep);
      const saved = git(
        folder.path,
        "for-each-ref",
        "--format=%(refname)",
        "refs/decapod/snapshots",
        "refs/decapod/work",
      );
      assert.equal(shown(folder, `${saved.split("\n")[0]}:x.txt`), "x", keep);
    }
  });

  it("G11: stays when it holds what was not committed, and says what", async () => {
    const folder = project(task("a", "echo KEY=12345678 > .env; echo x > x.txt"));
    const { branch, id } = await runOf(folder);
    assert.equal(git(folder.path, "ls-tree", "--name-only", branch), ".claude\n.gitignore\na.txt\nx.txt");
    assert.equal(worktrees(folder), 2);
    const { stdout } = await folder.run("show", id, "a");
    assert.match(stdout, /not committed: \.env looks like a secret/);
  });

  it("F57: whose change conflicts fails as git_merge_conflict, names the files, and its branch is kept", async () => {
    const folder = project(
      task("one", "echo 1 > a.txt") +
        task(
          "two",
          "until git log --branches --format=%s | grep -qx one; do sleep 0.05; done; echo two > a.txt",
        ),
    );
    const { branch, tasks, id } = await runOf(folder, 1);
    const { error } = tasks.find((one: { id: string }) => one.id === "two");
    const aside = `decapod/${id.slice(-8)}.two.1`;
    assert.equal(error.class, "git_merge_conflict");
    assert.equal(
      error.message,
      `Merge conflict detected, please resolve: a.txt (branch ${aside} into ${branch})`,
    );
    assert.equal(shown(folder, `${branch}:a.txt`), "1");
    assert.equal(shown(folder, `${aside}:a.txt`), "two");
    assert.match(git(folder.path, "for-each-ref", "refs/decapod/work/"), /two\.1/);
  });

  it("items of a foreach are merged in item order, however they end", async () => {
    const run =
      "echo $N > $N.txt; [ $N = 3 ] || until [ -e $OLD/done$((N+1)) ]; do sleep 0.02; done; touch $OLD/done$N";
    const folder = project(
      task(
        "a",
        run,
        'workspace: worktree, foreach: { items: [0, 1, 2, 3], as: n }, env: { N: "${n}", OLD: "${params.old}" }',
      ),
      "params: { old: { type: string } }\nsettings: { max_parallel: 4 }\n",
    );
    const old = join(folder.path, "out");
    folder.write("out/x", "");
    const ended = await folder.run("run", "w", "--json", "--var", `old=${old}`);
    assert.equal(ended.code, 0, ended.stderr);
    const branch = `decapod/${JSON.parse(ended.stdout).run.id.slice(-8)}`;
    assert.deepEqual(git(folder.path, "log", "--reverse", "--format=%s", `main..${branch}`).split("\n"), [
      "a[0]",
      "a[1]",
      "a[2]",
      "a[3]",
    ]);
  });

  it("with merge: none stays on a branch of its own; with commits the agent's own commits come along", async () => {
    const folder = project(
      task("apart", "echo x > x.txt", "workspace: { mode: worktree, merge: none }") +
        task(
          "along",
          "echo y > y.txt; git add y.txt; git -c user.name=A -c user.email=a@b commit -qm 'by the agent'",
          "workspace: { mode: worktree, merge: commits }",
        ),
    );
    const { branch, id } = await runOf(folder);
    assert.equal(shown(folder, `decapod/${id.slice(-8)}.apart.1:x.txt`), "x");
    assert.match(git(folder.path, "log", "--format=%s|%an", `main..${branch}`), /by the agent\|A/);
    assert.equal(git(folder.path, "ls-tree", "--name-only", branch), ".claude\n.gitignore\na.txt\ny.txt");
    assert.equal(worktrees(folder), 1);
  });

  it("G6: whose git pointer was changed is not touched any more", async () => {
    const folder = project(
      task("evil", "rm .git; mkdir -p ../evil; echo 'gitdir: ../evil' > .git; echo x > x.txt"),
    );
    const { tasks, id } = await runOf(folder, 4);
    assert.match(tasks[0].error.message, /^E_WORKTREE_TAMPERED /);
    const kept = join(folder.path, ".claude/worktrees/decapod", id, `${id.slice(-8)}.evil.1`);
    assert.ok(existsSync(join(kept, "x.txt")));
  });

  it("A18: a cached success puts its files back into the branch of the next run", async () => {
    const more = "workspace: worktree, cache: { key: k, paths: [made.txt] }";
    const folder = project(
      task("a", "echo x >> $OLD/count; echo made > made.txt", `${more}, env: { OLD: "\${params.old}" }`),
      "params: { old: { type: string } }\n",
    );
    folder.write("out/x", "");
    const old = join(folder.path, "out");
    for (const count of [1, 2]) {
      const ended = await folder.run("run", "w", "--json", "--var", `old=${old}`);
      const { run } = JSON.parse(ended.stdout);
      assert.equal(shown(folder, `decapod/${run.id.slice(-8)}:made.txt`), "made", `run ${count}`);
    }
    assert.equal(readFileSync(join(old, "count"), "utf8"), "x\n");
  });

  it("F58: says in plain words that there is no repository", async () => {
    const folder = freshFolder({ w: `name: w\ntasks:\n${task("a", "true")}` });
    const ended = await folder.run("run", "w");
    assert.match(ended.stderr + ended.stdout, /E_GIT .*lies in no git repository/);
    assert.notEqual(ended.code, 0);
  });

  it("makes none in a rehearsal", async () => {
    const folder = project(task("a", "true"));
    const ended = await folder.run("run", "w", "--rehearse");
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(git(folder.path, "for-each-ref", "refs/decapod"), "");
  });
});

describe("a run in a worktree", () => {
  const TOP = "settings: { workspace: { mode: worktree, branch: work/site } }\n";

  it("holds the shared tasks and what the others merged, and is gone when it has ended well", async () => {
    const folder = project(
      task("plan", "pwd; echo plan > plan.txt", "effect: idempotent") +
        task("api", "cat plan.txt; echo api > api.txt", "workspace: worktree, dependencies: [plan]") +
        task("check", "cat plan.txt api.txt; echo ok > ok.txt", "dependencies: [api]"),
      TOP,
    );
    await runOf(folder);
    assert.deepEqual(git(folder.path, "log", "--reverse", "--format=%s", "main..work/site").split("\n"), [
      "plan",
      "api",
      "check",
    ]);
    assert.equal(
      git(folder.path, "ls-tree", "--name-only", "work/site"),
      ".claude\n.gitignore\na.txt\napi.txt\nok.txt\nplan.txt",
    );
    assert.equal(worktrees(folder), 1);
    assert.ok(!existsSync(join(folder.path, "plan.txt")));
  });

  it("stays when the run fails", async () => {
    const folder = project(task("bad", "echo half > half.txt; exit 3", "effect: idempotent"), TOP);
    const { id } = await runOf(folder, 1);
    assert.deepEqual(readdirSync(join(folder.path, ".claude/worktrees/decapod", id)), [id.slice(-8)]);
  });

  it("is refused while somebody has its branch checked out", async () => {
    const folder = project(
      task("a", "echo x > x.txt", "effect: idempotent"),
      TOP.replace("work/site", "main"),
    );
    const { tasks } = await runOf(folder, 1);
    assert.match(tasks[0].error.message, /the run's branch main is checked out in /);
  });
});
