/** Where the work of a run lies that was done in worktrees. */
import { join } from "node:path";
import { mergedInto } from "../git/names.ts";
import { runsBelow } from "../host/runs-below.ts";
import type { Reader } from "./application.ts";
import { type Context, projectOf } from "./context.ts";
import { notesIn } from "./notes-in.ts";

/** The branch it was merged into; null when nothing was. */
export function branchOfRun(context: Context, reader: Reader, run: string): string | null {
  // Where no worktree was ever made nothing need be read.
  if (!context.application.files.exists(join(projectOf(context).stateFolder, "git"))) return null;
  const apart = new Set<string>();
  for (const { run: id, parent } of runsBelow(reader, run))
    for (const { event } of reader.entries(id)) {
      // What goes on in a worktree of its own is named once all of it is merged.
      const isApart = event.type === "run.started" && event.worktree !== undefined;
      if (isApart || apart.has(parent ?? "")) apart.add(id);
      if (apart.has(id)) break;
      const branch = notesIn(event)
        .map(mergedInto)
        .find((one) => one !== null);
      if (branch !== undefined) return branch;
    }
  return null;
}
