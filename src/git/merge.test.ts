import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { git, Rig, RUN, value, worker, write } from "../../test/support/repository.ts";
import { SCALE } from "../../test/support/scale.ts";
import { type ContentOptions, contentOf } from "./content.ts";
import { filesChanged, statOf } from "./diff.ts";
import { type Merged, mergeInto } from "./merge.ts";
import type { Worker } from "./names.ts";
import { checkedOutAt } from "./repository.ts";
import { commitTree, lastSnapshot, snapshot } from "./snapshot.ts";
import type { WorkTree } from "./tree.ts";
import { makeWorktree, removeWorktree, runBranch } from "./worktree.ts";

const BRANCH = "decapod/ab3d7k2m";
const AT_ONCE = SCALE === "commit" ? 12 : 32;

async function workOf(tree: WorkTree, who: Worker, options: ContentOptions): Promise<string> {
  const content = value(await contentOf(tree, options));
  return value(await commitTree(tree, { content, title: "work", worker: who, options }));
}

async function mergedWork(
  rig: Rig,
  who: Worker,
  work: string,
  start: string,
  way: "squash" | "commits" = "squash",
): Promise<Merged> {
  const merging = { worker: who, work, start, branch: BRANCH, way, title: `${who.task}` };
  return value(await mergeInto(rig.git, rig.repository.tree, merging));
}

const begin = async (rig: Rig) =>
  value(await runBranch(rig.making, { run: RUN, by: RUN, branch: BRANCH, base: null }));

describe("a worktree", () => {
  it("starts from a commit on a branch of its own, and the project sees nothing of it", async (t) => {
    const rig = new Rig(t);
    const tree = await rig.worktree(worker("build"));
    assert.equal(git(tree.root, "branch", "--show-current"), "decapod/ab3d7k2m.build.1");
    assert.equal(git(tree.root, "status", "--porcelain"), "");
    assert.equal(git(rig.project, "status", "--porcelain"), "");
    assert.equal(git(rig.project, "branch", "--show-current"), "main");
  });

  it("that is there already goes on as it was left", async (t) => {
    const rig = new Rig(t);
    const tree = await rig.worktree(worker("build"));
    write(tree.root, { "b.txt": "two\n" });
    await rig.worktree(worker("build"));
    assert.ok(existsSync(join(tree.root, "b.txt")));
  });

  it("F3: that an engine left half made is made anew", async (t) => {
    const rig = new Rig(t);
    const tree = await rig.worktree(worker("build"));
    writeFileSync(join(tree.gitFolder, "locked"), "initializing");
    rmSync(join(tree.root, "a.txt"));
    const again = await rig.worktree(worker("build"));
    assert.ok(existsSync(join(again.root, "a.txt")));
    assert.ok(!existsSync(join(again.gitFolder, "locked")));
  });

  it(`F56: ${AT_ONCE} are made at once, all of them, and no branch is left over`, async (t) => {
    const rig = new Rig(t);
    const [start, names] = [rig.head(), Array.from({ length: AT_ONCE }, (_, index) => worker(`t${index}`))];
    const trees = await Promise.all(names.map((one) => rig.worktree(one, start)));
    assert.equal(new Set(trees.map(({ root }) => root)).size, AT_ONCE);
    for (const tree of trees) {
      const name = `decapod/${tree.root.slice(tree.root.lastIndexOf("/") + 1)}`;
      value(await removeWorktree(rig.making, tree, { name, within: start }));
    }
    assert.equal(git(rig.project, "branch", "--format=%(refname:short)"), "main");
    assert.equal(git(rig.project, "worktree", "list").split("\n").length, 1);
  });

  it("F58: is refused in plain words where there is no repository or no commit", async (t) => {
    const rig = new Rig(t);
    rmSync(join(rig.project, ".git"), { recursive: true });
    assert.throws(() => rig.repository, /lies in no git repository/);
    git(rig.project, "init", "--quiet");
    const made = await runBranch(rig.making, { run: RUN, by: RUN, branch: BRANCH, base: null });
    assert.match(JSON.stringify(made), /E_GIT.*no commit yet/);
  });

  it("F58: works from a detached HEAD, in a shallow clone and below the root of its repository", async (t) => {
    const rig = new Rig(t, { "packages/site/a.txt": "one\n" });
    write(rig.project, { "packages/site/a.txt": "two\n" });
    git(rig.project, "commit", "--quiet", "-am", "second");
    git(rig.folder, "clone", "--quiet", "--depth=1", `file://${rig.project}`, "shallow");
    git(join(rig.folder, "shallow"), "checkout", "--quiet", "--detach");
    Object.assign(rig, { project: join(rig.folder, "shallow") });
    await begin(rig);
    const tree = await rig.worktree(worker("build"));
    write(tree.root, { "packages/site/a.txt": "three\n" });
    const work = await workOf(tree, worker("build"), rig.content);
    assert.equal((await mergedWork(rig, worker("build"), work, rig.head())).kind, "merged");
  });
});

