/** A real git repository in a folder of its own, and decapod's git room on it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import type { Result } from "../../src/core/problem.ts";
import type { ContentOptions } from "../../src/git/content.ts";
import { Git } from "../../src/git/git.ts";
import type { Worker } from "../../src/git/names.ts";
import { findRepository, type Repository } from "../../src/git/repository.ts";
import type { WorkTree } from "../../src/git/tree.ts";
import { type Making, makeWorktree } from "../../src/git/worktree.ts";
import { realClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";

export const RUN = "01jzzzzzzzzzzzzzzzab3d7k2m";

export function worker(task: string, attempt = 1): Worker {
  return { run: RUN, task, attempt };
}

export function value<T>(result: Result<T>): T {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

export function codeOf(result: Result<unknown>): string {
  assert.ok(!result.ok, JSON.stringify(result));
  return result.problems[0]?.code ?? "";
}

export function git(folder: string, ...argv: readonly string[]): string {
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: "Kim",
    GIT_AUTHOR_EMAIL: "kim@example.org",
    GIT_COMMITTER_NAME: "Kim",
    GIT_COMMITTER_EMAIL: "kim@example.org",
  };
  return execFileSync("git", argv, {
    cwd: folder,
    env: environment,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** A repository with one commit of these files, on the branch main. */
export function makeRepository(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  // Without the samples of hooks, and nothing looks after it behind the test's back.
  git(folder, "init", "--quiet", "--initial-branch=main", "--template=");
  write(folder, files);
  git(folder, "add", "-A");
  git(folder, "-c", "maintenance.auto=false", "commit", "--quiet", "--allow-empty", "-m", "first");
}

export class Rig {
  readonly folder: string;
  readonly project: string;
  readonly state: string;
  readonly canary: string;
  readonly git: Git;

  constructor(t: Pick<TestContext, "after">, files: Readonly<Record<string, string>> = { "a.txt": "one\n" }) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), "decapod-git-")));
    t.after(() => rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 }));
    this.project = join(this.folder, "project");
    this.state = join(this.folder, "state");
    this.canary = join(this.folder, "canary");
    mkdirSync(this.state);
    makeRepository(this.project, files);
    this.git = this.gitAt(process.env.PATH ?? "");
  }

  /** With its program from there. */
  gitAt(path: string): Git {
    const folder = join(this.state, "git");
    return new Git({ files: realFiles, clock: realClock, path, untrusted: [this.project], folder });
  }

  get repository(): Repository {
    return value(findRepository(realFiles, this.project));
  }

  get making(): Making & { readonly stateFolder: string } {
    const { git, repository, state: stateFolder } = this;
    return { git, files: realFiles, repository, stateFolder };
  }

  get content(): ContentOptions {
    const index = join(this.state, "index");
    return { files: realFiles, git: this.git, index, fileBytesMax: 1_000_000, base: "refs/heads/main" };
  }

  folderOf(name: string): string {
    return join(this.state, "worktrees", RUN, name);
  }

  head(): string {
    return git(this.project, "rev-parse", "HEAD");
  }

  async worktree(who: Worker, start = this.head()): Promise<WorkTree> {
    const folder = this.folderOf(`ab3d7k2m.${who.task}.${who.attempt}`);
    return value(await makeWorktree(this.making, who, { folder, start }));
  }
}
