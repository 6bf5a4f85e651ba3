/** Where tasks work, and why not in a worktree, as `workflow show` and `run --dry-run` say it. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { decapod } from "../../test/support/command-line.ts";
import { git, makeRepository, write } from "../../test/support/repository.ts";

const base = mkdtempSync(join(tmpdir(), "decapod-workplaces-"));
after(() => rmSync(base, { recursive: true, force: true }));
const environment = { PATH: process.env.PATH ?? "" };

const shell = (id: string, more = "") => `{ id: ${id}, agent: shell, parameters: { run: ls }${more} }`;
const APART = `name: apart
params: { where: { type: string, default: worktree } }
tasks:
  - ${shell("plain")}
  - ${shell("own", ", workspace: worktree")}
  - ${shell("either", ', workspace: { mode: "${where}" }')}
  - { id: all, agent: group, parameters: { tasks: [${shell("inner")}] } }
  - { id: go, agent: approval, parameters: { message: go? } }
`;
const GROUPS = `name: groups
tasks:
  - { id: all, agent: group, workspace: worktree, parameters: { tasks: [${shell("inner")}, ${shell("own", ", workspace: worktree")}] } }
  - { id: plain, agent: group, parameters: { tasks: [${shell("here")}] } }
  - { id: either, agent: group, workspace: '\${run.name}', parameters: { tasks: [${shell("there")}] } }
`;
const MERGED = `name: merged
settings: { workspace: { mode: worktree, merge: squash } }
tasks: [${shell("a")}]
`;
const FILES = {
  ".claude/workflows/groups.yaml": GROUPS,
  ".claude/workflows/merged.yaml": MERGED,
  ".claude/workflows/merged-elsewhere.yaml": MERGED.replace("squash", "squash, base: dev"),
  ".claude/workflows/apart.yaml": APART,
  ".claude/workflows/together.yaml": APART.replace("tasks:", "settings: { workspace: worktree }\ntasks:"),
  ".claude/workflows/plain.yaml": `name: plain\ntasks: [${shell("a")}]\n`,
  ".claude/workflows/role.yaml":
    "name: role\ntasks: [{ id: api, agent: backend, parameters: { task: x } }]\n",
  ".claude/workflows/said.yaml":
    "name: said\nsettings: { workspace: shared }\ntasks: [{ id: api, agent: backend, parameters: { task: x } }]\n",
};

function project(name: string, isRepository: boolean): string {
  const folder = join(base, name);
  mkdirSync(folder);
  if (isRepository) makeRepository(folder, FILES);
  else write(folder, FILES);
  return folder;
}

async function document(folder: string, ...words: readonly string[]) {
  const { code, stdout, stderr } = await decapod({ folder, environment }, ...words, "--json");
  assert.equal(code, 0, stderr + stdout);
  const { workflow, plan } = JSON.parse(stdout);
  const { tasks, notes } = workflow ?? plan;
  const places = tasks.map((task: { workspace: string | null }) => task.workspace);
  return { places, notes };
}

describe("where tasks work", () => {
  const folder = project("repository", true);

  it("is said of each, of those in groups too, once one of them has a worktree", async () => {
    assert.deepEqual(await document(folder, "workflow", "show", "apart"), {
      places: ["project", "worktree", "${where}", null, "project", null],
      notes: [],
    });
    const { places } = await document(folder, "workflow", "show", "together");
    assert.deepEqual(places, ["run", "worktree", "${where}", null, "run", null]);
    const { stdout } = await decapod({ folder, environment }, "workflow", "show", "together");
    assert.match(stdout, /^own\tshell\t\tworks in a worktree of its own$/m);
    assert.match(stdout, /^all\/inner\tshell\t\tworks in the run's worktree$/m);
    assert.match(stdout, /^either\tshell\t\tworks where \$\{where\} says$/m);
    assert.doesNotMatch(
      (await decapod({ folder, environment }, "workflow", "show", "plain")).stdout,
      /works in/,
    );
  });

  it("is in that of their group, when that has one", async () => {
    const { places } = await document(folder, "workflow", "show", "groups");
    assert.deepEqual(places, [
      "worktree",
      "group",
      "worktree",
      null,
      "project",
      "${run.name}",
      "${run.name}",
    ]);
    const { stdout } = await decapod({ folder, environment }, "workflow", "show", "groups");
    assert.match(stdout, /^all\/inner\tshell\t\tworks in the worktree of its group$/m);
    const planned = await document(folder, "run", "groups", "--dry-run");
    assert.deepEqual(planned.places.slice(0, 2), ["worktree", null]);
  });

  it("and that the branch of the run is a person's to merge, when its base is checked out", async () => {
    for (const words of [
      ["workflow", "show", "merged"],
      ["run", "merged", "--dry-run"],
    ]) {
      const { notes } = await document(folder, ...words);
      assert.deepEqual(notes, [
        `the run's branch will not be merged while main is checked out in ${folder}: git merge it yourself, or name another base`,
      ]);
    }
    assert.deepEqual((await document(folder, "run", "merged-elsewhere", "--dry-run")).notes, []);
  });

  it("is in the plan, with what the params say", async () => {
    const { places } = await document(folder, "run", "apart", "--dry-run");
    assert.deepEqual(places, ["project", "worktree", "worktree", null, null]);
    const { stdout } = await decapod({ folder, environment }, "run", "apart", "--dry-run");
    assert.match(stdout, /plain +shell\n +works in the project\n +\$ ls/);
    assert.equal(readdirSync(join(folder, ".claude")).join(), "workflows", "nothing is left in the project");
  });

  it("G5: is refused before anything starts where git could run a program", async () => {
    const hostile = project("hostile", true);
    git(hostile, "config", "diff.external", "touch x");
    for (const words of [
      ["workflow", "show", "apart"],
      ["run", "apart", "--dry-run"],
    ]) {
      const { notes } = await document(hostile, ...words);
      assert.match(
        notes.join("\n"),
        /^worktrees are refused here: E_GIT_CONFIG the git setting "diff\.external" .*; try: /,
      );
    }
    assert.deepEqual((await document(hostile, "workflow", "show", "plain")).notes, []);
  });
});

describe("a role that asks for a worktree", () => {
  it("gets one in a repository, and it is said why it gets none", async () => {
    const there = await document(project("role", true), "workflow", "show", "role");
    assert.deepEqual(there, { places: ["worktree"], notes: [] });
    const bare = project("bare", false);
    for (const words of [
      ["workflow", "show", "role"],
      ["run", "role", "--dry-run"],
    ])
      assert.deepEqual(await document(bare, ...words), {
        places: ["project"],
        notes: [
          "api: no worktree, though the role asks for one: there is no git repository with a commit here",
        ],
      });
    const said = await document(join(base, "role"), "workflow", "show", "said");
    assert.deepEqual(said, {
      places: ["project"],
      notes: ["api: no worktree, though the role asks for one: the workflow says workspace: shared"],
    });
  });
});
