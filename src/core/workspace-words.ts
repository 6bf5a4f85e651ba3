/** What can be said of the place where a task or run works. */

export const WORKSPACE_WORDS = {
  mode: ["shared", "worktree"],
  merge: ["squash", "commits", "none"],
  keep: ["on_failure", "always", "never"],
} as const;

export interface Workspace {
  readonly mode: (typeof WORKSPACE_WORDS.mode)[number];
  /** How what a success changed comes into the run's branch. */
  readonly merge: (typeof WORKSPACE_WORDS.merge)[number];
  /** Whether the worktree stays once its work has ended. */
  readonly keep: (typeof WORKSPACE_WORDS.keep)[number];
  /** Of a run: what its branch is made from (null: HEAD), and what it is called (null: by the run). */
  readonly base: string | null;
  readonly branch: string | null;
}

export const SHARED: Workspace = {
  mode: "shared",
  merge: "squash",
  keep: "on_failure",
  base: null,
  branch: null,
};

/** A run's branch is left alone unless told. */
export const SHARED_RUN: Workspace = { ...SHARED, merge: "none" };

/** Of what a task asked for: the worktree of the run that a pass of it becomes. */
export type PassWorktree = Pick<Workspace, "merge" | "keep">;

/** Of one attempt. */
export interface OwnWorktree extends PassWorktree {
  /** Left as it was, its success is none: an agent whose task says what it writes. */
  readonly mustChange: boolean;
  /** That of an earlier attempt, whose failure was mended there; absent: one of its own. */
  readonly of?: number;
  /** Its criteria ask what it changed: that is counted before they are judged. */
  readonly isCounted?: true;
  /** They ask for the paths too. */
  readonly isListed?: true;
}

/** What git says that an attempt changed in its worktree. Lines of what is no text count nothing. */
export interface Changed {
  readonly files: number;
  readonly insertions: number;
  readonly deletions: number;
  /** Relative to the project, sorted; absent: nobody asked, or they are too many. */
  readonly paths?: readonly string[];
}

/** The run whose branch an attempt starts from and is merged into: the nearest with a worktree, else the one at the top. */
export interface Home {
  readonly run: string;
  readonly workspace: Workspace;
  /** The home of what called that run: its branch starts from the one of this, and is merged into it. null: nobody did. */
  readonly outer: Home | null;
}
