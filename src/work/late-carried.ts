import { loadNow } from "../port/load-now.ts";

/** Few runs have files that git does not carry, and tasks in worktrees that need them. */
export function lateCarried() {
  return loadNow<typeof import("./carried.ts")>(import.meta.url, "carried");
}
