/** Most runs work in the project itself: git and what makes worktrees are loaded for the first that does not. */
import { join } from "node:path";
import type { AttemptOutcome, Entry } from "../core/event.ts";
import type { Lookup } from "../core/lookup.ts";
import type { Problem, Result } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import { homeOf } from "../core/workspace.ts";
import type { Home } from "../core/workspace-words.ts";
import type { Engine } from "../host/embedded/engine.ts";
import type { Merge } from "../host/embedded/merging.ts";
import type { Lease } from "../host/host.ts";
import type { Places } from "./arm.ts";
import { LatePushing } from "./late-pushing.ts";
import type { LocalEngineOptions } from "./local-engine-options.ts";
import type { Workspaces, WorkspacesOptions } from "./workspaces.ts";

export class LateWorkspaces implements Places {
  readonly pushing: LatePushing;
  readonly #options: WorkspacesOptions;
  /** What could not be merged, once nothing more is. */
  readonly notices: Problem[] = [];
  readonly #unmerged: Problem[] = [];
  #merged: Promise<unknown> = Promise.resolve();
  /** What an engine left undone that died. */
  left: Promise<unknown> = Promise.resolve();
  #loading: Promise<Workspaces> | null = null;

  constructor(options: WorkspacesOptions, pushing: LatePushing) {
    this.#options = { ...options, onKept: () => pushing.soon() };
    this.pushing = pushing;
  }

  async enter(lease: Lease, home: Home): Promise<Result<string>> {
    return (await this.#loaded()).enter(lease, home);
  }

  async folderOf(home: Home): Promise<Result<string>> {
    return (await this.#loaded()).folderOf(home);
  }

  async secure(lease: Lease): Promise<void> {
    await (await this.#loading)?.secure(lease);
  }

  async settle(
    lease: Lease,
    outcome: AttemptOutcome | null,
    isJudged?: boolean,
  ): Promise<AttemptOutcome | null> {
    const workspaces = await this.#loading;
    return workspaces === null ? outcome : workspaces.settle(lease, outcome, isJudged);
  }

  async leave(lease: Lease): Promise<void> {
    await (await this.#loading)?.leave(lease);
  }

  merge: Merge = async (merging) => (await this.#loaded()).merge(merging);

  async runEnded(...ended: Parameters<Workspaces["runEnded"]>): Promise<void> {
    const [{ workspace }, , top] = ended;
    if (workspace.mode !== "worktree") return;
    const ending = this.#loaded().then((workspaces) => workspaces.runEnded(...ended));
    if (top !== null && workspace.merge !== "none") this.#merged = Promise.allSettled([this.#merged, ending]);
    const problem = await ending;
    if (problem !== null) this.#unmerged.push(problem);
  }

  /** People hear of the end of a run once it is merged where it belongs. */
  before<T>(tell: () => Promise<T>): () => Promise<T> {
    return () => this.#merged.then(tell);
  }

  /** Resolves when nothing is merged or removed any more. */
  async end(): Promise<void> {
    await this.left;
    await (await this.#loading)?.end();
    this.notices.push(...this.#unmerged.splice(0));
  }

  #loaded(): Promise<Workspaces> {
    this.#loading ??= import("./workspaces.ts").then(({ Workspaces: made }) => new made(this.#options));
    return this.#loading;
  }
}

/** The worktree of a run that has ended well goes with it. */
export function workspacesHere(options: LocalEngineOptions, host: Engine, lookup: Lookup): LateWorkspaces {
  const { files, clock, stateFolder, project, environment } = options;
  const made = {
    files,
    clock,
    stateFolder,
    projectRoot: project.root,
    path: environment.PATH ?? "",
    limits: project.settings.limits,
    judge: host.judge,
  };
  const workspaces = new LateWorkspaces(made, new LatePushing(options));
  host.observe((changes) => {
    for (const { after, entry } of changes) if (hasOwn(after)) void end(after, entry);
  });
  // Where no worktree was ever made nothing was left.
  if (files.exists(join(stateFolder, "git")))
    workspaces.left = import("./left-merges.ts")
      .then(({ takeUpMerges }) => takeUpMerges({ files, projectRoot: project.root, host }, end))
      // The next engine looks again.
      .catch(() => {});
  return workspaces;

  function end(run: Run, entry: Entry): Promise<void> | undefined {
    const alone = { runOf: () => undefined, momentIn: () => entry, lookup };
    const { status, start, workflow, reopened } = run;
    const top = start.parent === null ? { title: workflow.name, attempt: reopened } : null;
    // Of one inside another it is seen to before its parent hears of its success.
    if (top === null && status === "success") return undefined;
    return workspaces.runEnded(homeOf(run, alone), status, top);
  }
}

function hasOwn({ endedAt, workflow, start }: Run): boolean {
  const isAsked = workflow.settings.workspace !== null || start.worktree !== undefined;
  return endedAt !== null && isAsked && !start.rehearse;
}
