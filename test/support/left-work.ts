import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Cleared, type Clearing, clearWorktrees } from "../../src/arm/left-worktrees.ts";
import { Workspaces } from "../../src/arm/workspaces.ts";
import type { AttemptOutcome } from "../../src/core/event.ts";
import { type Home, type OwnWorktree, SHARED } from "../../src/core/workspace-words.ts";
import type { Lease } from "../../src/host/host.ts";
import { heldClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { processIn } from "../../src/port/process-folders.ts";
import { git, Rig, RUN, value, write } from "./repository.ts";

const OUTCOME = { exitCode: 0, output: { value: null }, failure: null, durationMs: 1, usage: null } as const;

/** A run that has ended, and what an owner needs to clear away after it. */
export class Left {
  readonly rig: Rig;
  #count = 0;

  constructor(t: Pick<TestContext, "after">) {
    this.rig = new Rig(t, { "a.txt": "one\n", ".gitignore": "/out\n" });
    // Beside the project, so that nothing of it is listed there.
    mkdirSync(join(this.rig.state, "runs"));
  }

  /** One attempt from its start to its end; where it worked. */
  async attempt(
    task: string,
    files: Readonly<Record<string, string>>,
    more: {
      run?: string;
      attempt?: number;
      fails?: boolean;
      own?: Partial<OwnWorktree>;
      state?: string;
      /** Absent: the run itself, without a worktree. */
      home?: Home;
      /** Saved a second before the work is taken, and written after that by what it left running. */
      soFar?: Readonly<Record<string, string>>;
      late?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<string> {
    const { run = RUN, attempt = 1, fails = false, state = this.rig.state } = more;
    const clock = heldClock();
    const workspaces = this.workspaces(state, clock);
    const worktree = { merge: "squash", keep: "on_failure", mustChange: false, ...more.own };
    const assignment = { run, task, attempt, key: null, artifacts: [], dependencies: [], worktree };
    const lease = {
      token: `${++this.#count}`,
      arm: "local",
      assignment,
      reattach: false,
    } as unknown as Lease;
    const folder = value(await workspaces.enter(lease, more.home ?? { run, workspace: SHARED, outer: null }));
    if (more.soFar !== undefined) {
      write(folder, more.soFar);
      await workspaces.secure(lease);
      clock.advance(1000);
    }
    write(folder, files);
    const outcome: AttemptOutcome = { ...OUTCOME, status: fails ? "failed" : "success" };
    await workspaces.settle(lease, outcome);
    // Whatever a clock says that is set back meanwhile.
    clock.jumpWall(-60_000);
    write(folder, more.late ?? {});
    await workspaces.leave(lease);
    await workspaces.end();
    return folder;
  }

  workspaces(stateFolder = this.rig.state, clock = heldClock()): Workspaces {
    return new Workspaces({
      files: realFiles,
      clock,
      stateFolder,
      projectRoot: this.rig.project,
      path: process.env.PATH ?? "",
      limits: { saved_file_bytes: 1_000_000 },
      judge: () => null,
    });
  }

  clearing(more: Partial<Clearing> = {}): Clearing {
    const family = { root: RUN, runs: [RUN], endedAt: 0 };
    return {
      ...this.rig.making,
      fileBytesMax: 1_000_000,
      processIn,
      due: { known: new Set([RUN]), runs: [family], logs: [] },
      retention: { runsSeconds: 90, logsSeconds: 30, runsMin: 0 },
      now: 0,
      dryRun: false,
      isUnmergedToo: false,
      ...more,
    };
  }

  async clear(more: Partial<Clearing> = {}): Promise<Cleared> {
    return clearWorktrees(this.clearing(more));
  }

  git(...argv: readonly string[]): string {
    return git(this.rig.project, ...argv);
  }

  refs(): readonly string[] {
    return this.git("for-each-ref", "--format=%(refname)").split("\n").sort();
  }

  folders(): readonly string[] {
    return this.git("worktree", "list", "--porcelain").match(/^worktree .*$/gm) ?? [];
  }
}
