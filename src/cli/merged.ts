/** Where the work of a run lies that was done in worktrees. */
import { join } from "node:path";
import { mergedInto } from "../git/names.ts";
import { runsBelow } from "../host/runs-below.ts";
import type { Reader } from "./application.ts";
import { type Context, projectOf } from "./context.ts";

/** The branch it was merged into; null when nothing was. */
export function branchOfRun(context: Context, reader: Reader, run: string): string | null {
  // Where no worktree was ever made nothing need be read.
  if (!context.application.files.exists(join(projectOf(context).stateFolder, "git"))) return null;
  for (const { run: id } of runsBelow(reader, run))
    for (const { event } of reader.entries(id)) {
      const notes = event.type === "attempt.ended" ? (event.outcome.notes ?? []) : [];
      const branch = notes.map(mergedInto).find((one) => one !== null);
      if (branch !== undefined) return branch;
    }
  return null;
}
