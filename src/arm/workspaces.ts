/**
 * Where attempts work that do not work in the project itself: a worktree of their own, or that of their run. It is
 * entered before an attempt begins, saved while it goes on, and what a success changed is merged before anybody hears
 * of the success.
 */
import { join } from "node:path";
import type { AttemptOutcome } from "../core/event.ts";
import { LIMITS, type Limits, most } from "../core/limits.ts";
import { type Failure, failure } from "../core/outcome.ts";
import { good, type Problem, type Result } from "../core/problem.ts";
import { problemsText } from "../core/problems-text.ts";
import type { Home } from "../core/workspace-words.ts";
import { statOf } from "../git/diff.ts";
import { Git } from "../git/git.ts";
import { findRepository } from "../git/repository.ts";
import type { Merge } from "../host/embedded/merging.ts";
import type { Lease } from "../host/host.ts";
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/files.ts";
import { placeName } from "../work/folder.ts";
import { keepArtifacts, takeArtifacts } from "./artifacts.ts";
import { MergeOrder } from "./merge-order.ts";
import { leaveRun, mergeRun, sharedWork } from "./run-work.ts";
import {
  conflictOf,
  leftOutNote,
  noProject,
  notesOf,
  pathsIn,
  titleOf,
  UNCHANGED,
  withFailure,
  withNotes,
} from "./settled.ts";
import { mergeTop, type TopMerging } from "./top-merge.ts";
import { WorktreeWork } from "./worktree-work.ts";

export interface WorkspacesOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly stateFolder: string;
  readonly projectRoot: string;
  /** PATH of the engine. */
  readonly path: string;
  readonly limits: Limits;
  /** Why an outcome would count as failed, before it is handed in. */
  readonly judge: (lease: Lease, outcome: AttemptOutcome) => Failure | null;
  /** Hears that something was saved or merged. */
  readonly onKept?: () => void;
}

const SNAPSHOT_MS = 5 * 60_000;
/** What is about to be killed is saved first, but waits no longer. */
const SECURE_MS = 10_000;

interface Entered {
  readonly work: WorktreeWork;
  /** Where the attempt works. */
  readonly folder: string;
  /** Where the project lies in its repository. */
  readonly prefix: string;
  stopTimer: () => void;
  saving: Promise<unknown>;
  /** What becomes of the worktree once the result is handed in; null: it stays. */
  branch: "stays" | "goes" | null;
}

export class Workspaces {
  readonly #options: WorkspacesOptions;
  readonly #git: Git;
  readonly #order = new MergeOrder();
  readonly #entered = new Map<string, Entered>();
  readonly #leaving = new Set<Promise<unknown>>();

  constructor(options: WorkspacesOptions) {
    this.#options = options;
    const { files, clock, stateFolder, projectRoot, path } = options;
    const repository = findRepository(files, projectRoot);
    const untrusted = [projectRoot, ...(repository.ok ? [repository.value.tree.root] : [])];
    this.#git = new Git({ files, clock, path, untrusted, folder: join(stateFolder, "git") });
  }

