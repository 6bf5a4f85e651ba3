import type { Entry } from "./event.ts";
import { present } from "./invariant.ts";
import type { Lookup } from "./lookup.ts";
import type { Run } from "./run.ts";
import { begin, transition } from "./transition.ts";
import type { Workflow } from "./workflow.ts";

/** The run that these entries make. A run is nothing but the fold of its entries. */
export function replay(id: string, workflow: Workflow, entries: Iterable<Entry>, lookup: Lookup): Run {
  const [first, ...later] = entries;
  const begun = begin(id, workflow, present(first, `run ${id} has entries`), lookup);
  return replayFrom(begun.run, later, lookup);
}

/** The run after further entries. */
export function replayFrom(run: Run, entries: Iterable<Entry>, lookup: Lookup): Run {
  let now = run;
  for (const entry of entries) now = transition(now, entry, lookup).run;
  return now;
}
