/** A run as text and back, so that taking up a long run need not fold all its entries. Holds nothing replay would not give. */
import type { Entry } from "./event.ts";
import type { Lookup } from "./lookup.ts";
import { replayFrom } from "./replay.ts";
import type { Halt, Run } from "./run.ts";
import type { Workflow } from "./workflow.ts";

/** Entries between two checkpoints of a run. */
const ENTRIES_MIN = 1_000;
/** Writing a state costs as its tasks do: a run with many gets fewer, so that no event pays for the number of tasks. */
const ENTRIES_PER_TASK = 4;

/** True when a checkpoint is due between these two states of a run. */
export function isCheckpointDue(before: Run | null, after: Run): boolean {
  if (after.phase === "closed") return false;
  const step = Math.max(ENTRIES_MIN, ENTRIES_PER_TASK * after.workflow.tasks.length);
  return Math.floor((before?.sequence ?? 0) / step) < Math.floor(after.sequence / step);
}

/** The workflow stays out: the journal keeps it under its digest. */
export function checkpointText(run: Run): string {
  const { workflow: _, halt, ...kept } = run;
  return JSON.stringify({
    ...kept,
    halt: halt?.kind === "stop" ? { kind: "stop", open: [...halt.open] } : halt,
  });
}

/** The run at its checkpoint, then the entries after it. */
export function replayCheckpoint(
  text: string,
  workflow: Workflow,
  entries: Iterable<Entry>,
  lookup: Lookup,
): Run {
  const kept = JSON.parse(text) as Omit<Run, "workflow" | "halt"> & { readonly halt: WrittenHalt };
  const halt: Halt | null =
    kept.halt?.kind === "stop" ? { kind: "stop", open: new Set(kept.halt.open) } : kept.halt;
  return replayFrom({ ...kept, halt, workflow }, entries, lookup);
}

type WrittenHalt =
  | Exclude<Halt, { readonly kind: "stop" }>
  | { readonly kind: "stop"; readonly open: readonly number[] }
  | null;