describe("what a worktree holds", () => {
  it("is all but what git ignores; the index of the one at work stays untouched", async (t) => {
    const rig = new Rig(t, { "a.txt": "one\n", "old/b.txt": "b\n", ".gitignore": "out/\n" });
    const tree = await rig.worktree(worker("build"));
    write(tree.root, { "a.txt": "two\n", "new/c.txt": "c\n", "out/d.txt": "d\n", "ö ü\n.txt": "odd\n" });
    rmSync(join(tree.root, "old"), { recursive: true });
    const before = git(tree.root, "status", "--porcelain");
    const { tree: hash, leftOut } = value(await contentOf(tree, rig.content));
    assert.deepEqual(git(rig.project, "ls-tree", "-r", "-z", "--name-only", hash).split("\0"), [
      ".gitignore",
      "a.txt",
      "new/c.txt",
      "ö ü\n.txt",
      "",
    ]);
    assert.deepEqual(leftOut, []);
    assert.equal(git(tree.root, "status", "--porcelain"), before);
  });

  it("is also what changed in the second of its checkout without a change of size", async (t) => {
    const rig = new Rig(t);
    const tree = await rig.worktree(worker("build"));
    const [file, index] = [join(tree.root, "a.txt"), join(tree.gitFolder, "index")];
    // All of it a minute ago: the clock of the machine has no say.
    const second = Math.floor(Date.now() / 1000) - 60;
    utimesSync(file, second, second);
    git(tree.root, "-c", "core.trustctime=false", "update-index", "--refresh");
    writeFileSync(file, "two\n");
    utimesSync(file, second, second);
    utimesSync(index, second, second);
    git(rig.project, "config", "core.trustctime", "false");
    const { tree: hash } = value(await contentOf(tree, rig.content));
    assert.equal(git(rig.project, "cat-file", "-p", `${hash}:a.txt`), "two");
  });

  it("G10: holds links as links, also where a folder became one", async (t) => {
    const rig = new Rig(t, { "a.txt": "one\n", "dir/b.txt": "b\n" });
    const tree = await rig.worktree(worker("build"));
    write(rig.folder, { "secret/b.txt": "SECRET-BYTES" });
    rmSync(join(tree.root, "dir"), { recursive: true });
    symlinkSync(join(rig.folder, "secret"), join(tree.root, "dir"));
    symlinkSync(join(rig.folder, "secret/b.txt"), join(tree.root, "out"));
    const { tree: hash } = value(await contentOf(tree, rig.content));
    const listed = git(rig.project, "ls-tree", "-r", hash);
    assert.match(listed, /^120000 blob .*\tdir$/m);
    assert.match(listed, /^120000 blob .*\tout$/m);
    assert.equal(git(rig.project, "cat-file", "-p", `${hash}:out`), join(rig.folder, "secret/b.txt"));
  });

  it("G11: leaves out what looks like a secret and what is too large, and says so", async (t) => {
    const rig = new Rig(t, { ".env.example": "A=\n" });
    const tree = await rig.worktree(worker("build"));
    write(tree.root, {
      ".env": "KEY=12345678\n",
      "deploy/id_ed25519": "-----\n",
      "core.4711": "memory",
      ".env.example": "A=1\n",
      "large.bin": "x".repeat(1_000_001),
      "b.txt": "b\n",
    });
    const { tree: hash, leftOut } = value(await contentOf(tree, rig.content));
    assert.deepEqual(leftOut, [
      { path: ".env", why: "looks like a secret" },
      { path: "core.4711", why: "looks like a secret" },
      { path: "deploy/id_ed25519", why: "looks like a secret" },
      { path: "large.bin", why: "is too large" },
    ]);
    assert.equal(git(rig.project, "ls-tree", "-r", "--name-only", hash), ".env.example\nb.txt");
  });

  it("F60: leaves out what would fill the disk, and says so", async (t) => {
    const rig = new Rig(t);
    const tree = await rig.worktree(worker("build"));
    write(tree.root, { "b.bin": "x".repeat(2_000) });
    const files = { ...rig.content.files, freeBytes: () => 64 * 1024 * 1024 + 1_000 };
    const { leftOut } = value(await contentOf(tree, { ...rig.content, files }));
    assert.deepEqual(leftOut, [{ path: "b.bin", why: "finds no room on the disk" }]);
  });

  it("G9: leaves repositories inside it alone", async (t) => {
    const rig = new Rig(t);
    const tree = await rig.worktree(worker("build"));
    mkdirSync(join(tree.root, "inner"));
    git(join(tree.root, "inner"), "init", "--quiet");
    write(tree.root, {
      "inner/x.txt": "x\n",
      ".gitmodules": `[submodule "m"]\n\tpath = "m\\r"\n\turl = ext::sh -c "touch ${rig.canary}"\n`,
    });
    const { leftOut } = value(await contentOf(tree, rig.content));
    assert.deepEqual(leftOut, [{ path: "inner/", why: "is a repository of its own" }]);
    assert.ok(!existsSync(rig.canary));
  });
});

