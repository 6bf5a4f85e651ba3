/** A run as a whole: for `show`, and for `run --json` at its end. */
import { dirname } from "node:path";
import type { Json } from "../core/json.ts";
import type { RunRow } from "../host/host.ts";
import { runsBelow } from "../host/runs-below.ts";
import type { Reader } from "./application.ts";
import { type Cancelled, cancelledOf } from "./cancelled.ts";
import { type Context, momentOf } from "./context.ts";
import { openDecisions } from "./deciding/open-decisions.ts";
import { type EffectDocument, effectsOf } from "./effects.ts";
import { checkFields, type RunHead, runHead, type TaskDocument, taskDocuments } from "./json.ts";
import type { Invocation } from "./maintask/invocations.ts";
import { type WorkPlace, workPlaceOf } from "./merged.ts";

export interface RunDocument extends RunHead {
  readonly label: string | null;
  readonly by: Json;
  readonly trigger: Json;
  /** The run that this one was started anew from. */
  readonly retryOf: Json;
  /** The last one that was started anew from it. */
  readonly retriedAs: string | null;
  readonly failure: { readonly task: string | null; readonly class: string; readonly message: string } | null;
  readonly cancelled: Cancelled | null;
  /** What its worktrees made, once something of it is merged; `into: null`: git merge is left to a person. */
  readonly work: WorkPlace | null;
  readonly warnings: Json;
  /** Where its logs and artifacts lie, a folder for each task in it. */
  readonly folder: string;
  readonly tasks: readonly TaskDocument[];
  readonly effects: readonly EffectDocument[];
  /** Of a loop that is looked at, what each of them was asked and got done. */
  readonly invocations?: readonly Invocation[];
}

const RUN_FIELDS: Readonly<Record<keyof RunDocument, true>> = {
  id: true,
  workflow: true,
  digest: true,
  status: true,
  params: true,
  startedAt: true,
  endedAt: true,
  durationSeconds: true,
  costUsd: true,
  tokens: true,
  waitingFor: true,
  asked: true,
  outputs: true,
  rehearse: true,
  label: true,
  by: true,
  trigger: true,
  retryOf: true,
  retriedAs: true,
  failure: true,
  cancelled: true,
  work: true,
  warnings: true,
  folder: true,
  tasks: true,
  effects: true,
  invocations: true,
};

export function runDocument(reader: Reader, row: RunRow, context: Context): RunDocument {
  const moment = momentOf(context);
  const { label, detail, failureClass, failureMessage, failedTask } = row;
  const failed = { task: failedTask, class: failureClass ?? "", message: failureMessage ?? "" };
  const tasks = taskDocuments(reader, row, moment);
  const asked = askedIn(reader, row);
  return {
    ...runHead(row, { open: openDecisions(reader, row), asked }, moment.nowMs),
    label,
    by: detail?.by ?? null,
    trigger: detail?.trigger ?? null,
    retryOf: detail?.retryOf ?? null,
    retriedAs: reader.retries(row.run).findLast(({ of }) => of === row.run)?.run ?? null,
    failure: failureClass === null ? null : failed,
    cancelled: cancelledOf(reader, row),
    work: workPlaceOf(context, reader, row.run),
    warnings: detail?.warnings ?? [],
    folder: runFolder(reader, row),
    tasks,
    effects: effectsOf(reader, row, tasks),
  };
}

/** Also of a run inside another one, with what is inside it. */
function askedIn(reader: Reader, { run, root }: RunRow): number {
  const rows = reader.asked([root]);
  const below = rows.length === 0 ? [] : [...runsBelow(reader, run)].map((one) => one.run);
  return rows.reduce((sum, one) => sum + (below.includes(one.run) ? one.count : 0), 0);
}

/** For a command that does something: before it does. */
export function checkRunFields(fields: readonly string[] | null): void {
  if (fields !== null) checkFields(Object.keys(RUN_FIELDS), fields);
}

export function runFolder(reader: Reader, { run }: RunRow): string {
  return dirname(dirname(reader.attemptFolder(run, "-", null, 1)));
}
