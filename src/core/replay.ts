import type { Entry } from "./event.ts";
import { must } from "./invariant.ts";
import type { Lookup } from "./lookup.ts";
import type { Run } from "./run.ts";
import { begin, transition } from "./transition.ts";
import type { Workflow } from "./workflow.ts";

/** The run that these entries make. A run is nothing but the fold of its entries. */
export function replay(id: string, workflow: Workflow, entries: Iterable<Entry>, lookup: Lookup): Run {
  let run: Run | null = null;
  for (const entry of entries) {
    run = (run === null ? begin(id, workflow, entry, lookup) : transition(run, entry, lookup)).run;
  }
  must(run !== null, `run ${id} has entries`);
  return run;
}
