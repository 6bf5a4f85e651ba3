/** Most workflows have no role that works in a worktree: they do not look for a repository. */
import type { Files } from "../port/files.ts";
import { loadNow } from "../port/load-now.ts";

/** Whether the project lies in a repository with a commit that a worktree can start from. */
export function hasWorktrees(files: Files, projectRoot: string): boolean {
  return loadNow<typeof import("./repository.ts")>(import.meta.url, "repository").hasWorktrees(
    files,
    projectRoot,
  );
}
