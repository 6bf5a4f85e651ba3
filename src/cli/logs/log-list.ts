/** Which logs a run has: of its own tasks, and of those of its groups and sub-workflows at any depth. */
import type { RunRow, TaskRow } from "../../host/host.ts";
import type { Reader } from "../application.ts";
import { shortRun } from "../ids.ts";
import { itemOf, logFile, taskOf } from "../json.ts";
import { rowNameOf } from "../labels.ts";

const CHILDREN_MAX = 1000;

export interface Log {
  /** `rollout[25]/ship` */
  readonly label: string;
  readonly attempt: number;
  /** It mended what made an earlier attempt fail. */
  readonly isRepair: boolean;
  readonly file: string;
  readonly isRunning: boolean;
  readonly hasFailed: boolean;
}

export interface Place {
  readonly label: string;
  readonly row: TaskRow;
}

/** The last attempt of each task that has one, or a certain one. */
export function logsIn(reader: Reader, places: readonly Place[], attempt: number | null): readonly Log[] {
  const repairs = repairsIn(reader);
  return places
    .filter(({ row }) => row.attempts > 0 && (attempt ?? 1) <= row.attempts)
    .map(({ label, row }) => {
      const number = attempt ?? row.attempts;
      const isRunning = row.status === "running" && number === row.attempts;
      const hasFailed = number < row.attempts || row.status === "failed" || row.status === "skipped";
      const isRepair = number > 1 && repairs(row.run).has(placeIn(row, number));
      return { label, attempt: number, isRepair, file: logFile(reader, row, number), isRunning, hasFailed };
    });
}

/** The repairs of a run, read when its first later attempt is asked for. */
function repairsIn(reader: Reader): (run: string) => ReadonlySet<string> {
  const found = new Map<string, ReadonlySet<string>>();
  return (run) => {
    const known = found.get(run);
    if (known !== undefined) return known;
    const repairs = new Set<string>();
    for (const { event } of reader.entries(run)) {
      if (event.type !== "attempt.started" || event.repairOf === undefined) continue;
      repairs.add(JSON.stringify([event.task, event.item ?? null, event.attempt]));
    }
    found.set(run, repairs);
    return repairs;
  };
}

function placeIn(row: TaskRow, attempt: number): string {
  return JSON.stringify([taskOf(row), itemOf(row), attempt]);
}

/** Where errors are looked for: what has failed; everywhere when nothing has. */
export function suspectsAmong(logs: readonly Log[]): readonly Log[] {
  const failed = logs.filter(({ hasFailed }) => hasFailed);
  return failed.length === 0 ? logs : failed;
}

/** The tasks that are meant, oldest run first; all of them when none is named. */
export function placesOf(reader: Reader, run: RunRow, task: string | null): readonly Place[] {
  return everyPlace(reader, run.run, "").filter(({ label, row }) => isMeant(task, label, row.task));
}

/** By the way to it as the board writes it, by what it lies in, or by its own id alone. */
function isMeant(asked: string | null, label: string, task: string): boolean {
  if (asked === null) return true;
  const isIn = (name: string) => name === asked || name.startsWith(`${asked}[`);
  return isIn(label) || isIn(task) || label.startsWith(`${asked}/`);
}

function everyPlace(reader: Reader, run: string, prefix: string): readonly Place[] {
  const own = reader.tasks(run);
  const children = reader
    .runs({ parent: run, limit: CHILDREN_MAX })
    .toSorted((one, other) => one.startedAt - other.startedAt);
  return [
    ...own.map((row) => ({ label: prefix + row.task, row })),
    ...children.flatMap((child) =>
      everyPlace(reader, child.run, `${prefix}${callerOf(reader, own, child.run)}/`),
    ),
  ];
}

/** The task, or the instance of it, that called this child run. */
function callerOf(reader: Reader, rows: readonly TaskRow[], child: string): string {
  const parent = reader.started(child)?.parent ?? null;
  return parent === null ? shortRun(reader, child) : rowNameOf(rows, parent);
}
