/** A repository that somebody prepared so that git runs their programs (reliability.md G1–G8). */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { codeOf, git, Rig, RUN, value, worker, write } from "../../test/support/repository.ts";
import { NOT_WITH_EVERY_COMMIT } from "../../test/support/scale.ts";
import { heldClock, realClock } from "../port/clock.ts";
import { realFiles } from "../port/files.ts";
import { sha256 } from "../port/hash.ts";
import { contentOf } from "./content.ts";
import { Git } from "./git.ts";
import { mergeInto } from "./merge.ts";
import { checkedOutAt, findRepository } from "./repository.ts";
import { commitTree, snapshot } from "./snapshot.ts";
import { removeWorktree, runBranch } from "./worktree.ts";

const BRANCH = "decapod/ab3d7k2m";
const POINTER = "version https://git-lfs.github.com/spec/v1\n";

/** Everything that is ever done to a repository. */
async function everything(rig: Rig): Promise<void> {
  const who = worker("build");
  const start = value(await runBranch(rig.making, { run: RUN, by: RUN, branch: BRANCH, base: null }));
  const tree = await rig.worktree(who);
  write(tree.root, { "a.md": "changed\n", "b.md": "new\n" });
  value(await snapshot(tree, who, rig.content));
  const content = value(await contentOf(tree, rig.content));
  const work = value(await commitTree(tree, { content, title: "work", worker: who, options: rig.content }));
  const merging = { worker: who, work, start, branch: BRANCH, way: "squash", title: "t" } as const;
  assert.equal(value(await mergeInto(rig.git, rig.repository.tree, merging)).kind, "merged");
  const gone = { name: "decapod/ab3d7k2m.build.1", within: work };
  assert.equal(value(await removeWorktree(rig.making, tree, gone)), "removed");
}

const HOOKS =
  `applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg
  post-commit pre-rebase post-checkout post-merge pre-push pre-receive update post-receive post-update
  reference-transaction push-to-checkout pre-auto-gc post-rewrite sendemail-validate post-index-change`.split(
    /\s+/,
  );

function plant(file: string, canary: string): void {
  writeFileSync(file, `#!/bin/sh\ntouch ${canary}\n`);
  chmodSync(file, 0o755);
}

