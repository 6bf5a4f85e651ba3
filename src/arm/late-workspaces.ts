/** Most runs work in the project itself: git and what makes worktrees are loaded for the first that does not. */
import type { AttemptOutcome, Entry } from "../core/event.ts";
import type { Lookup } from "../core/lookup.ts";
import type { Result } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import { homeOf } from "../core/workspace.ts";
import type { Home } from "../core/workspace-words.ts";
import type { Engine } from "../host/embedded/engine.ts";
import type { Merge } from "../host/embedded/merging.ts";
import type { Lease } from "../host/host.ts";
import type { Places } from "./arm.ts";
import type { LocalEngineOptions } from "./local-engine-options.ts";
import type { Workspaces, WorkspacesOptions } from "./workspaces.ts";

export class LateWorkspaces implements Places {
  readonly #options: WorkspacesOptions;
  #loading: Promise<Workspaces> | null = null;

  constructor(options: WorkspacesOptions) {
    this.#options = options;
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

  async runEnded(home: Home, status: string): Promise<void> {
    if (home.workspace.mode === "worktree") (await this.#loaded()).runEnded(home, status);
  }

  async end(): Promise<void> {
    await (await this.#loading)?.end();
  }

  #loaded(): Promise<Workspaces> {
    this.#loading ??= import("./workspaces.ts").then(({ Workspaces: made }) => new made(this.#options));
    return this.#loading;
  }
}

/** The worktree of a run that has ended well goes with it. */
export function workspacesHere(options: LocalEngineOptions, host: Engine, lookup: Lookup): LateWorkspaces {
  const { files, clock, stateFolder, project, environment } = options;
  const workspaces = new LateWorkspaces({
    files,
    clock,
    stateFolder,
    projectRoot: project.root,
    path: environment.PATH ?? "",
    limits: project.settings.limits,
    judge: (lease, outcome) => host.judge(lease, outcome),
  });
  host.observe((changes) => {
    for (const { after, entry } of changes) if (hasOwn(after)) void end(after, entry);
  });
  return workspaces;

  function end(run: Run, entry: Entry): Promise<void> | undefined {
    const alone = { runOf: () => undefined, momentIn: () => entry, lookup };
    // Of one inside another it is seen to before its parent hears of its success.
    if (run.start.parent !== null && run.status === "success") return undefined;
    return workspaces.runEnded(homeOf(run, alone), run.status);
  }
}

function hasOwn({ endedAt, workflow, start }: Run): boolean {
  const isAsked = workflow.settings.workspace !== null || start.worktree !== undefined;
  return endedAt !== null && isAsked && !start.rehearse;
}