describe("what an agent did with the index of its worktree", () => {
  it("hides no change: assume-unchanged, skip-worktree, core.ignoreStat", async (t) => {
    const rig = new Rig(t, { "a.txt": "one\n", "b.txt": "one\n", "c.txt": "one\n" });
    git(rig.project, "config", "core.ignoreStat", "true");
    const tree = await rig.worktree(worker("build"));
    git(tree.root, "update-index", "--assume-unchanged", "a.txt");
    git(tree.root, "update-index", "--skip-worktree", "b.txt");
    write(tree.root, { "a.txt": "two, a\n", "b.txt": "two, b\n", "c.txt": "two, c\n" });
    const { tree: hash } = value(await contentOf(tree, rig.content));
    for (const name of ["a", "b", "c"])
      assert.equal(git(rig.project, "cat-file", "-p", `${hash}:${name}.txt`), `two, ${name}`);
    assert.match(git(tree.root, "ls-files", "-v"), /^h a\.txt\nS b\.txt/, "its own index is untouched");
  });

  for (const way of ["staged", "committed"] as const)
    it(`G9 G11: brings nothing in that is left out, be it ${way}`, async (t) => {
      const rig = new Rig(t, { "inner/before.txt": "x\n", "a.txt": "one\n", "server.key": "known\n" });
      const tree = await rig.worktree(worker("build"));
      const inner = join(tree.root, "sub");
      mkdirSync(inner);
      git(inner, "init", "--quiet");
      git(inner, "commit", "--quiet", "--allow-empty", "-m", "nowhere else");
      write(tree.root, { ".env": "KEY=1\n", "large.bin": "x".repeat(1_000_001), "b.txt": "b\n" });
      write(tree.root, { "server.key": "changed\n" });
      git(tree.root, "add", "-A");
      if (way === "committed") git(tree.root, "commit", "--quiet", "-m", "all");
      const { tree: hash, leftOut } = value(await contentOf(tree, rig.content));
      assert.deepEqual([...leftOut].map(({ path, why }) => `${path} ${why}`).sort(), [
        ".env looks like a secret",
        "large.bin is too large",
        "sub is a repository of its own",
      ]);
      const listed = git(rig.project, "ls-tree", "-r", "--name-only", hash);
      assert.equal(listed, "a.txt\nb.txt\ninner/before.txt\nserver.key");
      assert.equal(git(rig.project, "cat-file", "-p", `${hash}:server.key`), "changed");
    });

  it("G9: a submodule stays as it was; what lies in it is left out", async (t) => {
    const rig = new Rig(t);
    const inner = join(rig.project, "m");
    mkdirSync(inner);
    git(inner, "init", "--quiet");
    git(inner, "commit", "--quiet", "--allow-empty", "-m", "first");
    git(rig.project, "add", "m");
    git(rig.project, "commit", "--quiet", "-m", "with a submodule");
    const tree = await rig.worktree(worker("build"));
    assert.deepEqual(value(await contentOf(tree, rig.content)).leftOut, []);
    git(tree.root, "update-index", "--cacheinfo", `160000,${rig.head()},m`);
    write(tree.root, { "m/x.txt": "x\n" });
    const { tree: hash, leftOut } = value(await contentOf(tree, rig.content));
    assert.deepEqual(leftOut, [{ path: "m", why: "is a repository of its own" }]);
    assert.equal(hash, git(rig.project, "rev-parse", "HEAD^{tree}"));
    git(tree.root, "reset", "--quiet", "--hard");
    assert.equal(value(await contentOf(tree, rig.content)).leftOut.length, 1, "files in it alone");
  });

  it("loses nothing of a merge that conflicts: what one side deleted and lies there", async (t) => {
    const rig = new Rig(t, { "a.txt": "one\n", "b.txt": "one\n" });
    const tree = await rig.worktree(worker("build"));
    git(tree.root, "checkout", "--quiet", "-b", "other");
    git(tree.root, "rm", "--quiet", "a.txt");
    git(tree.root, "commit", "--quiet", "-m", "without");
    git(tree.root, "checkout", "--quiet", "-");
    write(tree.root, { "a.txt": "two\n" });
    git(tree.root, "commit", "--quiet", "-am", "changed");
    assert.throws(() => git(tree.root, "merge", "other"));
    assert.match(git(tree.root, "status", "--porcelain"), /^UD a\.txt$/m);
    const { tree: hash } = value(await contentOf(tree, rig.content));
    assert.equal(git(rig.project, "cat-file", "-p", `${hash}:a.txt`), "two");
  });
});

