/** Where the work of a run lies that was done in worktrees. */
import { join } from "node:path";
import { mergedBranch } from "../git/late-repository.ts";
import { mergedInto } from "../git/names.ts";
import { runsBelow } from "../host/runs-below.ts";
import type { Reader } from "./application.ts";
import { type Context, projectOf } from "./context.ts";
import { notesIn } from "./notes-in.ts";

export interface WorkPlace {
  /** The branch of the run. */
  readonly branch: string;
  /** The one that it was merged into; null: a person does that. */
  readonly into: string | null;
}

/** null when nothing was merged. */
export function workPlaceOf(context: Context, reader: Reader, run: string): WorkPlace | null {
  const { files } = context.application;
  const { root, stateFolder } = projectOf(context);
  // Where no worktree was ever made nothing need be read.
  if (!files.exists(join(stateFolder, "git"))) return null;
  const branch = branchOfRun(reader, run);
  return branch === null ? null : { branch, into: mergedBranch(files, root, run) };
}

function branchOfRun(reader: Reader, run: string): string | null {
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
