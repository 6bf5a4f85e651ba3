/** From which runs a task file comes. Each of its parents is a run, or an attempt in it: `RUN`, `RUN/TASK/NUMBER`. */
import type { RunStarted } from "../../core/event.ts";
import { recordedTask } from "./task-run.ts";

export interface LineageReader {
  run(id: string): { readonly root: string } | null;
  started(run: string): RunStarted | null;
}

/** The runs at the top; one that the journal has no more stands for itself. */
export function rootsOf(parents: readonly string[], reader: LineageReader): readonly string[] {
  return [
    ...new Set(
      parents.map((parent) => {
        const [run = ""] = parent.split("/", 1);
        return reader.run(run)?.root ?? run;
      }),
    ),
  ];
}

/**
 * How many task files lead to this one, itself among them; 0: no run wrote it. Counted up to one above `most`: what a file
 * says of its parents may go round in a circle.
 */
export function depthOf(parents: readonly string[], reader: LineageReader, most: number): number {
  let depth = 0;
  for (let now = parents; now.length > 0 && depth <= most; depth += 1)
    now = rootsOf(now, reader).flatMap((root) => parentsOf(root, reader));
  return depth;
}

/** Of the task file that a run was started for. */
export function parentsOf(run: string, reader: LineageReader): readonly string[] {
  const started = reader.started(run);
  return (started === null ? null : recordedTask(started))?.parents ?? [];
}
