/** What expressions and child.ended see of a task (formats.md 2, "Of a task"). */
import type { Json, JsonMap } from "./json.ts";
import type { Lookup } from "./lookup.ts";
import type { Failure, OutputValue } from "./outcome.ts";
import type { Mapped, TaskState, Unit } from "./run.ts";
import { each } from "./vector.ts";

/** An output that expressions cannot read: too large, or its file is gone. */
export class UnreadableOutput extends Error {}

/** The value of an output, from the entry or by its digest. */
export function outputValue(output: OutputValue, lookup: Lookup): Json {
  if ("value" in output) return output.value;
  const value = lookup.output(output.digest);
  if (value !== undefined) return value;
  throw new UnreadableOutput(
    `an output of ${output.bytes} bytes cannot be read here (the limit is 1 MiB); pass it as a file`,
  );
}

/** As expressions see it: outputs are read when they are named, so a status can be asked of a task whose output is too large. */
export function lazyTask(state: TaskState, lookup: Lookup): JsonMap {
  return taskView(state, (output) => outputValue(output, lookup));
}

/** As it is kept and handed on: complete, an output that cannot be read is null. */
export function viewTask(state: TaskState, lookup: Lookup): JsonMap {
  return { ...taskView(state, (output) => readableOutput(output, lookup)) };
}

type Read = (output: OutputValue) => Json;

function readableOutput(output: OutputValue, lookup: Lookup): Json {
  try {
    return outputValue(output, lookup);
  } catch (thrown) {
    if (thrown instanceof UnreadableOutput) return null;
    throw thrown;
  }
}

/** What others see of a task while it is run again: how it was. */
export function seenTask(state: TaskState): TaskState {
  return state.earlier ?? state;
}

function taskView(now: TaskState, read: Read): JsonMap {
  const state = seenTask(now);
  const shown = {
    status: state.status,
    skip_reason: state.skipReason,
    error: viewError(state.error),
    duration_seconds: state.durationMs / 1000,
    cost_usd: state.usage.costUsd,
    approval: state.approval,
  };
  if (state.items !== null) return viewMapped(state, state.items, shown, read);
  const hasOutput = state.status === "success" || state.skipReason === "not_selected";
  return lazily(
    { ...viewUnit(state.unit), ...shown },
    { output: () => (hasOutput ? read(state.output) : null) },
  );
}

function viewUnit(unit: Unit): JsonMap {
  return {
    status: unit.status,
    skip_reason: unit.skipReason,
    output: null,
    exit_code: unit.exitCode,
    error: viewError(unit.error),
    attempts: unit.attempt,
    iterations: unit.iteration,
    duration_seconds: unit.durationMs / 1000,
    cost_usd: unit.usage.costUsd,
    tasks: unit.tasks,
  };
}

/** The result of an iteration for `until`: what it gave is shown even when it failed. */
export function lazyIteration(unit: Unit, failed: Failure | null, lookup: Lookup): JsonMap {
  return iterationView(unit, failed, (output) => outputValue(output, lookup));
}

/** The same for `previous`, which is kept. */
export function viewIteration(unit: Unit, failed: Failure | null, lookup: Lookup): JsonMap {
  return { ...iterationView(unit, failed, (output) => readableOutput(output, lookup)) };
}

function iterationView(unit: Unit, failed: Failure | null, read: Read): JsonMap {
  const status = failed === null ? "success" : "failed";
  const view = { ...viewUnit({ ...unit, status, error: failed }), iteration: unit.iteration };
  return lazily(view, { output: () => read(unit.output) });
}

function viewMapped(state: TaskState, items: Mapped, shown: JsonMap, read: Read): JsonMap {
  let attempts = 0;
  for (const unit of each(items.units)) attempts += unit.attempt;
  let made: readonly JsonMap[] | null = null;
  const all = () => {
    made ??= [...each(items.units)].map((unit, index) => viewItem(items, index, unit, read));
    return made;
  };
  return lazily(
    { ...shown, exit_code: null, attempts, iterations: 1 },
    {
      output: () => (state.status === "success" ? all().map((one) => one.output as Json) : null),
      items: all,
      succeeded: () => all().filter((one) => one.status === "success"),
      failed: () => all().filter((one) => one.status === "failed"),
      tasks: () => Object.fromEntries(all().map((one) => [one.key as string, one.tasks as Json])),
    },
  );
}

function viewItem(items: Mapped, index: number, unit: Unit, read: Read): JsonMap {
  const item = items.list[index] as Mapped["list"][number];
  const output = unit.status === "success" ? read(unit.output) : null;
  const { status, tasks } = unit;
  return { key: item.key, item: item.value, status, output, error: viewError(unit.error), tasks };
}

/** The map with fields that are read only when somebody asks; a spread of it reads them all. */
function lazily(map: JsonMap, fields: Readonly<Record<string, () => Json>>): JsonMap {
  for (const [name, get] of Object.entries(fields)) {
    Object.defineProperty(map, name, { get, enumerable: true, configurable: true });
  }
  return map;
}

export function viewError(error: Failure | null): Json {
  return error === null ? null : { class: error.class, message: error.message };
}
