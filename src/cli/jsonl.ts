/**
 * --jsonl: every journal entry of the runs that are followed, with the changes it caused, as it becomes durable; and,
 * without an entry, that an attempt prints nothing.
 */
import { instant } from "../core/calendar.ts";
import { instanceName } from "../core/id.ts";
import type { Change } from "../core/replay.ts";
import { quietText } from "../driver/process-run.ts";
import type { Clock } from "../port/clock.ts";
import type { Progress } from "./application.ts";
import { noWatcher, type Watcher } from "./following/watcher.ts";
import { type Labels, placeOf } from "./labels.ts";
import type { Printer } from "./print.ts";
import { stateChanges } from "./steps.ts";

export function jsonlWatcher(printer: Printer, labels: Labels, clock: Clock): Watcher {
  const roots = new Set<string>();
  return {
    ...noWatcher,
    begin: ({ run, below }) => {
      roots.add(run.id);
      for (const one of [run, ...below]) labels.learn(one);
    },
    changes: (changes) => {
      for (const { after } of changes) labels.learn(after);
      const seen = changes.filter(({ after }) => roots.has(labels.rootOf(after)));
      printer.lines(seen.map((change) => JSON.stringify(entryDocument(change))));
    },
    progress: (progress) => {
      const place = placeOf(labels, progress);
      if (progress.kind === "quiet" && place !== null && roots.has(place.root))
        printer.line(JSON.stringify(quietDocument(progress, clock.wall())));
    },
  };
}

export function entryDocument(change: Change): object {
  const { run, sequence, at, event } = change.entry;
  const { after, before } = change;
  const status = before?.status === after.status ? null : after.status;
  return {
    schemaVersion: 1,
    run,
    sequence,
    at: instant(at),
    event,
    status,
    changes: stateChanges(change),
    note: null,
  };
}

function quietDocument(
  { run, task, key, attempt, quietMs }: Progress & { readonly kind: "quiet" },
  nowMs: number,
): object {
  const note = { task: instanceName(task, key), attempt, text: quietText(quietMs) };
  const at = instant(nowMs);
  return { schemaVersion: 1, run, sequence: null, at, event: null, status: null, changes: [], note };
}