describe("a snapshot", () => {
  it("G12: stays reachable whatever is done to branch and history; the next stands beside it", async (t) => {
    const rig = new Rig(t);
    const tree = await rig.worktree(worker("build"));
    write(tree.root, { "b.txt": "two\n" });
    const first = value(await snapshot(tree, worker("build"), rig.content));
    assert.equal(value(await snapshot(tree, worker("build"), rig.content)).isNew, false, "nothing changed");
    git(tree.root, "reset", "--hard", "--quiet");
    rmSync(join(tree.root, "b.txt"));
    git(tree.root, "checkout", "--quiet", "--detach");
    git(rig.project, "branch", "-D", "decapod/ab3d7k2m.build.1");
    git(rig.project, "reflog", "expire", "--expire=now", "--all");
    git(rig.project, "gc", "--quiet", "--prune=now");
    assert.equal(git(rig.project, "show", `${first.commit}:b.txt`), "two");
    const second = value(await snapshot(tree, worker("build"), rig.content));
    assert.notEqual(second.commit, first.commit);
    const last = value(await lastSnapshot(tree, worker("build"), rig.content));
    assert.equal(last?.number, 2);
  });

  it("G13: is the engine's own, whatever user.name says", async (t) => {
    const rig = new Rig(t);
    const tree = await rig.worktree(worker("build"));
    git(rig.project, "config", "user.name", "Owner");
    write(tree.root, { "b.txt": "two\n" });
    const { commit } = value(await snapshot(tree, worker("build"), rig.content));
    assert.equal(
      git(rig.project, "log", "-1", "--format=%an|%cn|%ce", commit),
      "decapod|decapod|decapod@localhost",
    );
    assert.match(git(rig.project, "log", "-1", "--format=%B", commit), /^Decapod-Attempt: \w+\/build\/1$/m);
  });
});

