/** Reading runs back from the journal. */

import { replayCheckpoint } from "../../core/checkpoint.ts";
import type { Entry, RunStarted } from "../../core/event.ts";
import type { Lookup } from "../../core/lookup.ts";
import { bad, good, type Result } from "../../core/problem.ts";
import { type Change, replay, replayChanges } from "../../core/replay.ts";
import type { Run } from "../../core/run.ts";
import type { Workflow } from "../../core/workflow.ts";
import type { Store } from "./store.ts";

/** How a kept definition becomes the workflow a run was started with; `path` leads to a group's body. */
export type Link = (
  kept: { readonly digest: string; readonly text: string },
  path: readonly string[],
) => Workflow;

/** What deciding a run again from its entries takes. */
export interface Deciding {
  readonly link: Link;
  readonly lookup: Lookup;
}

/** Deciding again, for a reader: given when it asks, because most of decapod hangs on it. */
export interface Replay {
  readonly link: Link;
  changes(run: string, workflow: Workflow, entries: readonly Entry[]): Iterable<Change>;
}

export function replayOf({ link, lookup }: Deciding): Replay {
  return { link, changes: (run, workflow, entries) => replayChanges(run, workflow, entries, lookup) };
}

export type RememberingLink = Link & {
  /** One that was linked elsewhere, when its file was read: doing it again would only cost. */
  readonly remember: (workflow: Workflow) => void;
};

/** How many definitions stay linked: a foreach over a group links the same one for every item. */
const LINKED_MAX = 32;

/** Remembers what was linked. Workflows are immutable, so runs may share one. */
export function rememberingLink(
  link: (text: string) => Workflow,
  bodyAt: (workflow: Workflow, path: readonly string[]) => Workflow,
): RememberingLink {
  const linked = new Map<string, Workflow>();
  const remember = (workflow: Workflow, digest = workflow.digest) => {
    linked.set(digest, workflow);
    if (linked.size > LINKED_MAX) linked.delete(linked.keys().next().value as string);
    return workflow;
  };
  const find: Link = ({ digest, text }, path) => {
    const workflow = linked.get(digest) ?? remember(link(text), digest);
    return path.length === 0 ? workflow : bodyAt(workflow, path);
  };
  return Object.assign(find, { remember: (workflow: Workflow) => void remember(workflow) });
}

export function loadRun(store: Store, link: Link, id: string, lookup: Lookup): Result<Run> {
  const entries = store.entries(id);
  const first = entries[0];
  if (first === undefined) return bad({ code: "E_NOT_FOUND", message: `there is no run ${id}` });
  const start = first.event as RunStarted;
  const definition = store.definition(start.digest);
  if (definition === null) {
    return bad({
      code: "E_JOURNAL",
      message: `the definition ${start.digest.slice(0, 12)} of run ${id} is missing from the journal`,
    });
  }
  const workflow = link({ digest: start.digest, text: definition }, start.path);
  const checkpoint = store.checkpoint(id);
  if (checkpoint !== null) {
    const later = entries.filter((entry) => entry.sequence > checkpoint.sequence);
    const run = replayCheckpoint(checkpoint.state, workflow, later, lookup);
    if (run !== null) return good(run);
  }
  return good(replay(id, workflow, entries, lookup));
}
