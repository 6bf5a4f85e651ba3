import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Left } from "../../test/support/left-work.ts";
import { git, RUN, write } from "../../test/support/repository.ts";
import { NOT_WITH_EVERY_COMMIT, SCALE } from "../../test/support/scale.ts";
import { timeOfId } from "../core/id.ts";
import { Git } from "../git/git.ts";
import { heldClock } from "../port/clock.ts";
import { realFiles } from "../port/files.ts";
import { type Cleared, type Clearing, clearWorktrees } from "./left-worktrees.ts";

const OTHER_RUN = "01kzzzzzzzzzzzzzzzqq3d7k2m";
const BRANCH = "decapod/ab3d7k2m";
const BORN_MS = timeOfId(RUN);

const told = ({ staying }: Cleared) => staying.map(({ what, why }) => `${what} ${why}`);
const MAIN = ["refs/heads/main"];

describe("what worktrees of an old run left", () => {
  it("goes once the person has merged it: folders, branches and private refs, and nothing of theirs", async (t) => {
    const left = new Left(t);
    const kept = await left.attempt("api", { "api.txt": "api\n" }, { own: { keep: "always" } });
    await left.attempt("ui", { "ui.txt": "ui\n" });
    left.git("branch", "decapod/mine");
    left.git("worktree", "add", "--quiet", "-b", "theirs", join(left.rig.folder, "theirs"));
    left.git("merge", "--quiet", BRANCH);
    const before = left.refs();
    const planned = await left.clear({ dryRun: true });
    assert.deepEqual(left.refs(), before, "--dry-run changes nothing");
    assert.ok(existsSync(kept));
    const { folders, branches, refs, staying, held } = await left.clear();
    assert.deepEqual([folders, branches.length, refs, staying, held.size], [[kept], 2, 7, [], 0]);
    assert.deepEqual([planned.folders, planned.branches, planned.refs], [folders, branches, refs]);
    assert.deepEqual(left.refs(), ["refs/heads/decapod/mine", "refs/heads/main", "refs/heads/theirs"]);
    assert.ok(!existsSync(join(kept, "..")), "and the folder of the run");
    assert.equal(left.folders().length, 2);
    const again = await left.clear();
    assert.deepEqual([again.folders, again.branches, again.refs], [[], [], 0]);
  });

  it("stays while it is merged nowhere, is named, and goes when a person says so or it is pushed", async (t) => {
    const left = new Left(t);
    await left.attempt("api", { "api.txt": "api\n" });
    const before = left.refs();
    const cleared = await left.clear();
    assert.deepEqual(told(cleared), [`${BRANCH} is merged nowhere`]);
    assert.deepEqual([...cleared.held], [RUN]);
    assert.deepEqual(left.refs(), before);
    const forced = await left.clear({ isUnmergedToo: true, dryRun: true });
    assert.deepEqual(
      forced.losing.map(({ what, why }) => `${what} ${why}`),
      [`${BRANCH} is merged nowhere`],
    );
    left.git("update-ref", "refs/remotes/origin/decapod", BRANCH);
    const pushed = await left.clear();
    for (const { branches, staying } of [forced, pushed])
      assert.deepEqual([branches, staying], [[BRANCH], []]);
    assert.deepEqual(left.refs(), [...MAIN, "refs/remotes/origin/decapod"]);
  });

  it("goes when its content was merged as one commit of the person's", async (t) => {
    const left = new Left(t);
    await left.attempt("api", { "api.txt": "api\n", "a.txt": "two\n" });
    left.git("merge", "--quiet", "--squash", BRANCH);
    left.git("commit", "--quiet", "-m", "all of it");
    write(left.rig.project, { "later.txt": "x\n" });
    left.git("add", "-A");
    left.git("commit", "--quiet", "-m", "and more");
    assert.deepEqual(told(await left.clear()), []);
    assert.deepEqual(left.refs(), MAIN);
  });

  it("goes when the person has deleted the branch after merging it", {
    skip: NOT_WITH_EVERY_COMMIT,
  }, async (t) => {
    const left = new Left(t);
    await left.attempt("api", { "api.txt": "api\n" });
    left.git("merge", "--quiet", BRANCH);
    left.git("branch", "-D", BRANCH);
    assert.deepEqual(told(await left.clear()), []);
    assert.deepEqual(left.refs(), MAIN);
    assert.deepEqual(
      readdirSync(join(left.rig.project, ".git/refs/decapod")),
      [],
      "no name that leads nowhere",
    );
  });

  it("of attempts that failed stays when it was saved, and goes when there was nothing to save", async (t) => {
    const left = new Left(t);
    const folder = await left.attempt("bad", { "half.txt": "half\n" }, { fails: true });
    await left.attempt("idle", {}, { fails: true });
    const cleared = await left.clear();
    assert.deepEqual(told(cleared), ["bad attempt 1 was saved and is merged nowhere"]);
    assert.ok(!existsSync(folder), "all of it is in a commit");
    assert.equal(cleared.folders.length, 2);
    assert.equal(left.git("show", `${cleared.staying[0]?.ref}:half.txt`), "half");
  });

  it("that was saved on the way to merged work goes; what was changed after the work was taken stays", async (t) => {
    const left = new Left(t);
    await left.attempt("api", { "api.txt": "api\n" }, { soFar: { "api.txt": "half\n" } });
    await left.attempt("ui", { "ui.txt": "ui\n" }, { late: { "late.txt": "late\n" } });
    left.git("merge", "--quiet", BRANCH);
    const cleared = await left.clear();
    assert.deepEqual(told(cleared), ["ui attempt 1 was saved and is merged nowhere"]);
    assert.equal(left.git("show", `${cleared.staying[0]?.ref}:late.txt`), "late");
    left.git("merge", "--quiet", "--no-edit", cleared.staying[0]?.ref ?? "");
    assert.deepEqual(told(await left.clear()), []);
    assert.deepEqual(left.refs(), MAIN);
  });

  it("is not proven by a trailer that an agent wrote", async (t) => {
    const left = new Left(t);
    await left.attempt("one", { "a.txt": "by one\n" });
    const start = left.git("rev-parse", "main");
    const honest = left.git("commit-tree", `${BRANCH}^{tree}`, "-p", start, "-m", "x");
    left.git("update-ref", `refs/decapod/work/${RUN}/ab3d7k2m.honest.1`, honest);
    const lie = ["-c", "user.email=decapod@localhost", "-c", "user.name=decapod"];
    const text = `x\n\nDecapod-Attempt: ${RUN}/honest/1`;
    const liar = left.git(...lie, "commit-tree", `${BRANCH}^{tree}`, "-p", start, "-m", text);
    left.git("switch", "--quiet", BRANCH);
    left.git("merge", "--quiet", "-s", "ours", "-m", "joined", liar);
    write(left.rig.project, { "a.txt": "later\n" });
    left.git("commit", "--quiet", "-am", "later");
    left.git("switch", "--quiet", "main");
    left.git("merge", "--quiet", BRANCH);
    assert.deepEqual(told(await left.clear()), ["honest attempt 1 is merged nowhere"]);
  });

  const BY_HEAD: Readonly<Record<string, (left: Left) => void>> = {
    "on no branch": ({ rig }) => git(rig.project, "checkout", "--quiet", "--detach", BRANCH),
    "by another name for its branch": ({ rig }) => {
      git(rig.project, "symbolic-ref", "refs/heads/mine", `refs/heads/${BRANCH}`);
      git(rig.project, "symbolic-ref", "HEAD", "refs/heads/mine");
    },
  };
  for (const [how, look] of Object.entries(BY_HEAD))
    it(`stays while the person only looks at it, ${how}`, async (t) => {
      const left = new Left(t);
      await left.attempt("api", { "api.txt": "api\n" });
      const before = left.refs();
      look(left);
      assert.deepEqual(told(await left.clear()), [`${BRANCH} is merged nowhere`]);
      left.git("symbolic-ref", "HEAD", "refs/heads/main");
      assert.deepEqual(
        left.refs().filter((ref) => ref !== "refs/heads/mine"),
        before,
      );
    });

  it("stays where the person has its branch checked out", async (t) => {
    const left = new Left(t);
    await left.attempt("api", { "api.txt": "api\n" });
    left.git("merge", "--quiet", BRANCH);
    left.git("switch", "--quiet", BRANCH);
    for (const isUnmergedToo of [false, true]) {
      const cleared = await left.clear({ isUnmergedToo });
      assert.deepEqual(told(cleared), [`${BRANCH} is checked out in ${left.rig.project}`]);
    }
    assert.ok(left.refs().includes(`refs/heads/${BRANCH}`));
  });
});

