/** What git is told to work on; it looks for nothing itself. */
export interface Tree {
  /** Of a linked worktree its own folder below `common`/worktrees. */
  readonly gitFolder: string;
  /** Objects, refs and configuration of the repository. */
  readonly common: string;
  /** null: nothing that touches files is asked. */
  readonly root: string | null;
}

/** One with files. */
export interface WorkTree extends Tree {
  readonly root: string;
}
