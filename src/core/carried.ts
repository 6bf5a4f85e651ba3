/** What a mapped task hands on (`artifacts`) of which a cache had all: it is kept once for all items, as nobody makes them. */
import { isNeededApart } from "./assignment.ts";
import { Draft } from "./draft.ts";
import type { Entry, Item } from "./event.ts";
import { present } from "./invariant.ts";
import { lateTexts } from "./late.ts";
import type { Lookup } from "./lookup.ts";
import type { Run } from "./run.ts";
import { namesOfItem, scopeOf } from "./scope.ts";

/** A task that is about to begin, with all its items. */
export interface Whole {
  readonly run: Run;
  /** Whose group or sub-workflow the run is. */
  readonly outer: Run | undefined;
  readonly task: string;
  readonly items: readonly Item[];
  readonly moment: Entry;
  readonly lookup: Lookup;
}

/** Globs, none where nobody needs them; null: they cannot be read, which whoever makes the items will say. */
export function carriedOf({ run, outer, task: id, items, moment, lookup }: Whole): readonly string[] | null {
  const index = present(run.workflow.indexOf.get(id), "what is expanded is a task", id);
  const task = present(run.workflow.tasks[index], "a task has a place", id);
  const map = present(task.map, "what is expanded is mapped", id);
  if (!isNeededApart(run, task, outer)) return [];
  const draft = new Draft(run, moment, lookup);
  const globs = new Set<string>();
  for (const [place, { key, value }] of items.entries()) {
    const names = namesOfItem(map, key, value, place);
    const read = lateTexts(task.artifacts, scopeOf(draft, { task, item: -1 }, names), "artifacts");
    if (!read.ok) return null;
    for (const glob of read.value) globs.add(glob);
  }
  return [...globs];
}
