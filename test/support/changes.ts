/** What an observer of an engine would have seen of a run that was played by hand. */
import { type Change, replayChanges } from "../../src/core/replay.ts";
import type { Play } from "./decider.ts";

export function changesOf(play: Play): readonly Change[] {
  return [...replayChanges("RUN", play.run.workflow, play.entries, play.lookup)];
}