describe("a merge", () => {
  it("brings the work of two into the run's branch, which nobody has checked out", async (t) => {
    const rig = new Rig(t);
    const start = await begin(rig);
    const [api, ui] = [await rig.worktree(worker("api")), await rig.worktree(worker("ui"))];
    write(api.root, { "api.txt": "api\n" });
    write(ui.root, { "ui.txt": "ui\n" });
    for (const [tree, who] of [
      [api, worker("api")],
      [ui, worker("ui")],
    ] as const) {
      const merged = await mergedWork(rig, who, await workOf(tree, who, rig.content), start);
      assert.equal(merged.kind, "merged");
    }
    assert.equal(git(rig.project, "ls-tree", "--name-only", BRANCH), "a.txt\napi.txt\nui.txt");
    assert.equal(git(rig.project, "log", "--format=%s|%cn", `main..${BRANCH}`), "ui|decapod\napi|decapod");
    assert.deepEqual(statOf(value(await filesChanged(rig.git, rig.repository.tree, start, BRANCH))), {
      files: 2,
      added: 2,
      removed: 0,
    });
  });

  it("keeps an agent's own commits when told to", async (t) => {
    const rig = new Rig(t);
    const start = await begin(rig);
    const tree = await rig.worktree(worker("api"));
    write(tree.root, { "api.txt": "api\n" });
    git(tree.root, "add", "-A");
    git(tree.root, "commit", "--quiet", "-m", "by the agent");
    write(tree.root, { "api.txt": "api 2\n" });
    const work = await workOf(tree, worker("api"), rig.content);
    assert.equal((await mergedWork(rig, worker("api"), work, start, "commits")).kind, "merged");
    const listed = git(rig.project, "log", "--format=%s|%cn", `main..${BRANCH}`).split("\n").sort();
    assert.deepEqual(listed, ["api|decapod", "by the agent|Kim", "work|decapod"]);
    assert.equal(git(rig.project, "show", `${BRANCH}:api.txt`), "api 2");
  });

  it("F57: of two that changed one line is a conflict that names the file, and moves nothing", async (t) => {
    const rig = new Rig(t);
    const start = await begin(rig);
    const [one, two] = [await rig.worktree(worker("one")), await rig.worktree(worker("two"))];
    write(one.root, { "a.txt": "by one\n", "dir/same.txt": "1\n" });
    write(two.root, { "a.txt": "by two\n", "dir/same.txt": "2\n" });
    await mergedWork(rig, worker("one"), await workOf(one, worker("one"), rig.content), start);
    const tip = git(rig.project, "rev-parse", BRANCH);
    const conflict = await mergedWork(
      rig,
      worker("two"),
      await workOf(two, worker("two"), rig.content),
      start,
    );
    assert.deepEqual(conflict, { kind: "conflict", paths: ["a.txt", "dir/same.txt"] });
    assert.equal(git(rig.project, "rev-parse", BRANCH), tip);
  });

  it("F3: that was made before a crash is seen, and not made again", async (t) => {
    const rig = new Rig(t);
    const start = await begin(rig);
    const tree = await rig.worktree(worker("api"));
    write(tree.root, { "api.txt": "api\n" });
    const work = await workOf(tree, worker("api"), rig.content);
    await mergedWork(rig, worker("api"), work, start);
    // Taken back by a later one: merging again would bring it in again.
    const other = await rig.worktree(worker("other"), git(rig.project, "rev-parse", BRANCH));
    rmSync(join(other.root, "api.txt"));
    await mergedWork(rig, worker("other"), await workOf(other, worker("other"), rig.content), start);
    const tip = git(rig.project, "rev-parse", BRANCH);
    assert.deepEqual(await mergedWork(rig, worker("api"), work, start), { kind: "nothing", to: tip });
    // By the trailer alone: the same work of another attempt comes in again.
    assert.equal((await mergedWork(rig, worker("api", 2), work, start)).kind, "merged");
  });

  it("is not taken for made because an agent wrote a trailer", async (t) => {
    const rig = new Rig(t);
    const start = await begin(rig);
    const [liar, honest] = [await rig.worktree(worker("liar")), await rig.worktree(worker("honest"))];
    write(liar.root, { "l.txt": "l\n" });
    git(liar.root, "add", "-A");
    git(liar.root, "commit", "--quiet", "-m", `x\n\nDecapod-Attempt: ${RUN}/honest/1`);
    await mergedWork(rig, worker("liar"), await workOf(liar, worker("liar"), rig.content), start, "commits");
    write(honest.root, { "h.txt": "h\n" });
    const merged = await mergedWork(
      rig,
      worker("honest"),
      await workOf(honest, worker("honest"), rig.content),
      start,
    );
    assert.equal(merged.kind, "merged");
  });
});

