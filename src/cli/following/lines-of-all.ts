/** All that an engine does, as lines: for whoever looks after a project, and not after one run. */
import { present } from "../../core/invariant.ts";
import type { OpenEngine, Reader } from "../application.ts";
import type { Context } from "../context.ts";
import { RunNames } from "../ids.ts";
import { Labels } from "../labels.ts";
import { lineWatcher } from "../lines.ts";
import { localTime } from "../text.ts";

export function linesOfAll({ application, err }: Context, engine: OpenEngine, reader: Reader | null) {
  const watcher = lineWatcher({
    printer: err,
    labels: new Labels(() => present(reader, "whoever has an engine has a journal")),
    time: localTime(),
    clock: application.clock,
    verbose: false,
  });
  const names = new RunNames(reader);
  const end = engine.observe((changes) => {
    for (const { before, after } of changes)
      if (before === null && after.start.parent === null)
        watcher.begin({ run: after, name: names.of(after.id), how: "started", below: [] });
    watcher.changes(changes);
  });
  return { watcher, end };
}
