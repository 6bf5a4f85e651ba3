/** F59, G11: which refs may leave the machine. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { git, Rig, RUN, value, worker, write } from "../../test/support/repository.ts";
import type { LeftRef } from "./left-refs.ts";
import { pushable, withoutSecrets } from "./pushable.ts";
import { snapshot } from "./snapshot.ts";
import { runBranch } from "./worktree.ts";

const BRANCH = "decapod/ab3d7k2m";

/** A run with its branch and one worktree in which an attempt has worked. */
async function worked(t: TestContext) {
  const rig = new Rig(t);
  value(await runBranch(rig.making, { run: RUN, by: RUN, branch: BRANCH, base: "HEAD" }));
  const tree = await rig.worktree(worker("build"));
  write(tree.root, { "made.txt": "made\n" });
  value(await snapshot(tree, worker("build"), rig.content));
  const listed = async () => value(await pushable(rig.git, rig.repository.tree, rig.state));
  const checked = async (refs: readonly LeftRef[]) =>
    value(await withoutSecrets(rig.git, rig.repository.tree, refs, { all: refs }));
  return { rig, tree, listed, checked };
}

const namesOf = (refs: readonly { readonly name: string }[]) => refs.map(({ name }) => name).sort();

describe("what may leave the machine", () => {
  it("F59: is the branch of each run of this project and its private refs; no branch of the person's or of an attempt", async (t) => {
    const { rig, listed } = await worked(t);
    const project = git(rig.project, "for-each-ref", "--format=%(refname)", "refs/decapod/project/");
    // Of another project in the same repository, and what an agent calls so.
    const other = "01jzzzzzzzzzzzzzzzzzzzzzzz";
    for (const ref of [
      `refs/decapod/start/${other}/zzzzzzzz`,
      "refs/heads/decapod/zzzzzzzz",
      "refs/decapod/odd",
    ])
      git(rig.project, "update-ref", ref, "HEAD");
    // They lead to a branch of the person's.
    for (const kind of ["into", "merged"])
      git(rig.project, "symbolic-ref", `refs/decapod/${kind}/${RUN}`, "refs/heads/main");
    assert.deepEqual(
      namesOf(await listed()),
      [
        `refs/decapod/branch/${RUN}`,
        project,
        `refs/decapod/snapshots/${RUN}/ab3d7k2m.build.1/000001`,
        `refs/decapod/start/${RUN}/ab3d7k2m`,
        `refs/decapod/start/${RUN}/ab3d7k2m.build.1`,
        `refs/heads/${BRANCH}`,
      ].sort(),
    );
    git(rig.project, "symbolic-ref", `refs/heads/${BRANCH}`, "refs/heads/main");
    assert.ok(!namesOf(await listed()).includes(`refs/heads/${BRANCH}`), "it is main by another name");
  });

  it("G11: stays here when one of its commits holds what looks like a secret, though an agent took it out again", async (t) => {
    const { rig, tree, listed, checked } = await worked(t);
    const before = await listed();
    assert.deepEqual(
      [namesOf((await checked(before)).free), (await checked(before)).held],
      [namesOf(before), []],
    );
    write(tree.root, { "sub/.env": "TOKEN=abc\n", "more.txt": "more\n" });
    git(tree.root, "add", "-Af");
    git(tree.root, "commit", "--quiet", "-m", "mine");
    git(tree.root, "commit", "--quiet", "--allow-empty", "-m", "more");
    value(await snapshot(tree, worker("build"), rig.content));
    const { free, held } = await checked(await listed());
    const name = `refs/decapod/snapshots/${RUN}/ab3d7k2m.build.1/000002`;
    const commit = git(rig.project, "rev-parse", name);
    assert.deepEqual(held, [{ name, commit, why: "sub/.env looks like a secret" }]);
    assert.deepEqual(namesOf(free), namesOf(before));
  });

  it("G11: goes when the person's own branch has held that file for long", async (t) => {
    const { rig, tree, checked, listed } = await worked(t);
    write(rig.project, { "test/key.pem": "a fixture\n" });
    git(rig.project, "add", "-Af");
    git(rig.project, "commit", "--quiet", "-m", "a fixture");
    git(tree.root, "merge", "--quiet", "-m", "what is new", "main");
    value(await snapshot(tree, worker("build"), rig.content));
    assert.deepEqual((await checked(await listed())).held, []);
  });

  for (const [way, begin] of [
    ["calls its commits a branch of its own", ["switch", "--quiet", "--create", "feature"]],
    ["begins anew, where roots are not to be shown", ["switch", "--quiet", "--orphan", "feature"]],
  ] as const)
    it(`G11: stays here too when an agent ${way}`, async (t) => {
      const { rig, tree, checked, listed } = await worked(t);
      git(rig.project, "config", "log.showRoot", "false");
      git(tree.root, ...begin);
      write(tree.root, { ".env": "TOKEN=abc\n", "more.txt": "more\n" });
      git(tree.root, "add", "-Af");
      git(tree.root, "commit", "--quiet", "-m", "mine");
      value(await snapshot(tree, worker("build"), rig.content));
      const whys = async () => (await checked(await listed())).held.map(({ why }) => why);
      assert.deepEqual(await whys(), [".env looks like a secret"]);
      // Whoever has no commit before them has not held it either.
      git(rig.project, "symbolic-ref", "HEAD", "refs/heads/unborn");
      assert.deepEqual(await whys(), [".env looks like a secret"]);
    });

  it("G11: stays here too when an agent has written that its commits came from elsewhere", async (t) => {
    const { rig, tree, checked, listed } = await worked(t);
    write(tree.root, { ".env": "TOKEN=abc\n", "more.txt": "more\n" });
    git(tree.root, "add", "-Af");
    git(tree.root, "commit", "--quiet", "-m", "mine");
    git(tree.root, "rm", "--quiet", ".env");
    git(tree.root, "commit", "--quiet", "-m", "not mine");
    const [last, first] = ["HEAD", "main"].map((name) => git(tree.root, "rev-parse", name));
    write(rig.project, { ".git/info/grafts": `${last} ${first}\n` });
    value(await snapshot(tree, worker("build"), rig.content));
    assert.deepEqual(
      (await checked(await listed())).held.map(({ why }) => why),
      [".env looks like a secret"],
    );
  });
});
