/** Groups in git worktrees (formats.md 1.9): what stands in the repository afterwards. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { git, makeRepository } from "../support/repository.ts";
import { type Folder, freshFolder } from "./decapod.ts";

function project(tasks: string, top = ""): Folder {
  const folder = freshFolder({ w: `name: w\n${top}tasks:\n${tasks}` });
  makeRepository(folder.path, { ".gitignore": "/go*\n/begun*\n", "a.txt": "one\n" });
  return folder;
}

const task = (id: string, run: string, more = "") =>
  `{ id: ${id}, agent: shell, parameters: { run: ${JSON.stringify(run)} }${more} }`;

const group = (id: string, tasks: readonly string[], more = "workspace: worktree") =>
  `  - { id: ${id}, agent: group, parameters: { tasks: [${tasks.join(", ")}] }, ${more} }\n`;

async function runOf(folder: Folder, code = 0, ...words: readonly string[]) {
  const ended = await folder.run("run", "w", "--json", ...words);
  assert.equal(ended.code, code, ended.stderr + ended.stdout);
  const { run } = JSON.parse(ended.stdout);
  return { id: run.id as string, branch: `decapod/${run.id.slice(-8)}`, tasks: run.tasks, run };
}

const branches = (folder: Folder) => git(folder.path, "branch", "--format=%(refname:short)").split("\n");
const shown = (folder: Folder, what: string) => git(folder.path, "show", what);
const subjects = (folder: Folder, span: string) =>
  git(folder.path, "log", "--reverse", "--first-parent", "--format=%s", span).split("\n");
const worktrees = (folder: Folder) =>
  git(folder.path, "worktree", "list", "--porcelain").match(/^worktree /gm)?.length;

describe("a group in a worktree", () => {
  it("has its tasks work together there, and is merged as one when all of it has succeeded", async () => {
    const folder = project(
      group("chain", [
        task("edit", "echo draft > page.md"),
        task("apart", "cat page.md; echo more >> page.md", ", dependencies: [edit], workspace: worktree"),
        task("review", "cat page.md; echo ok >> page.md", ", dependencies: [apart]"),
      ]).concat(`  - ${task("after", "cat page.md", ", dependencies: [chain], workspace: worktree")}\n`),
    );
    const { branch, id, tasks } = await runOf(folder);
    assert.equal(shown(folder, `${branch}:page.md`), "draft\nmore\nok");
    assert.deepEqual(subjects(folder, `main..${branch}`), ["chain"]);
    assert.equal(tasks.at(-1).output, "draft\nmore\nok", "what depends on it begins with its work");
    assert.deepEqual(branches(folder).sort(), [branch, "main"]);
    assert.equal(worktrees(folder), 1, "what was merged is gone");
    assert.ok(!existsSync(join(folder.path, "page.md")));
    const { stdout } = await folder.run("show", id, "chain");
    assert.match(stdout, new RegExp(`merged into ${branch}: 1 file, \\+3 −0`));
    const [, child = ""] = /run (\w{26})/.exec(stdout) ?? [];
    assert.match((await folder.run("diff", child)).stdout, /\+draft\n\+more\n\+ok\n/);
    assert.match((await folder.run("diff", id, "chain")).stdout, /\+draft\n\+more\n\+ok\n/);
    assert.equal(git(folder.path, "fsck", "--no-dangling"), "");
  });

  it("of which a task fails is merged nowhere: its branch and its worktree stay", async () => {
    const folder = project(
      group("chain", [task("edit", "echo x > x.txt"), task("bad", "exit 3", ", dependencies: [edit]")]),
    );
    const { branch, tasks } = await runOf(folder, 1);
    assert.equal(tasks[0].error.class, "child_failed");
    const own = branches(folder).filter((name) => name !== "main" && name !== branch);
    assert.equal(own.length, 1, branches(folder).join(" "));
    assert.equal(shown(folder, `${own[0]}:x.txt`), "x");
    assert.equal(git(folder.path, "log", "--format=%s", `main..${branch}`), "");
    assert.equal(worktrees(folder), 2);
  });
});

describe("items that are groups in worktrees", () => {
  const items = (run: string, more = "") =>
    group(
      "g",
      [
        task("edit", run, ', env: { N: "${n}" }'),
        task("test", "grep -q . $N.txt", ', dependencies: [edit], env: { N: "${n}" }'),
      ],
      `workspace: worktree, foreach: { items: [0, 1, 2, 3], as: n, on_failure: continue${more} }`,
    );
  const PARALLEL = "settings: { max_parallel: 4 }\n";

  it("are merged in item order, however they end; what failed or conflicts is not, and its branch stays", async () => {
    // Each waits for the one after it, so that they end in reverse.
    const wait = `[ $N = 3 ] || until [ -e ${"$OLD"}/go$((N+1)) ]; do sleep 0.02; done`;
    const run = `case $N in 1) echo 1 > a.txt;; 2) exit 3;; 3) echo three > a.txt;; esac; echo $N > $N.txt; ${wait}; touch $OLD/go$N`;
    const folder = project(
      items(run.replace("exit 3", "touch $OLD/go2; exit 3")).replace(
        'N: "${n}" } }, {',
        'N: "${n}", OLD: "${params.old}" } }, {',
      ),
      `params: { old: { type: string } }\n${PARALLEL}`,
    );
    const { branch, tasks } = await runOf(folder, 1, "--var", `old=${folder.path}`);
    assert.deepEqual(subjects(folder, `main..${branch}`), ["g[0]", "g[1]"]);
    assert.deepEqual(
      tasks
        .filter(({ id }: { id: string }) => id.includes("["))
        .map(({ id, error }: { id: string; error: { class: string } | null }) => [id, error?.class ?? null]),
      [
        ["g[0]", null],
        ["g[1]", null],
        ["g[2]", "child_failed"],
        ["g[3]", "git_merge_conflict"],
      ],
    );
    const { error } = tasks.find(({ id }: { id: string }) => id === "g[3]");
    const [, aside = ""] =
      /^Merge conflict detected, please resolve: a\.txt \(branch (\S+) into (\S+)\)$/.exec(error.message) ??
      [];
    assert.equal(shown(folder, `${aside}:a.txt`), "three");
    assert.equal(shown(folder, `${branch}:a.txt`), "1");
    assert.equal(branches(folder).length, 4, "main, the run's, and those of the two that are not merged");
    assert.equal(worktrees(folder), 3);
  });

  it("run again when the run is retried: what was merged stays, what conflicted begins from there", async () => {
    const folder = project(
      items(
        'if [ $N -gt 1 ] && [ ! -e ${"$OLD"}/go ]; then exit 3; fi; echo $N >> all.txt; echo $N > $N.txt'.replace(
          '${"$OLD"}',
          "$OLD",
        ),
        ", max_parallel: 1",
      ).replaceAll('N: "${n}" } }, {', 'N: "${n}", OLD: "${params.old}" } }, {'),
      "params: { old: { type: string } }\n",
    );
    const { branch, id } = await runOf(folder, 1, "--var", `old=${folder.path}`);
    assert.deepEqual(subjects(folder, `main..${branch}`), ["g[0]", "g[1]"]);
    folder.write("go", "");
    const again = await folder.run("retry", id);
    assert.equal(again.code, 0, again.stderr);
    assert.equal(shown(folder, `${branch}:all.txt`).split("\n").at(-1), "3");
    for (const n of [0, 1, 2, 3]) assert.equal(shown(folder, `${branch}:${n}.txt`), String(n));
  });
});

describe("groups inside groups, and called workflows", () => {
  it("are merged each into the branch around it, also from below one that has none", async () => {
    const pair = (id: string, file: string) => {
      const tasks = [
        task(`${id}1`, `echo a > ${file}`),
        task(`${id}2`, `echo b >> ${file}`, `, dependencies: [${id}1]`),
      ];
      const more = "workspace: { mode: worktree, merge: commits }";
      return `{ id: ${id}, agent: group, ${more}, parameters: { tasks: [${tasks.join(", ")}] } }`;
    };
    const folder = project(
      group("outer", [
        pair("inner", "in.txt"),
        task("c", "cat in.txt; echo c > c.txt", ", dependencies: [inner]"),
      ]) + group("plain", [pair("within", "other.txt")], "dependencies: [outer]"),
    );
    const { branch } = await runOf(folder);
    assert.equal(shown(folder, `${branch}:in.txt`), "a\nb");
    assert.equal(shown(folder, `${branch}:other.txt`), "a\nb");
    assert.deepEqual(subjects(folder, `main..${branch}`), ["outer", "within"]);
    assert.match(
      git(folder.path, "log", "--topo-order", "--format=%s", `main..${branch}`),
      /^within\nwithin2\nwithin1\nouter$/,
    );
    assert.deepEqual(branches(folder).sort(), [branch, "main"]);
  });

  it("start from the branch around them, and are merged as their file says, or the task that calls them", async () => {
    const call = (id: string, more: string) =>
      `  - { id: ${id}, agent: workflow, parameters: { name: site }, ${more} }\n`;
    const folder = project(
      `  - ${task("first", "echo 1 > first.txt", ", workspace: worktree")}\n` +
        call("own", "dependencies: [first]") +
        call("told", "dependencies: [own], workspace: worktree"),
    );
    const named = "settings: { workspace: { mode: worktree, branch: 'work/${workflow.name}' } }\n";
    const child = (top: string) =>
      `name: site\n${top}tasks:\n  - ${task("x", "cat first.txt; echo x >> x.txt")}\n`;
    folder.write(".claude/workflows/site.yaml", child(named));
    const { branch } = await runOf(folder);
    assert.deepEqual(subjects(folder, `main..${branch}`), ["first", "told"]);
    assert.equal(shown(folder, "work/site:first.txt"), "1", "its branch starts from the one around it");
    assert.equal(worktrees(folder), 1);
    const squashed = named.replace("branch: 'work/${workflow.name}'", "merge: squash");
    folder.write(".claude/workflows/site.yaml", child(squashed));
    const again = await runOf(folder);
    assert.deepEqual(subjects(folder, `main..${again.branch}`), ["first", "own", "told"]);
    assert.equal(shown(folder, `${again.branch}:x.txt`), "x\nx");
  });
});

describe("a group in a worktree, around what can go wrong", () => {
  const CHAIN = [task("edit", "echo x > x.txt"), task("test", "cat x.txt", ", dependencies: [edit]")];

  it("is not merged when its own criteria are not met", async () => {
    const folder = project(group("g", CHAIN, 'workspace: worktree, success_criteria: ["test == 1"]'));
    const { branch, tasks } = await runOf(folder, 1);
    assert.equal(tasks[0].error.class, "criteria_failed");
    assert.equal(git(folder.path, "log", "--format=%s", `main..${branch}`), "");
    assert.equal(branches(folder).length, 3);
    assert.equal(worktrees(folder), 2);
  });

  it("is left on its own branch, and its worktree kept, as it says", async () => {
    for (const [more, isMerged, count] of [
      ["merge: none", false, 1],
      ["keep: always", true, 2],
    ] as const) {
      const folder = project(group("g", CHAIN, `workspace: { mode: worktree, ${more} }`));
      const { branch, id } = await runOf(folder);
      assert.equal(git(folder.path, "log", "--format=%s", `main..${branch}`), isMerged ? "g" : "", more);
      const { stdout } = await folder.run("show", id, "g");
      assert.match(stdout, isMerged ? /merged into decapod\// : /left on decapod\//);
      assert.equal(branches(folder).length, 3, more);
      assert.equal(worktrees(folder), count, more);
    }
  });

  it("is merged into the worktree of its run, which moves with it", async () => {
    const folder = project(
      `  - ${task("first", "echo 1 > first.txt")}\n${group("g", CHAIN, "workspace: worktree, dependencies: [first]")}  - ${task("last", "cat first.txt x.txt > last.txt", ", dependencies: [g]")}\n`,
      "settings: { workspace: { mode: worktree, branch: work/site } }\n",
    );
    await runOf(folder);
    assert.deepEqual(subjects(folder, "main..work/site"), ["first", "g", "last"]);
    assert.equal(shown(folder, "work/site:last.txt"), "1\nx");
    assert.deepEqual(branches(folder).sort(), ["main", "work/site"]);
  });

  it("makes none in a rehearsal, and none when no task in it ever works", async () => {
    const folder = project(group("g", CHAIN));
    const ended = await folder.run("run", "w", "--rehearse");
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(git(folder.path, "for-each-ref", "refs/decapod"), "");
    const idle = project(group("g", [task("x", "true", ", condition: false")]));
    await runOf(idle);
    assert.deepEqual(branches(idle), ["main"]);
  });

  it("G6: has one line of its commit, whatever its items are called", async () => {
    const items = "foreach: { items: [a], as: n, key: 'a\\nDecapod-Attempt: x/y/1' }";
    const folder = project(group("g", CHAIN, `workspace: worktree, ${items.replaceAll("'", '"')}`));
    const { branch } = await runOf(folder);
    const message = git(folder.path, "log", "-1", "--format=%B", branch);
    assert.match(
      message,
      /^g\[a Decapod-Attempt: x\/y\/1\]\n\nDecapod-Run: \w{26}\nDecapod-Attempt: \w{26}\/\/0$/,
    );
  });

  it("is merged past an earlier item that only waits for a person", async () => {
    const ask =
      '{ id: ask, agent: approval, dependencies: [edit], parameters: { message: go? }, condition: "${n == 0}" }';
    const edit = task("edit", "echo $N > $N.txt", ', env: { N: "${n}" }');
    const more = "workspace: worktree, foreach: { items: [0, 1], as: n }";
    const folder = project(group("g", [edit, ask], more));
    const { branch } = await runOf(folder, 8);
    assert.deepEqual(subjects(folder, `main..${branch}`), ["g[1]"]);
    const { decisions } = JSON.parse((await folder.run("inbox", "--json")).stdout);
    assert.equal(decisions.length, 1);
  });

  it("holds the paths that it touches until it is merged: who waits for them begins with its work", async () => {
    const edit = task("edit", "cat all.txt 2>/dev/null || true; echo $N >> all.txt", ', env: { N: "${n}" }');
    const more = "workspace: worktree, touches: [all.txt], foreach: { items: [0, 1, 2], as: n }";
    const folder = project(group("g", [edit], more), "settings: { max_parallel: 3 }\n");
    const { branch } = await runOf(folder);
    assert.equal(shown(folder, `${branch}:all.txt`).split("\n").length, 3);
  });

  it("is merged nowhere when the run is cancelled, and what it had done stays", async () => {
    const folder = project(
      group("g", [
        CHAIN[0] ?? "",
        task("wait", "echo > $OLD/begun; sleep 60", ', dependencies: [edit], env: { OLD: "${params.old}" }'),
      ]),
      "params: { old: { type: string } }\n",
    );
    const running = folder.start("run", "w", "--var", `old=${folder.path}`);
    await folder.has("begun");
    const [run = ""] = /r-\w{4,}/.exec((await folder.run("runs")).stdout) ?? [];
    assert.equal((await folder.run("cancel", run)).code, 0);
    await running.ended;
    const ours = branches(folder).filter((name) => name !== "main");
    const subjectsOf = (name: string) => git(folder.path, "log", "--format=%s", `main..${name}`);
    assert.deepEqual(ours.map(subjectsOf).sort(), ["", "edit"], "of the run, and of the group");
  });
});
