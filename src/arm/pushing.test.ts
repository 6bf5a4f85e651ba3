/** F59: what of a project has gone to the person's remote and what has not, with real git. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { git, Rig, RUN, value, worker, write } from "../../test/support/repository.ts";
import { snapshot } from "../git/snapshot.ts";
import { runBranch } from "../git/worktree.ts";
import { realClock } from "../port/clock.ts";
import { realFiles } from "../port/files.ts";
import { readPushRecord } from "./push-record.ts";
import { pushNow } from "./pushing.ts";

const SHORT = "ab3d7k2m";
const BRANCH = `refs/heads/decapod/${SHORT}`;
const snapshotRef = (number: number) =>
  `refs/decapod/snapshots/${RUN}/${SHORT}.build.1/${String(number).padStart(6, "0")}`;

async function rig(t: TestContext) {
  const made = new Rig(t);
  const [folder, remote] = [join(made.folder, "kept"), join(made.folder, "remote.git")];
  git(made.folder, "init", "--quiet", "--bare", "--template=", remote);
  value(await runBranch(made.making, { run: RUN, by: RUN, branch: `decapod/${SHORT}`, base: "HEAD" }));
  const { git: caller, repository, state: stateFolder } = made;
  const options = { files: realFiles, clock: realClock, git: caller, repository, stateFolder, folder };
  const more = { environment: { HOME: made.folder }, name: "push-test" };
  return {
    made,
    folder,
    remote,
    go: (signal = new AbortController().signal, to = remote) =>
      pushNow({ ...options, ...more, remote: to }, signal),
    record: () => readPushRecord(realFiles, folder, remote),
    there: () => git(remote, "for-each-ref", "--format=%(refname)").split("\n"),
    refs: (names: readonly string[]) => {
      const packed = names.map((name) => `${made.head()} ${name}\n`).join("");
      writeFileSync(join(made.project, ".git/packed-refs"), `# pack-refs with: sorted \n${packed}`);
    },
  };
}

describe("F59 what has gone to the remote", () => {
  it("is noted, and not sent again; however many refs there are", async (t) => {
    const { made, go, record, there, refs } = await rig(t);
    const many = Array.from({ length: 205 }, (_, index) => snapshotRef(index + 1));
    refs(many);
    assert.equal(await go(), "all");
    assert.ok(many.every((name) => there().includes(name)));
    assert.equal(Object.keys(record().there).length, there().length);
    assert.equal(record().failed, null);
    assert.ok(!existsSync(join(made.folder, "kept/push-test")));
  });

  it("does not come back when somebody has deleted it there; what moves goes again, what goes here stays there", async (t) => {
    const { made, go, record, remote, there, refs } = await rig(t);
    refs([snapshotRef(1)]);
    assert.equal(await go(), "all");
    git(remote, "update-ref", "-d", BRANCH);
    assert.equal(await go(), "all");
    assert.ok(!there().includes(BRANCH));
    git(made.project, "commit", "--quiet", "--allow-empty", "-m", "more");
    git(made.project, "update-ref", BRANCH, "HEAD");
    git(made.project, "update-ref", "-d", snapshotRef(1));
    assert.equal(await go(), "all");
    assert.equal(git(remote, "rev-parse", BRANCH), made.head());
    assert.ok(there().includes(snapshotRef(1)));
    assert.equal(record().there[snapshotRef(1)], undefined);
  });

  it("is sent anew to another remote, and when what was noted cannot be read", async (t) => {
    const { made, folder, go, there, remote } = await rig(t);
    const other = join(made.folder, "other.git");
    git(made.folder, "init", "--quiet", "--bare", "--template=", other);
    assert.equal(await go(), "all");
    assert.equal(await go(undefined, other), "all");
    assert.equal(git(other, "for-each-ref", "--format=%(refname)"), there().join("\n"));
    for (const text of ["", "{", "null", "[]", '{"remote":1}']) {
      for (const name of there().filter((one) => one !== "")) git(remote, "update-ref", "-d", name);
      writeFileSync(join(folder, "pushed.json"), text);
      assert.equal(await go(), "all");
      assert.ok(there().includes(BRANCH), text);
    }
  });

  it("is nothing any more once nobody waits, and the reason is noted", async (t) => {
    const { go, record, there } = await rig(t);
    assert.equal(await go(AbortSignal.abort()), "unreached");
    assert.deepEqual([there(), record().failed?.why], [[""], "no answer before the command ended"]);
  });

  it("G11: does not hold what looks like a secret, which is looked for once", async (t) => {
    const { made, folder, go, record, there } = await rig(t);
    const tree = await made.worktree(worker("build"));
    write(tree.root, { ".env": "KEY=1\n", "a.txt": "two\n" });
    git(tree.root, "add", "-Af");
    git(tree.root, "commit", "--quiet", "-m", "mine");
    value(await snapshot(tree, worker("build"), made.content));
    assert.equal(await go(), "all");
    assert.ok(!there().includes(snapshotRef(1)));
    const [held] = record().held;
    assert.deepEqual([held?.name, held?.why], [snapshotRef(1), ".env looks like a secret"]);
    const before = readFileSync(join(folder, "pushed.json"), "utf8");
    assert.equal(await go(), "all");
    assert.equal(readFileSync(join(folder, "pushed.json"), "utf8"), before);
  });
});
