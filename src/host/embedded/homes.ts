import type { Lookup } from "../../core/lookup.ts";
import { standingStill } from "../../core/recover.ts";
import type { Run } from "../../core/run.ts";
import { homeOf } from "../../core/workspace.ts";
import type { Home } from "../../core/workspace-words.ts";
import type { Desk } from "./desk.ts";

/** Where a run works; it may have closed, those around it are open. */
export function homeIn(desk: Desk, run: Run, lookup: Lookup): Home {
  return homeOf(run, {
    runOf: (id) => desk.run(id),
    momentIn: (id) => (desk.run(id) === undefined ? standingStill(run) : desk.moment(id)),
    lookup,
  });
}
