/** Most workflows have no role that works in a worktree: they do not look for a repository. */
import type { Files } from "../port/files.ts";
import { loadNow } from "../port/load-now.ts";

/** Whether the project lies in a repository with a commit that a worktree can start from. */
export function hasWorktrees(files: Files, projectRoot: string): boolean {
  return loaded().hasWorktrees(files, projectRoot);
}

/** The branch that a run was merged into. */
export function mergedBranch(files: Files, projectRoot: string, run: string): string | null {
  return loaded().mergedBranch(files, projectRoot, run);
}

function loaded(): typeof import("./repository.ts") {
  return loadNow<typeof import("./repository.ts")>(import.meta.url, "repository");
}
