/** --jsonl: every journal entry of the runs that are followed, with the changes it caused, as it becomes durable. */
import { instant } from "../core/calendar.ts";
import type { Change } from "../core/replay.ts";
import type { Labels } from "./labels.ts";
import type { Printer } from "./print.ts";
import { stateChanges } from "./steps.ts";
import { noWatcher, type Watcher } from "./watcher.ts";

export function jsonlWatcher(printer: Printer, labels: Labels): Watcher {
  const roots = new Set<string>();
  return {
    ...noWatcher,
    begin: ({ run }) => void roots.add(run.id),
    changes: (changes) => {
      const seen = changes.filter(({ after }) => roots.has(labels.rootOf(after)));
      printer.lines(seen.map((change) => JSON.stringify(entryDocument(change))));
    },
  };
}

export function entryDocument(change: Change): object {
  const { run, sequence, at, event } = change.entry;
  const { after, before } = change;
  const status = before?.status === after.status ? null : after.status;
  return { schemaVersion: 1, run, sequence, at: instant(at), event, status, changes: stateChanges(change) };
}
