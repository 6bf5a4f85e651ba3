import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { describe, it } from "node:test";
import { git, Rig, RUN, value, write } from "../../test/support/repository.ts";
import type { AttemptOutcome } from "../core/event.ts";
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

function around(t: { after: (call: () => void) => void }) {
  const rig = new Rig(t);
  const clock = heldClock();
  const workspaces = new Workspaces({
    files: realFiles,
    clock,
    stateFolder: rig.state,
    projectRoot: rig.project,
    path: process.env.PATH ?? "",
    fileBytesMax: 1_000_000,
    judge: () => null,
  });
  const home = { run: RUN, workspace: SHARED };
  const lease = {
    token: "t",
    arm: "local",
    assignment: {
      run: RUN,
      task: "a",
      attempt: 1,
      key: null,
      worktree: { merge: "squash", keep: "on_failure" },
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
