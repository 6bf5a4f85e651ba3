import assert from "node:assert/strict";
import { chmodSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { git, Rig, RUN, value, write } from "../../test/support/repository.ts";
import { NOT_WITH_EVERY_COMMIT } from "../../test/support/scale.ts";
import type { AttemptOutcome } from "../core/event.ts";
import { type Failure, failure } from "../core/outcome.ts";
import { SHARED } from "../core/workspace-words.ts";
import type { Lease } from "../host/host.ts";
import { heldClock } from "../port/clock.ts";
import { realFiles } from "../port/files.ts";
import { Workspaces } from "./workspaces.ts";

const NO_OUTCOME = {
  exitCode: 0,
  output: { value: null },
  failure: null,
  durationMs: 1,
  usage: null,
} as const;

const ONE_LINE = { files: 1, insertions: 1, deletions: 0 };

function around(
  t: { after: (call: () => void) => void },
  judge: (outcome: AttemptOutcome) => Failure | null = () => null,
) {
  const rig = new Rig(t);
  const clock = heldClock();
  const workspaces = new Workspaces({
    files: realFiles,
    clock,
    stateFolder: rig.state,
    projectRoot: rig.project,
    path: process.env.PATH ?? "",
    limits: { saved_file_bytes: 1_000_000 },
    judge: (_, outcome) => judge(outcome),
  });
  const home = { run: RUN, workspace: SHARED, outer: null };
  const lease = {
    token: "t",
    arm: "local",
    assignment: {
      run: RUN,
      task: "a",
      attempt: 1,
      key: null,
      artifacts: [],
      dependencies: [],
      worktree: { merge: "squash", keep: "on_failure", mustChange: false },
    },
    home,
    secrets: {},
    reattach: false,
    signal: new AbortController().signal,
  } as unknown as Lease;
  const saved = () => {
    const listed = git(rig.project, "for-each-ref", "--format=%(refname)", "refs/decapod/snapshots");
    return listed === "" ? [] : listed.split("\n");
  };
  return { rig, clock, workspaces, home, lease, saved };
}

describe("an attempt in a worktree", () => {
  it("is saved every five minutes, and only when it has changed", async (t) => {
    const { rig, clock, workspaces, home, lease, saved } = around(t);
    const folder = value(await workspaces.enter(lease, home));
    const texts: string[] = [];
    for (const text of ["one more\n", "two more\n"]) {
      write(folder, { "b.txt": text });
      clock.advance(299_999);
      assert.equal(saved().length, texts.length, "not before");
      clock.advance(1);
      // Behind what the timer has begun.
      await workspaces.secure(lease);
      texts.push(text);
      assert.equal(saved().length, texts.length);
    }
    assert.deepEqual(
      saved().map((ref) => `${git(rig.project, "show", `${ref}:b.txt`)}\n`),
      texts,
    );
  });

  it("is saved before it is killed, and no longer waited for than ten seconds", async (t) => {
    const { clock, workspaces, home, lease, saved } = around(t);
    const folder = value(await workspaces.enter(lease, home));
    write(folder, { "b.txt": "b\n" });
    await workspaces.secure(lease);
    assert.equal(saved().length, 1);
    const late = workspaces.secure(lease);
    clock.advance(10_000);
    await late;
  });

  it("that is made again is saved, and its worktree stays", async (t) => {
    const { workspaces, home, lease, saved } = around(t);
    const folder = value(await workspaces.enter(lease, home));
    write(folder, { "b.txt": "b\n" });
    assert.equal(await workspaces.settle(lease, null), null);
    await workspaces.leave(lease);
    assert.equal(saved().length, 1);
    assert.ok(existsSync(folder));
  });

  it("that was to change something and did not has failed, before and after the engine dies", async (t) => {
    const { rig, workspaces, home, lease } = around(t);
    const worktree = { merge: "squash", keep: "on_failure", mustChange: true } as const;
    const writer = { ...lease, assignment: { ...lease.assignment, worktree } } as Lease;
    const folder = value(await workspaces.enter(writer, home));
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "all done");
    const success: AttemptOutcome = { ...NO_OUTCOME, status: "success" };
    const first = await workspaces.settle(writer, success);
    assert.deepEqual([first.status, first.failure?.class], ["failed", "nothing_changed"]);
    const again = { ...writer, token: "u", reattach: true };
    value(await workspaces.enter(again, home));
    assert.equal((await workspaces.settle(again, success)).failure?.class, "nothing_changed");
    assert.equal(git(rig.project, "rev-list", "--count", "main..decapod/ab3d7k2m"), "0");
    const next = { ...writer, token: "v", assignment: { ...writer.assignment, attempt: 2 } } as Lease;
    write(value(await workspaces.enter(next, home)), { "b.txt": "b\n" });
    assert.equal((await workspaces.settle(next, success)).status, "success");
  });

  it("is counted by git before it is judged, whoever committed what, and merged only when that is good", {
    skip: NOT_WITH_EVERY_COMMIT,
  }, async (t) => {
    const judgedOf: unknown[] = [];
    const { rig, workspaces, home, lease } = around(t, (outcome) => {
      judgedOf.push(outcome.changed);
      return (outcome.changed?.files ?? 0) > 2 ? failure("criteria_failed", "too much") : null;
    });
    const worktree = { merge: "squash", keep: "on_failure", mustChange: false, isCounted: true } as const;
    const counted = { ...lease, assignment: { ...lease.assignment, worktree } } as Lease;
    const folder = value(await workspaces.enter(counted, home));
    write(folder, { "a.txt": "other\n", "b.txt": "b\n" });
    git(folder, "add", ".");
    git(folder, "commit", "--quiet", "-m", "some");
    write(folder, { "c.txt": "1\n2\n", "d.bin": "\0\0" });
    const claims = { value: { changed: { files: 1, insertions: 0, deletions: 0 } } };
    const success: AttemptOutcome = { ...NO_OUTCOME, output: claims, status: "success" };
    const much = await workspaces.settle(counted, success);
    assert.deepEqual(judgedOf, [{ files: 4, insertions: 4, deletions: 1 }]);
    assert.deepEqual(much.changed, judgedOf[0]);
    assert.equal(git(rig.project, "rev-list", "--count", "main..decapod/ab3d7k2m"), "0");
    const next = { ...counted, token: "v", assignment: { ...counted.assignment, attempt: 2 } } as Lease;
    write(value(await workspaces.enter(next, home)), { "b.txt": "b\n" });
    assert.equal((await workspaces.settle(next, success)).status, "success");
    await workspaces.leave(next);
    assert.equal(git(rig.project, "rev-list", "--count", "main..decapod/ab3d7k2m"), "1");
    const again = { ...next, token: "w", reattach: true };
    value(await workspaces.enter(again, home));
    assert.equal((await workspaces.settle(again, success)).status, "success");
    assert.deepEqual(
      judgedOf.slice(1),
      [ONE_LINE, ONE_LINE],
      "the same after the engine died behind its merge",
    );
  });

  it("that cannot be counted has failed with why", async (t) => {
    const { workspaces, home, lease } = around(t);
    const worktree = { merge: "squash", keep: "on_failure", mustChange: false, isCounted: true } as const;
    const counted = { ...lease, assignment: { ...lease.assignment, worktree } } as Lease;
    rmSync(value(await workspaces.enter(counted, home)), { recursive: true });
    const { status, failure: why } = await workspaces.settle(counted, { ...NO_OUTCOME, status: "success" });
    assert.deepEqual([status, why?.class], ["failed", "config_error"]);
    assert.match(why?.message ?? "", /the worktree .* is gone/);
  });

  it("F3: whose merge was made before the engine died is a success without another commit", async (t) => {
    const { rig, workspaces, home, lease } = around(t);
    const folder = value(await workspaces.enter(lease, home));
    write(folder, { "b.txt": "b\n" });
    const success: AttemptOutcome = { ...NO_OUTCOME, status: "success" };
    const first = await workspaces.settle(lease, success);
    assert.match(JSON.stringify(first.notes), /merged into decapod\/ab3d7k2m: 1 file/);
    await workspaces.leave(lease);
    assert.ok(!existsSync(folder));
    const again = { ...lease, token: "u", reattach: true };
    value(await workspaces.enter(again, home));
    assert.equal((await workspaces.settle(again, success)).status, "success");
    assert.equal(git(rig.project, "rev-list", "--count", "main..decapod/ab3d7k2m"), "1");
  });

  it("F3: that is done once more because an older journal was put back has its new work merged, and the old is kept", async (t) => {
    const own = around(t);
    const run = around(t);
    const { worktree: _, ...assignment } = run.lease.assignment;
    const home = { run: RUN, workspace: { ...SHARED, mode: "worktree" }, outer: null } as const;
    const inRun = { ...run, home, lease: { ...run.lease, home, assignment } as Lease };
    for (const { rig, workspaces, home, lease, saved } of [own, inRun]) {
      for (const text of ["once", "again"]) {
        const done = { ...lease, token: text };
        write(value(await workspaces.enter(done, home)), { "b.txt": text });
        const outcome = await workspaces.settle(done, { ...NO_OUTCOME, status: "success" });
        assert.match(JSON.stringify(outcome), /merged into decapod\/ab3d7k2m: 1 file/);
        await workspaces.leave(done);
        assert.equal(git(rig.project, "show", "decapod/ab3d7k2m:b.txt"), text);
      }
      assert.deepEqual(
        saved().map((ref) => git(rig.project, "show", `${ref}:b.txt`)),
        ["once"],
      );
    }
  });

  it("F3: of a group that is done once more because an older journal was put back: what the group made now is merged", async (t) => {
    const { rig, workspaces, home: outer, lease } = around(t);
    const inside = RUN.replace(/2m$/, "3n");
    const home = { run: inside, workspace: { ...SHARED, mode: "worktree", merge: "squash" }, outer } as const;
    const { worktree: _, ...assignment } = { ...lease.assignment, run: inside };
    for (const text of ["once", "again"]) {
      const done = { ...lease, token: text, home, assignment } as Lease;
      write(value(await workspaces.enter(done, home)), { "b.txt": text });
      await workspaces.settle(done, { ...NO_OUTCOME, status: "success" });
      await workspaces.leave(done);
      const merged = await workspaces.merge({ home, task: "group", key: null, failed: null });
      assert.match(JSON.stringify(merged), /merged into decapod\/ab3d7k2m: 1 file/);
      assert.equal(git(rig.project, "show", "decapod/ab3d7k2m:b.txt"), text);
    }
  });

  it("that ends without being settled holds up no later item, and is saved no more", async (t) => {
    const { clock, workspaces, home, lease } = around(t);
    const item = (place: number) =>
      ({
        ...lease,
        token: `t${place}`,
        assignment: { ...lease.assignment, key: `${place}`, item: place },
      }) as Lease;
    const [folder] = [
      value(await workspaces.enter(item(0), home)),
      value(await workspaces.enter(item(1), home)),
    ];
    write(folder, { "b.txt": "b\n" });
    const later = workspaces.settle(item(1), { ...NO_OUTCOME, status: "success" });
    await workspaces.leave(item(0));
    assert.equal((await later).status, "success");
    await workspaces.leave(item(1));
    assert.equal(clock.next(), null);
  });

  it("of the run's own worktree is refused once that is on another branch, and says what to do", async (t) => {
    const { rig, workspaces, lease } = around(t);
    const home = { run: RUN, workspace: { ...SHARED, mode: "worktree" }, outer: null } as const;
    const { worktree: _, ...assignment } = lease.assignment;
    const shared = { ...lease, home, assignment } as Lease;
    const folder = value(await workspaces.enter(shared, home));
    git(folder, "switch", "--quiet", "-c", "aside");
    write(folder, { "b.txt": "b\n" });
    const outcome = await workspaces.settle(shared, { ...NO_OUTCOME, status: "success" });
    assert.equal(outcome.status, "failed");
    assert.match(
      outcome.failure?.message ?? "",
      /on the branch aside, not on decapod\/ab3d7k2m.*\(switch back: git -C/,
    );
    assert.equal(git(rig.project, "rev-list", "--count", "main..decapod/ab3d7k2m"), "0");
    const again = { ...shared, token: "u" };
    assert.match(JSON.stringify(await workspaces.enter(again, home)), /E_GIT.*on the branch aside/);
    git(folder, "switch", "--quiet", "decapod/ab3d7k2m");
    value(await workspaces.enter(again, home));
    const retried = await workspaces.settle(again, { ...NO_OUTCOME, status: "success" });
    assert.match(JSON.stringify(retried), /merged into decapod\/ab3d7k2m: 1 file/);
  });

  it("C6: runs no program called git that lies elsewhere in the repository of the project", async (t) => {
    const rig = new Rig(t, { "packages/site/a.txt": "one\n" });
    write(rig.project, { "bin/git": `#!/bin/sh\ntouch ${rig.canary}\n` });
    chmodSync(join(rig.project, "bin/git"), 0o755);
    const { lease, home } = around(t);
    const workspaces = new Workspaces({
      files: realFiles,
      clock: heldClock(),
      stateFolder: rig.state,
      projectRoot: join(rig.project, "packages/site"),
      path: `${join(rig.project, "bin")}:${process.env.PATH}`,
      limits: { saved_file_bytes: 1_000_000 },
      judge: () => null,
    });
    value(await workspaces.enter(lease, home));
    await workspaces.end();
    assert.ok(!existsSync(rig.canary));
  });

  it("whose branch holds commits that are not in its work keeps it, and says so", async (t) => {
    const { rig, workspaces, home, lease } = around(t);
    const folder = value(await workspaces.enter(lease, home));
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "aside");
    git(folder, "checkout", "--quiet", "--detach", "HEAD^");
    write(folder, { "b.txt": "b\n" });
    const outcome = await workspaces.settle(lease, { ...NO_OUTCOME, status: "success" });
    const kept = "decapod/ab3d7k2m.a.1";
    assert.match(JSON.stringify(outcome), new RegExp(`kept: ${kept} holds commits that are not in its work`));
    await workspaces.leave(lease);
    assert.ok(!existsSync(folder));
    assert.equal(git(rig.project, "log", "-1", "--format=%s", kept), "aside");
  });

  it("whose worktree somebody deleted is no success", async (t) => {
    const { workspaces, home, lease } = around(t);
    value(await workspaces.enter(lease, home));
    rmSync(value(await workspaces.enter({ ...lease, token: "u", reattach: true }, home)), {
      recursive: true,
    });
    const outcome = await workspaces.settle(lease, { ...NO_OUTCOME, status: "success" });
    assert.match(outcome.failure?.message ?? "", /E_GIT the worktree .* is gone/);
  });
});
