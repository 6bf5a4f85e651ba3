/** What an observer of an engine would have seen of a run that was played by hand. */
import type { Change } from "../../src/cli/application.ts";
import type { Run } from "../../src/core/run.ts";
import { begin, transition } from "../../src/core/transition.ts";
import type { Play } from "./decider.ts";

export function changesOf(play: Play): readonly Change[] {
  const changes: Change[] = [];
  let before: Run | null = null;
  for (const entry of play.entries) {
    const next: Run =
      before === null
        ? begin("RUN", play.run.workflow, entry, play.lookup).run
        : transition(before, entry, play.lookup).run;
    changes.push({ entry, before, after: next });
    before = next;
  }
  return changes;
}