describe("the run's branch", () => {
  it("is checked out as it stands, also when a merge came meanwhile", async (t) => {
    const rig = new Rig(t);
    const start = await begin(rig);
    const tree = await rig.worktree(worker("api"));
    write(tree.root, { "api.txt": "api\n" });
    await mergedWork(rig, worker("api"), await workOf(tree, worker("api"), rig.content), start);
    const tip = git(rig.project, "rev-parse", BRANCH);
    const own = { run: RUN, task: null, attempt: 0 };
    const made = await makeWorktree(rig.making, own, {
      folder: rig.folderOf("ab3d7k2m"),
      start,
      branch: BRANCH,
    });
    assert.equal(git(value(made).root, "rev-parse", "HEAD"), tip);
    assert.equal(git(rig.project, "rev-parse", BRANCH), tip);
    assert.equal(git(value(made).root, "branch", "--show-current"), BRANCH);
  });

  it("is refused when it leads to another branch, which stays where it is", async (t) => {
    const rig = new Rig(t);
    const start = await begin(rig);
    const tree = await rig.worktree(worker("api"));
    write(tree.root, { "api.txt": "api\n" });
    const work = await workOf(tree, worker("api"), rig.content);
    git(rig.project, "update-ref", "-d", `refs/heads/${BRANCH}`);
    git(rig.project, "symbolic-ref", `refs/heads/${BRANCH}`, "refs/heads/main");
    const merging = {
      worker: worker("api"),
      work,
      start,
      branch: BRANCH,
      way: "squash",
      title: "t",
    } as const;
    const refused = await mergeInto(rig.git, rig.repository.tree, merging);
    assert.match(JSON.stringify(refused), /E_GIT.*symbolic ref: it leads to refs\/heads\/main/);
    const again = await runBranch(rig.making, { run: RUN, by: RUN, branch: BRANCH, base: null });
    assert.match(JSON.stringify(again), /E_GIT.*symbolic ref/);
    assert.equal(rig.head(), start);
  });

  it("is found checked out by another spelling where the system knows no case", async (t) => {
    const rig = new Rig(t);
    const { common } = rig.repository;
    git(rig.project, "config", "core.ignorecase", "false");
    assert.equal(checkedOutAt(rig.making.files, common, "MAIN"), null);
    git(rig.project, "config", "core.ignorecase", "true");
    assert.equal(checkedOutAt(rig.making.files, common, "MAIN"), rig.project);
  });
});

describe("removing a worktree", () => {
  it("keeps its branch when that holds what the work does not", async (t) => {
    const rig = new Rig(t);
    const tree = await rig.worktree(worker("build"));
    git(tree.root, "commit", "--quiet", "--allow-empty", "-m", "aside");
    git(tree.root, "checkout", "--quiet", "--detach", "HEAD^");
    const name = "decapod/ab3d7k2m.build.1";
    const removed = await removeWorktree(rig.making, tree, { name, within: rig.head() });
    assert.equal(value(removed), "branch kept");
    assert.equal(git(rig.project, "log", "-1", "--format=%s", name), "aside");
  });

  it("leaves one of a person alone, whose disk is not there now", async (t) => {
    const rig = new Rig(t);
    const elsewhere = join(rig.folder, "usb");
    git(rig.project, "worktree", "add", "--quiet", "-b", "mine", elsewhere);
    rmSync(elsewhere, { recursive: true });
    const tree = await rig.worktree(worker("build"));
    rmSync(tree.root, { recursive: true });
    await rig.worktree(worker("build"));
    assert.ok(existsSync(join(rig.project, ".git/worktrees/usb")));
  });

  it("G6: is refused once its pointer was changed, and everything stays", async (t) => {
    const rig = new Rig(t);
    const tree = await rig.worktree(worker("build"));
    git(rig.folder, "init", "--quiet", "evil");
    writeFileSync(join(tree.root, ".git"), `gitdir: ${rig.folder}/evil/.git\n`);
    const removed = await removeWorktree(rig.making, tree, null);
    assert.match(JSON.stringify(removed), /E_WORKTREE_TAMPERED/);
    assert.ok(existsSync(join(tree.root, "a.txt")));
    const folder = rig.folderOf("ab3d7k2m.build.1");
    const again = await makeWorktree(rig.making, worker("build"), { folder, start: rig.head() });
    assert.match(JSON.stringify(again), /E_WORKTREE_TAMPERED/);
    assert.ok(existsSync(join(tree.root, "a.txt")));
  });
});