describe("the folder of a worktree that was kept", () => {
  const logsOnly = (left: Left): Partial<Clearing> => {
    const { runs, known } = left.clearing().due;
    return { due: { known, runs: [], logs: runs } };
  };

  it("goes with the logs; its branch and its private refs stay with the run", async (t) => {
    const left = new Left(t);
    const folder = await left.attempt("api", { "api.txt": "api\n" }, { own: { keep: "always" } });
    const before = left.refs();
    const cleared = await left.clear(logsOnly(left));
    assert.deepEqual([cleared.folders, cleared.branches, cleared.refs], [[folder], [], 0]);
    assert.ok(cleared.bytes > 0);
    assert.ok(!existsSync(folder));
    assert.deepEqual(left.refs(), before);
  });

  const WAYS: Readonly<Record<string, [(folder: string, left: Left) => unknown, RegExp]>> = {
    changed: [(folder) => write(folder, { "b.txt": "mine\n" }), /was changed since it was saved$/],
    secret: [
      (folder) => write(folder, { ".env": "KEY=12345678\n" }),
      /holds what was not saved: \.env looks like a secret$/,
    ],
    locked: [(folder, left) => left.git("worktree", "lock", folder), /is locked \(git worktree unlock\)$/],
    switched: [(folder) => git(folder, "switch", "--quiet", "-c", "mine"), /has mine checked out$/],
    tampered: [
      (folder) => writeFileSync(join(folder, ".git"), "gitdir: ../evil\n"),
      /its git pointer was changed$/,
    ],
    moved: [
      (folder, left) => left.git("worktree", "move", folder, join(left.rig.folder, "moved")),
      /was moved$/,
    ],
    apart: [(folder) => mkdirSync(join(folder, "../notes")), /notes is no worktree of decapod's$/],
  };
  it(`G6: stays when it was ${Object.keys(WAYS).join(", ")}; so does all of its family`, async (t) => {
    const left = new Left(t);
    const changes: (() => unknown)[] = [];
    for (const [task, [change]] of Object.entries(WAYS)) {
      const own = { keep: "always", merge: "none" } as const;
      const folder = await left.attempt(task, { [`${task}.txt`]: "x\n" }, { own });
      left.git("merge", "--quiet", "--no-edit", `decapod/ab3d7k2m.${task}.1`);
      changes.push(() => change(folder, left));
    }
    for (const change of changes) change();
    const before = [left.refs(), left.folders()];
    const cleared = await left.clear();
    const lines = told(cleared).sort();
    for (const [, why] of Object.values(WAYS))
      assert.ok(
        lines.some((line) => why.test(line)),
        `${why} ${lines}`,
      );
    assert.deepEqual(
      [left.refs(), left.folders().length],
      [before[0], 7],
      "apart's own folder goes, its branch stays",
    );
    const forced = await left.clear({ isUnmergedToo: true });
    assert.deepEqual(forced.losing.map(({ why }) => why).sort(), [
      "holds what was not saved: .env looks like a secret",
      "was changed since it was saved",
    ]);
    assert.deepEqual(forced.folders.map((path) => path.split(".").at(-2)).sort(), ["changed", "secret"]);
    assert.deepEqual(left.refs(), before[0]);
  });

  it("stays when it is damaged, with its run alone; what others left goes", async (t) => {
    const left = new Left(t);
    const folder = await left.attempt("api", { "api.txt": "api\n" }, { own: { keep: "always" } });
    const stray = await left.attempt("ui", { "ui.txt": "ui\n" }, { own: { keep: "always" } });
    await left.attempt("whole", { "whole.txt": "x\n" }, { run: OTHER_RUN });
    for (const branch of [BRANCH, "decapod/qq3d7k2m"]) left.git("merge", "--quiet", "--no-edit", branch);
    writeFileSync(join(left.rig.project, ".git/worktrees/ab3d7k2m.api.1/index"), "junk\n");
    left.git("update-ref", "-d", `refs/heads/${BRANCH}.ui.1`);
    const families = [RUN, OTHER_RUN].map((run) => ({ root: run, runs: [run], endedAt: 0 }));
    const due = { known: new Set([RUN, OTHER_RUN]), runs: families, logs: [] };
    for (const isUnmergedToo of [false, true]) {
      const cleared = await left.clear({ due, isUnmergedToo });
      const [damaged, gone] = told(cleared);
      assert.match(damaged ?? "", /api\.1 cannot be looked at: E_GIT git [a-z-]+ failed: .*index file/);
      assert.equal(gone, `${stray} its branch ${BRANCH}.ui.1 is gone: what it stands on is not known`);
      assert.deepEqual([...cleared.held], [RUN]);
    }
    assert.ok(existsSync(folder) && existsSync(stray));
    assert.ok(left.refs().includes(`refs/heads/${BRANCH}`));
    assert.ok(!left.refs().some((ref) => ref.includes("qq3d7k2m")));
  });

  it("stays with all runs while the repository is refused", async (t) => {
    const left = new Left(t);
    await left.attempt("api", { "api.txt": "api\n" });
    left.git("config", "alias.st", "status");
    const cleared = await left.clear();
    assert.match(told(cleared)[0] ?? "", /^worktrees cannot be looked at: E_GIT_CONFIG .*alias\.st/);
    assert.deepEqual([[...cleared.held], cleared.staying.length], [[RUN], 1]);
  });

  it("stays while a process works in it", {
    skip: process.platform !== "linux" && "/proc tells it",
  }, async (t) => {
    const left = new Left(t);
    const folder = await left.attempt("api", { "api/x.txt": "api\n" }, { own: { keep: "always" } });
    left.git("merge", "--quiet", BRANCH);
    const child = spawn("sh", ["-c", "echo; read x"], { cwd: join(folder, "api") });
    t.after(() => child.kill("SIGKILL"));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    assert.deepEqual(told(await left.clear({ isUnmergedToo: true })), [
      `${folder} process ${child.pid} works in it`,
    ]);
    child.stdin.end();
    await new Promise((resolve) => child.once("exit", resolve));
    assert.deepEqual((await left.clear()).folders, [folder]);
  });

  it("that somebody has deleted by hand leaves nothing behind", {
    skip: NOT_WITH_EVERY_COMMIT,
  }, async (t) => {
    const left = new Left(t);
    const folder = await left.attempt("api", { "api.txt": "api\n" }, { own: { keep: "always" } });
    left.git("merge", "--quiet", BRANCH);
    rmSync(folder, { recursive: true });
    assert.deepEqual(told(await left.clear()), []);
    assert.deepEqual(left.refs(), MAIN);
    assert.equal(left.folders().length, 1);
  });
});

describe("runs that the journal does not know", () => {
  const NONE = { known: new Set<string>(), runs: [], logs: [] };
  const bornBy = (ageSeconds: number) => BORN_MS + ageSeconds * 1000;

  it("are cleared away when they are old enough by their name, and when the project began them", async (t) => {
    const left = new Left(t);
    const elsewhere = join(left.rig.folder, "elsewhere");
    mkdirSync(elsewhere);
    const folder = await left.attempt("api", { "api.txt": "api\n" }, { own: { keep: "always" } });
    await left.attempt("ui", { "ui.txt": "ui\n" }, { run: OTHER_RUN, state: elsewhere });
    for (const branch of [BRANCH, "decapod/qq3d7k2m"]) left.git("merge", "--quiet", "--no-edit", branch);
    const young = await left.clear({ due: NONE, now: bornBy(20) });
    assert.deepEqual([young.folders, young.refs, young.foreign], [[], 0, 1]);
    const older = await left.clear({ due: NONE, now: bornBy(60) });
    assert.deepEqual([older.folders, older.refs], [[folder], 0]);
    const old = await left.clear({ due: NONE, now: bornBy(100) });
    assert.deepEqual([old.branches.length, old.staying], [2, []]);
    assert.deepEqual(
      [old.foreign, left.refs().filter((ref) => !ref.includes(OTHER_RUN))],
      [1, ["refs/heads/decapod/qq3d7k2m", "refs/heads/main"]],
    );
  });

  it("stay when what they hold is merged nowhere", async (t) => {
    const left = new Left(t);
    await left.attempt("api", { "api.txt": "api\n" });
    const cleared = await left.clear({ due: NONE, now: bornBy(100) });
    assert.deepEqual(
      cleared.staying.map(({ isKnown, ref }) => [isKnown, ref]),
      [[false, `refs/heads/${BRANCH}`]],
    );
  });
});

describe("an owner that dies while it clears away", () => {
  it("F3: has lost nothing at any call of git, and the next one ends as if nothing had happened", {
    skip: NOT_WITH_EVERY_COMMIT,
  }, async (t) => {
    let calls = 0;
    for (let last = 1; ; last += SCALE === "soak" ? 1 : 6) {
      const left = new Left(t);
      const folder = await left.attempt("api", { "api.txt": "api\n" }, { own: { keep: "always" } });
      left.git("merge", "--quiet", BRANCH);
      const bad = await left.attempt("bad", { "half.txt": "half\n" }, { run: OTHER_RUN, fails: true });
      const families = [RUN, OTHER_RUN].map((run) => ({ root: run, runs: [run], endedAt: 0 }));
      const due = { known: new Set([RUN, OTHER_RUN]), runs: families, logs: [] };
      const dying = new DyingGit(left, last);
      const ended = await clearWorktrees(left.clearing({ due, git: dying })).catch(() => null);
      const cleared = await left.clear({ due });
      assert.deepEqual(told(cleared), ["bad attempt 1 was saved and is merged nowhere"], `call ${last}`);
      assert.ok(!existsSync(folder) && !existsSync(bad));
      assert.deepEqual(
        left.refs().filter((ref) => !ref.includes("qq3d7k2m")),
        MAIN,
        `call ${last}`,
      );
      assert.equal(left.git("show", `${cleared.staying[0]?.ref}:half.txt`), "half");
      if (ended !== null) break;
      calls = last;
    }
    assert.ok(calls > 10, `${calls} calls`);
  });
});

/** The engine is gone once this call has been made. */
class DyingGit extends Git {
  #left: number;

  constructor({ rig }: Left, calls: number) {
    const { project, state } = rig;
    const clock = heldClock();
    super({
      files: realFiles,
      clock,
      path: process.env.PATH ?? "",
      untrusted: [project],
      folder: join(state, "git"),
    });
    this.#left = calls;
  }

  override async ask(...given: Parameters<Git["ask"]>): ReturnType<Git["ask"]> {
    const answered = await super.ask(...given);
    if (--this.#left <= 0) throw new Error("killed");
    return answered;
  }
}
