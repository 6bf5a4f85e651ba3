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

/** An entry with the run before and after it. */
export interface Change {
  readonly entry: Entry;
  readonly before: Run | null;
  readonly after: Run;
}

/** How the run became what it is, entry by entry. */
export function* replayChanges(
  id: string,
  workflow: Workflow,
  entries: Iterable<Entry>,
  lookup: Lookup,
): Generator<Change> {
  let before: Run | null = null;
  for (const entry of entries) {
    const step: { readonly run: Run } =
      before === null ? begin(id, workflow, entry, lookup) : transition(before, entry, lookup);
    yield { entry, before, after: step.run };
    before = step.run;
  }
}

/** The run after further entries. */
export function replayFrom(run: Run, entries: Iterable<Entry>, lookup: Lookup): Run {
  let now = run;
  for (const entry of entries) now = transition(now, entry, lookup).run;
  return now;
}
