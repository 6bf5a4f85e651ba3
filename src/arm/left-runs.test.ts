/** What runs with a branch of their own left, once that was merged, or was not. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Left } from "../../test/support/left-work.ts";
import { git, RUN, write } from "../../test/support/repository.ts";
import { type Home, SHARED, SHARED_RUN, type Workspace } from "../core/workspace-words.ts";
import type { Cleared } from "./left-worktrees.ts";

const CHILD = "01jzzzzzzzzzzzzzzzcd9m4npq";
const FAMILY = { root: RUN, runs: [RUN, CHILD], endedAt: 0 };
const DUE = { due: { known: new Set([RUN, CHILD]), runs: [FAMILY], logs: [] } };
const TOP: Home = { run: RUN, workspace: SHARED_RUN, outer: null };
const MAIN = ["refs/heads/main"];

const told = ({ staying }: Cleared) => staying.map(({ what, why }) => `${what} ${why}`);

/** A chain that changes the same lines twice: no content of the first step is in what came of it. */
async function chain(left: Left, home: Home): Promise<void> {
  const { run } = home;
  await left.attempt("edit", { "page.txt": "draft\n" }, { run, home });
  await left.attempt("test", { "page.txt": "good\n" }, { run, home });
}

async function child(t: TestContext, more: Partial<Workspace> = {}) {
  const left = new Left(t);
  const workspace: Workspace = { ...SHARED, mode: "worktree", ...more };
  const home: Home = { run: CHILD, workspace, outer: TOP };
  await chain(left, home);
  const workspaces = left.workspaces();
  const merge = async () => {
    const ended = await workspaces.merge({ home, task: "g", key: null, failed: null });
    await workspaces.end();
    return ended;
  };
  return { left, home, merge };
}

describe("what a group in a worktree left", () => {
  it("goes with the run around it, once the person has that", async (t) => {
    for (const keep of ["on_failure", "always"] as const) {
      const { left, merge } = await child(t, { keep });
      assert.deepEqual((await merge()).notes, ["merged into decapod/ab3d7k2m: 1 file, +1 −0"]);
      const before = left.refs().filter((ref) => ref.startsWith("refs/heads/decapod/cd"));
      assert.equal(before.length, keep === "always" ? 1 : 0);
      assert.deepEqual(told(await left.clear(DUE)), ["decapod/ab3d7k2m is merged nowhere"], keep);
      left.git("merge", "--quiet", "--squash", "decapod/ab3d7k2m");
      left.git("commit", "--quiet", "-m", "all of it");
      assert.deepEqual(told(await left.clear(DUE)), [], keep);
      assert.deepEqual(left.refs(), MAIN, keep);
    }
  });

  it("stays when it was not merged, or when its branch holds more than was", async (t) => {
    const { left, merge } = await child(t);
    assert.deepEqual(told(await left.clear(DUE)), ["decapod/cd9m4npq is merged nowhere"]);
    await merge();
    left.git("merge", "--quiet", "decapod/ab3d7k2m");
    const place = join(left.rig.folder, "place");
    left.git("worktree", "add", "-q", "-b", "decapod/cd9m4npq", place, `refs/decapod/work/${CHILD}/cd9m4npq`);
    write(place, { "more.txt": "more\n" });
    git(place, "add", "-A");
    git(place, "commit", "-q", "-m", "more");
    left.git("worktree", "remove", place);
    assert.deepEqual(told(await left.clear(DUE)), ["decapod/cd9m4npq is merged nowhere"]);
  });
});

describe("what a run left that merges its branch", () => {
  const own: Workspace = { ...SHARED_RUN, mode: "worktree", merge: "squash", base: "dev" };
  const home: Home = { run: RUN, workspace: own, outer: null };

  async function run(t: TestContext) {
    const left = new Left(t);
    left.git("branch", "dev");
    await chain(left, home);
    const workspaces = left.workspaces();
    const end = async () => {
      const problem = await workspaces.runEnded(home, "success", { title: "site", attempt: 0 });
      await workspaces.end();
      return problem;
    };
    return { left, end };
  }

  it("goes, also when its base has changed since", async (t) => {
    const { left, end } = await run(t);
    assert.equal(await end(), null);
    left.git("switch", "-q", "dev");
    left.git("rm", "-q", "page.txt");
    left.git("commit", "-q", "-m", "another way");
    left.git("switch", "-q", "main");
    assert.deepEqual(told(await left.clear()), []);
    assert.deepEqual(left.refs(), ["refs/heads/dev", ...MAIN]);
  });

  it("stays when it could not be merged", async (t) => {
    const { left, end } = await run(t);
    left.git("switch", "-q", "dev");
    assert.equal((await end())?.code, "W_NOT_MERGED");
    assert.deepEqual(told(await left.clear()), ["decapod/ab3d7k2m is merged nowhere"]);
  });
});