  /** The folder to work in. The place among the items is taken before anything is waited for. */
  async enter(lease: Lease, home: Home): Promise<Result<string>> {
    this.#order.begin(lease);
    const { projectRoot, files } = this.#options;
    const made = this.#workOf(lease, home);
    if (!made.ok) return made;
    const { work, prefix } = made.value;
    const folder = join(work.tree.root, prefix);
    // One that goes on is where it was; what is missing there is seen when it ends.
    const entered = lease.reattach ? good(work.tree) : await work.enter();
    if (!entered.ok) return entered;
    if (!lease.reattach && !files.exists(folder))
      return { ok: false, problems: [noProject(projectRoot, prefix)] };
    if (!lease.reattach && lease.assignment.worktree !== undefined) {
      const { tree } = work;
      const taken = await takeArtifacts(lease.assignment, this.#options, { git: this.#git, tree, prefix });
      if (!taken.ok) return taken;
    }
    const known: Entered = {
      work,
      folder,
      prefix,
      stopTimer: () => {},
      saving: Promise.resolve(),
      branch: null,
    };
    this.#entered.set(lease.token, known);
    this.#saveLater(known);
    return good(folder);
  }

  /** Where a run works that has a worktree, before anything works there. */
  async folderOf(home: Home): Promise<Result<string>> {
    const parts = this.#parts();
    if (!parts.ok) return parts;
    const entered = await sharedWork(parts.value, home).enter();
    if (!entered.ok) return entered;
    return good(join(entered.value.root, parts.value.repository.prefix));
  }

  /** Before it is killed: saved, or waited for no longer. */
  async secure(lease: Lease): Promise<void> {
    const known = this.#entered.get(lease.token);
    if (known === undefined) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(SECURE_MS, resolve, { hold: true });
      void this.#save(known).then(() => {
        cancel();
        resolve();
      });
    });
  }

  /** null: it has no outcome, and is made again. The outcome may become another one by what is found here. */
  async settle<Outcome extends AttemptOutcome | null>(
    lease: Lease,
    outcome: Outcome,
    isJudged = false,
  ): Promise<Outcome | AttemptOutcome> {
    const known = this.#entered.get(lease.token);
    try {
      if (known === undefined) return outcome;
      known.stopTimer();
      await known.saving;
      const { role, worktree } = lease.assignment;
      const isRepair = role === "repair";
      // What a repair leaves in a worktree is handed in by the try that follows it there.
      const isOver = outcome?.status !== "success" || (isRepair && worktree !== undefined);
      if (outcome === null || isOver) return await this.#failed(lease, known, outcome);
      const counted = await this.#counted(lease, known, outcome);
      const isKnown = isJudged || isRepair;
      const isGood =
        counted.status === "success" && (isKnown || this.#options.judge(lease, counted) === null);
      if (!isGood) return await this.#failed(lease, known, counted);
      const left = keepArtifacts(lease.assignment, this.#options, known.folder);
      if (left !== null) return await this.#failed(lease, known, withFailure(counted, left));
      await this.#order.turn(lease);
      return await this.#order.alone(lease, () => this.#succeeded(lease, known, counted));
    } finally {
      this.#order.end(lease);
      if (known !== undefined) this.#options.onKept?.();
    }
  }

  /** Once the result is handed in. */
  async leave(lease: Lease): Promise<void> {
    const known = this.#entered.get(lease.token);
    this.#entered.delete(lease.token);
    // Also of one that was never settled, because what judged it broke: nobody waits for it.
    known?.stopTimer();
    this.#order.end(lease);
    const { branch, work } = known ?? { branch: null, work: null };
    if (branch !== null && work !== null) await this.#leaveBy(() => work.leave(branch));
  }

  /** A run inside another one: its branch comes into the one around it, and its worktree goes. */
  merge: Merge = async (merging) => {
    const parts = this.#parts();
    if (!parts.ok) return { failure: failure("config_error", problemsText(parts.problems)), notes: [] };
    const ended = await mergeRun(parts.value, merging);
    const isDone = merging.failed === null && ended.failure === null;
    // Its branch may be the next one's too.
    const isMerged = isDone && merging.home.workspace.merge !== "none";
    await this.#leaveBy(() => leaveRun(parts.value, merging.home, { isDone, isMerged }));
    return ended;
  };

  /** Its branch comes where it belongs, when it is at the top; its own worktree goes, unless it is kept. */
  async runEnded(home: Home, status: string, top: Omit<TopMerging, "home"> | null): Promise<Problem | null> {
    const parts = this.#parts();
    if (!parts.ok) return null;
    const isDone = status === "success";
    let problem: Problem | null = null;
    await this.#leaveBy(async () => {
      const merging = isDone && top !== null && home.workspace.merge !== "none" ? { home, ...top } : null;
      const ended = merging === null ? null : await mergeTop(parts.value, merging);
      problem = ended?.problem ?? null;
      await leaveRun(parts.value, home, { isDone, isMerged: ended?.isMerged === true });
    });
    return problem;
  }

  /** Resolves when nothing is being removed any more. */
  async end(): Promise<void> {
    for (const { stopTimer } of this.#entered.values()) stopTimer();
    while (this.#leaving.size > 0) await Promise.all(this.#leaving);
  }

  /** A worktree that cannot be removed stays: nothing is lost by it. */
  #leaveBy(leave: () => Promise<unknown>): Promise<unknown> {
    const leaving = leave()
      .catch(() => {})
      .finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
    return leaving;
  }

  /** Before it is judged: its criteria may ask how much it changed. */
  async #counted({ assignment }: Lease, known: Entered, outcome: AttemptOutcome): Promise<AttemptOutcome> {
    if (assignment.worktree?.isCounted !== true) return outcome;
    const counted = await known.work.count();
    if (!counted.ok) return withFailure(outcome, failure("config_error", problemsText(counted.problems)));
    const { files, added, removed } = statOf(counted.value);
    const listed = assignment.worktree.isListed === true ? pathsIn(counted.value, known.prefix) : {};
    return { ...outcome, changed: { files, insertions: added, deletions: removed, ...listed } };
  }

  async #succeeded(lease: Lease, known: Entered, outcome: AttemptOutcome): Promise<AttemptOutcome> {
    const settled = await known.work.settle();
    const { worktree } = lease.assignment;
    if (!settled.ok) return withFailure(outcome, failure("config_error", problemsText(settled.problems)));
    if (settled.value.kind === "conflict") {
      if (worktree?.keep === "never") known.branch = "stays";
      return withFailure(outcome, conflictOf(settled.value));
    }
    if (settled.value.kind === "unchanged") {
      if (worktree?.keep === "never") known.branch = "goes";
      return withNotes(withFailure(outcome, UNCHANGED), notesOf(settled.value));
    }
    if (worktree !== undefined && worktree.keep !== "always")
      known.branch = settled.value.kind === "apart" ? "stays" : "goes";
    const more = known.branch === "goes" ? await known.work.branchWithMore() : good("");
    const kept =
      more.ok && more.value !== "" ? [`kept: ${more.value} holds commits that are not in its work`] : [];
    return withNotes(outcome, [...notesOf(settled.value), ...kept]);
  }

  /** Never merged; saved whatever became of it. */
  async #failed<Outcome extends AttemptOutcome | null>(
    lease: Lease,
    known: Entered,
    outcome: Outcome,
  ): Promise<Outcome | AttemptOutcome> {
    const saved = await known.work.save();
    if (lease.assignment.worktree?.keep === "never") known.branch = "goes";
    const told = saved.ok
      ? leftOutNote(saved.value)
      : [`its work could not be saved: ${problemsText(saved.problems)}`];
    return outcome === null ? outcome : withNotes(outcome, told);
  }

  #saveLater(known: Entered): void {
    known.stopTimer = this.#options.clock.after(SNAPSHOT_MS, () => {
      void this.#save(known).then(() => {
        if ([...this.#entered.values()].includes(known)) this.#saveLater(known);
      });
    });
  }

  /** One after the other; that it did not work is said at the end, when it is tried again. */
  #save(known: Entered): Promise<unknown> {
    known.saving = known.saving.then(() => known.work.save()).catch(() => {});
    return known.saving.then(this.#options.onKept);
  }

  #workOf(
    { assignment }: Lease,
    home: Home,
  ): Result<{ readonly work: WorktreeWork; readonly prefix: string }> {
    const parts = this.#parts();
    if (!parts.ok) return parts;
    const { run, task, attempt, key, worktree } = assignment;
    const worker = { run, task: placeName(assignment), attempt };
    const working = { worker, own: worktree ?? null, home, title: titleOf(task, key) };
    const work = new WorktreeWork(parts.value, working);
    return good({ work, prefix: parts.value.repository.prefix });
  }

  #parts() {
    const { files, stateFolder, projectRoot, limits } = this.#options;
    const fileBytesMax = most(LIMITS.savedFileBytes, limits);
    const repository = findRepository(files, projectRoot);
    if (!repository.ok) return repository;
    return good({ git: this.#git, files, repository: repository.value, stateFolder, fileBytesMax });
  }
}