describe("a hostile repository", () => {
  it("G1: has an fsmonitor, and it is not run", async (t) => {
    const rig = new Rig(t, { "a.md": "one\n" });
    plant(join(rig.folder, "monitor"), rig.canary);
    git(rig.project, "config", "core.fsmonitor", join(rig.folder, "monitor"));
    await everything(rig);
    assert.ok(!existsSync(rig.canary));
  });

  for (const place of [".git/hooks", ".husky"]) {
    it(`G2: has every hook in ${place}, and none is run`, async (t) => {
      const rig = new Rig(t, { "a.md": "one\n" });
      mkdirSync(join(rig.project, place), { recursive: true });
      for (const hook of HOOKS) plant(join(rig.project, place, hook), rig.canary);
      if (place === ".husky") git(rig.project, "config", "core.hooksPath", ".husky");
      await everything(rig);
      assert.ok(!existsSync(rig.canary));
    });
  }

  it("G3: has filters for its files: refused by name, and none is run", async (t) => {
    const rig = new Rig(t, { "a.md": "one\n", ".gitattributes": "*.md filter=x diff=x merge=x\n" });
    const tree = await rig.worktree(worker("build"));
    for (const kind of ["clean", "smudge", "process"]) {
      git(rig.project, "config", `filter.x.${kind}`, `touch ${rig.canary}`);
      write(tree.root, { "a.md": "changed\n" });
      const refused = await contentOf(tree, rig.content);
      assert.equal(codeOf(refused), "E_GIT_CONFIG");
      assert.match(JSON.stringify(refused), new RegExp(`filter\\.x\\.${kind}`));
      git(rig.project, "config", "--unset", `filter.x.${kind}`);
    }
    assert.ok(!existsSync(rig.canary));
    assert.ok((await contentOf(tree, rig.content)).ok, "and goes on once they are gone");
  });

  it("G3: has the filters of Git LFS in its settings: none is run, and pointers stay pointers", async (t) => {
    const attributes = "*.bin filter=lfs diff=lfs merge=lfs -text\n*.md filter=lfs\n";
    const rig = new Rig(t, { "a.md": POINTER, "b.bin": POINTER, ".gitattributes": attributes });
    for (const kind of ["clean", "smudge", "process"])
      git(rig.project, "config", `filter.lfs.${kind}`, `touch ${rig.canary}`);
    git(rig.project, "config", "filter.lfs.required", "true");
    git(rig.project, "config", "lfs.https://example.org/x.git/info/lfs.access", "basic");
    const tree = await rig.worktree(worker("build"));
    assert.equal(readFileSync(join(tree.root, "b.bin"), "utf8"), POINTER);
    write(tree.root, {
      "a.md": `${POINTER}size 2\n`,
      "b.bin": "large\n",
      "new.bin": "large\n",
      "c.txt": "c\n",
    });
    const { tree: hash, leftOut } = value(await contentOf(tree, rig.content));
    const why = "belongs to Git LFS, which does not run";
    assert.deepEqual(leftOut, [
      { path: "b.bin", why },
      { path: "new.bin", why },
    ]);
    assert.equal(git(rig.project, "cat-file", "-p", `${hash}:b.bin`), POINTER.trim());
    assert.equal(git(rig.project, "cat-file", "-p", `${hash}:a.md`), `${POINTER}size 2`);
    assert.match(git(rig.project, "ls-tree", "--name-only", hash), /^c\.txt$/m);
    assert.ok(!existsSync(rig.canary));
    for (const key of ["filter.LFS.clean", "lfs.customtransfer.x.path", "lfs.extension.x.clean"]) {
      git(rig.project, "config", key, "x");
      assert.equal(codeOf(await contentOf(tree, rig.content)), "E_GIT_CONFIG", key);
      git(rig.project, "config", "--unset", key);
    }
  });

  it("G3: pointers that an agent staged come along once the files lie in the store of LFS, as they are", {
    skip: NOT_WITH_EVERY_COMMIT,
  }, async (t) => {
    const rig = new Rig(t, { ".gitattributes": "*.bin filter=lfs\n" });
    const tree = await rig.worktree(worker("build"));
    write(tree.root, { "new.bin": "large\n" });
    // As its own git lfs does it, when the person has one.
    const id = sha256("large\n");
    const pointer = `${POINTER}oid sha256:${id}\nsize 6\n`;
    write(rig.folder, { pointer });
    git(tree.root, "-c", `filter.lfs.clean=cat ${join(rig.folder, "pointer")}`, "add", "new.bin");
    const held = [{ path: "new.bin", why: "belongs to Git LFS, which does not run" }];
    const leftOut = async (more = {}) => value(await contentOf(tree, { ...rig.content, ...more })).leftOut;
    assert.deepEqual(await leftOut(), held, "the pointer alone is no file");
    const stored = `.git/lfs/objects/${id.slice(0, 2)}/${id.slice(2, 4)}/${id}`;
    write(rig.project, { [stored]: "LARGE\n" });
    assert.deepEqual(await leftOut(), held, "another file");
    write(rig.project, { [stored]: "large\n" });
    const readBytes = () => assert.fail("it is read by git alone, however large it is");
    const files = { ...realFiles, readBytes };
    assert.deepEqual(await leftOut({ files }), []);
    assert.deepEqual(await leftOut({ files, fileBytesMax: 5 }), held, "it is not looked at");
    const { tree: hash } = value(await contentOf(tree, rig.content));
    assert.equal(git(rig.project, "cat-file", "-p", `${hash}:new.bin`), pointer.trim());
    renameSync(join(rig.project, ".git/lfs"), join(tree.root, "lfs"));
    symlinkSync(join(tree.root, "lfs"), join(rig.project, ".git/lfs"));
    assert.deepEqual(await leftOut(), held, "the store would go with the worktree");
    rmSync(join(rig.project, ".git/lfs"));
    renameSync(join(tree.root, "lfs"), join(rig.project, ".git/lfs"));
    write(tree.root, { "new.bin": "LARGE\n" });
    assert.deepEqual(await leftOut(), held, "it was changed since");
  });

  const PROGRAMS: readonly (readonly [string, string])[] = [
    ...["diff.external", "diff.x.textconv", "diff.x.command", "merge.x.driver"].map(
      (key) => ["G4", key] as const,
    ),
    ...[
      "core.sshCommand",
      "core.pager",
      "core.editor",
      "CORE.EDITOR",
      "core.gitProxy",
      "core.alternateRefsCommand",
      "credential.helper",
      "credential.https://x.helper",
      "gpg.program",
      "gpg.ssh.program",
      "sequence.editor",
      "alias.status",
      "url.ext::.insteadOf",
      "include.path",
      "includeIf.gitdir:/.path",
      "remote.origin.uploadpack",
      "remote.origin.vcs",
      "submodule.m.update",
      "trailer.x.cmd",
      "Pager.log",
      "browser.x.cmd",
      "fsmonitor.x",
    ].map((key) => ["G5", key] as const),
  ];
  it("G4 G5: names programs in its settings: each is refused by its name, and none is run", async (t) => {
    const rig = new Rig(t, { "a.md": "one\n" });
    const tree = await rig.worktree(worker("build"));
    const config = join(rig.project, ".git/config");
    const good = realFiles.readText(config);
    for (const [id, key] of PROGRAMS) {
      git(rig.project, "config", "--file", config, key, `!touch ${rig.canary}`);
      const refused = await contentOf(tree, rig.content);
      assert.equal(codeOf(refused), "E_GIT_CONFIG", `${id} ${key}`);
      assert.ok(JSON.stringify(refused).toLowerCase().includes(key.toLowerCase().slice(0, 8)), key);
      writeFileSync(config, good);
    }
    git(rig.project, "config", "extensions.worktreeConfig", "true");
    writeFileSync(join(tree.gitFolder, "config.worktree"), `[core]\n\tpager = touch ${rig.canary}\n`);
    assert.equal(codeOf(await contentOf(tree, rig.content)), "E_GIT_CONFIG", "that of the worktree too");
    assert.ok(!existsSync(rig.canary));
  });

  it("has settings as people have them, and is worked with", async (t) => {
    const rig = new Rig(t, { "a.md": "one\n" });
    const usual = {
      "remote.origin.url": "git@example.org:a/b.git",
      "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
      "branch.main.remote": "origin",
      "branch.main.merge": "refs/heads/main",
      "user.email": "kim@example.org",
      "commit.gpgsign": "true",
      "pull.rebase": "true",
      "core.autocrlf": "input",
      "core.hooksPath": ".husky/_",
      "branch.main.vscode-merge-base": "origin/main",
    };
    for (const [key, text] of Object.entries(usual)) git(rig.project, "config", key, text);
    await everything(rig);
  });

  it("G7: a base that looks like an option is looked up as a name", async (t) => {
    const rig = new Rig(t);
    for (const base of [`--output=${rig.canary}`, "-h", "--all"]) {
      const made = await runBranch(rig.making, { run: RUN, by: RUN, branch: BRANCH, base });
      assert.equal(codeOf(made), "E_REF", base);
    }
    assert.ok(!existsSync(rig.canary));
  });

  it("G8: promises objects from a remote that is a program, and it is not run", async (t) => {
    const rig = new Rig(t, { "a.md": "one\n" });
    const config = {
      "remote.origin.url": `ext::sh -c touch% ${rig.canary}`,
      "remote.origin.promisor": "true",
    };
    for (const [key, text] of Object.entries(config)) git(rig.project, "config", key, text);
    git(rig.project, "config", "core.repositoryformatversion", "1");
    git(rig.project, "config", "extensions.partialClone", "origin");
    const blob = git(rig.project, "rev-parse", "HEAD:a.md");
    rmSync(join(rig.project, ".git/objects", blob.slice(0, 2), blob.slice(2)));
    const answer = await rig.git.read(rig.repository.tree, ["cat-file", "-p", blob]);
    assert.equal(codeOf(answer), "E_GIT", "F58: a missing object is said");
    assert.ok(!existsSync(rig.canary));
  });

  it("has pipes and folders where git has small files: refused, and nothing waits for them", async (t) => {
    const rig = new Rig(t, { "a.md": "one\n" });
    const tree = await rig.worktree(worker("build"));
    const put = (path: string, kind: "pipe" | "folder") => {
      rmSync(path, { force: true, recursive: true });
      if (kind === "pipe") execFileSync("/usr/bin/mkfifo", [path]);
      else mkdirSync(path);
    };
    for (const kind of ["pipe", "folder"] as const) {
      const extra = join(tree.gitFolder, "config.worktree");
      put(extra, kind);
      const refused = await contentOf(tree, rig.content);
      assert.match(JSON.stringify(refused), /E_GIT_CONFIG.*no file of settings/);
      rmSync(extra, { recursive: true });
      put(join(tree.gitFolder, "HEAD"), kind);
      assert.equal(checkedOutAt(realFiles, tree.common, "decapod/ab3d7k2m.build.1"), null);
      put(join(tree.gitFolder, "commondir"), kind);
      assert.equal(codeOf(findRepository(realFiles, tree.root)), "E_GIT");
      put(join(tree.gitFolder, "gitdir"), kind);
      assert.equal(codeOf(await removeWorktree(rig.making, tree, null)), "E_WORKTREE_TAMPERED");
    }
  });

  it("C6: has a program called git, and it is not run", async (t) => {
    const rig = new Rig(t, { "a.md": "one\n" });
    plant(join(rig.project, "git"), rig.canary);
    const ports = {
      files: realFiles,
      clock: heldClock(),
      untrusted: [rig.project],
      folder: join(rig.state, "git"),
    };
    const careful = new Git({ ...ports, path: `${rig.project}:${process.env.PATH}` });
    assert.ok((await careful.read(rig.repository.tree, ["rev-parse", "HEAD"])).ok);
    assert.ok(!existsSync(rig.canary));
    const alone = new Git({ ...ports, path: rig.project });
    const missing = await alone.read(rig.repository.tree, ["rev-parse", "HEAD"]);
    assert.match(JSON.stringify(missing), /E_GIT.*git is not on this machine/);
  });
});

