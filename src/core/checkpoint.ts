/** A run as text and back, so that taking up a long run need not fold all its entries. Holds nothing replay would not give. */
import type { Entry } from "./event.ts";
import type { Lookup } from "./lookup.ts";
import { replayFrom } from "./replay.ts";
import type { Halt, Mapped, Run, TaskState, Unit } from "./run.ts";
import { each, vectorOf } from "./vector.ts";
import type { Workflow } from "./workflow.ts";

/**
 * How a state is written, and which fields it has. One in another form is of another version: it is passed over, the
 * entries have it all.
 */
const FORM = 8;

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

/** The workflow stays out: the journal keeps it under its digest. Lists are written as lists, however memory holds them. */
export function checkpointText(run: Run): string {
  const { workflow: _, halt, tasks, ...kept } = run;
  return JSON.stringify({
    form: FORM,
    ...kept,
    tasks: Array.from(each(tasks), writtenTask),
    halt: halt?.kind === "stop" ? { kind: "stop", open: [...halt.open] } : halt,
  });
}

/** The run at its checkpoint, then the entries after it; null when the text is of another version. */
export function replayCheckpoint(
  text: string,
  workflow: Workflow,
  entries: Iterable<Entry>,
  lookup: Lookup,
): Run | null {
  const { form, ...kept } = JSON.parse(text) as Written;
  if (form !== FORM) return null;
  const halt: Halt | null =
    kept.halt?.kind === "stop" ? { kind: "stop", open: new Set(kept.halt.open) } : kept.halt;
  const tasks = vectorOf(kept.tasks.map(readTask));
  return replayFrom({ ...kept, tasks, halt, workflow }, entries, lookup);
}

interface Written extends Omit<Run, "workflow" | "halt" | "tasks"> {
  readonly form?: number;
  readonly tasks: readonly WrittenTask[];
  readonly halt:
    | Exclude<Halt, { readonly kind: "stop" }>
    | { readonly kind: "stop"; readonly open: readonly number[] }
    | null;
}

interface WrittenTask extends Omit<TaskState, "items" | "earlier"> {
  readonly items: (Omit<Mapped, "units"> & { readonly units: readonly Unit[] }) | null;
  readonly earlier: WrittenTask | null;
}

function writtenTask(state: TaskState): WrittenTask {
  const { items, earlier } = state;
  return {
    ...state,
    items: items === null ? null : { ...items, units: [...each(items.units)] },
    earlier: earlier === null ? null : writtenTask(earlier),
  };
}

function readTask(state: WrittenTask): TaskState {
  const { items, earlier } = state;
  return {
    ...state,
    items: items === null ? null : { ...items, units: vectorOf(items.units) },
    earlier: earlier === null ? null : readTask(earlier),
  };
}