describe("what is written", () => {
  it("is on the disk before anything is removed for it", async (t) => {
    const rig = new Rig(t);
    const [programs, trace] = [join(rig.folder, "programs"), join(rig.folder, "trace")];
    mkdirSync(programs);
    const real = `PATH=${process.env.PATH} GIT_TRACE2_EVENT=${trace} exec git "$@"`;
    writeFileSync(join(programs, "git"), `#!/bin/sh\n${real}\n`, { mode: 0o755 });
    const folder = join(rig.state, "git");
    const seen = new Git({ files: realFiles, clock: realClock, path: programs, untrusted: [], folder });
    const argv = ["hash-object", "-w", "--stdin"];
    value(await seen.read(rig.repository.tree, argv, { input: "some\n" }));
    assert.match(readFileSync(trace, "utf8"), /fsync\/hardware-flush","value":"?[1-9]/);
  });
});

describe("a lock of git", () => {
  it("F55: of somebody else is waited for; it is named and never removed when it stays", async (t) => {
    const rig = new Rig(t);
    const lock = join(rig.project, ".git/refs/heads/x.lock");
    writeFileSync(lock, "");
    const clock = heldClock();
    const ports = {
      files: realFiles,
      path: process.env.PATH ?? "",
      untrusted: [],
      folder: join(rig.state, "git"),
    };
    let waits = 0;
    const waiting = {
      ...clock,
      after: (delayMs: number, call: () => void) => {
        waits += 1;
        clock.advance(delayMs);
        queueMicrotask(call);
        return () => {};
      },
    };
    const patient = new Git({ ...ports, clock: waiting });
    const argv = ["update-ref", "refs/heads/x", rig.head()];
    const refused = await patient.read(rig.repository.tree, argv);
    assert.match(JSON.stringify(refused), /E_GIT.*waited 60 s for .*x\.lock/);
    assert.ok(waits > 10 && existsSync(lock));
    const freeing = {
      ...waiting,
      after: (delayMs: number, call: () => void) => {
        rmSync(lock);
        return waiting.after(delayMs, call);
      },
    };
    const free = new Git({ ...ports, clock: freeing });
    assert.ok((await free.read(rig.repository.tree, argv)).ok);
  });
});
