/** Rows of the read model as they come from the database: checked, then given names. */
import type { Json } from "../../core/json.ts";
import type { EffectRow, RunRow, TaskRow } from "../host.ts";
import { sumOf } from "./chain.ts";
import type { Bound, Row } from "./database.ts";
import { JournalFault } from "./fault.ts";
import { journalProblem, REBUILD_HINT } from "./faults.ts";
import { PLACES } from "./schema.sql.ts";
import type { AuditLine } from "./store.ts";

/** The row without its checksum, which stands last. */
export function checkedRow(row: Row, what: string): Row {
  const values = row.slice(0, -1);
  if (sumOf(values) === row.at(-1)) return values;
  throw new JournalFault(
    journalProblem(`a ${what} row is missing or was changed outside decapod`, REBUILD_HINT),
  );
}

/** A row of runs with the run's id behind it. */
export function runOf(row: Row): RunRow {
  const values = checkedRow(row.slice(0, -1), "run");
  return {
    run: text(row.at(-1)),
    workflow: text(values[1]),
    digest: text(values[2]),
    status: text(values[3]) as RunRow["status"],
    parent: textOrNull(values[4]),
    root: text(values[5]),
    label: textOrNull(values[6]),
    startedAt: Number(values[7]),
    endedAt: numberOrNull(values[8]),
    done: Number(values[9]),
    total: Number(values[10]),
    failedTask: textOrNull(values[11]),
    failureClass: textOrNull(values[12]),
    failureMessage: textOrNull(values[13]),
    costUsd: numberOrNull(values[14]),
    tokens: numberOrNull(values[15]),
    waitingFor: Number(values[16]),
    rehearse: values[17] === 1,
    sequence: Number(values[18]),
    detail: null,
  };
}

export function taskOf(run: string, number: number, row: Row): TaskRow {
  const values = checkedRow(row, "task");
  return {
    run,
    task: text(values[1]),
    position: Number(values[0]) - number * PLACES,
    status: text(values[2]),
    reason: textOrNull(values[3]),
    skipReason: textOrNull(values[4]),
    attempts: Number(values[5]),
    startedAt: numberOrNull(values[6]),
    endedAt: numberOrNull(values[7]),
    durationMs: numberOrNull(values[8]),
    failureClass: textOrNull(values[9]),
    failureMessage: textOrNull(values[10]),
    costUsd: numberOrNull(values[11]),
    output: textOrNull(values[12]),
    detail: values[13] === null ? null : (JSON.parse(text(values[13])) as Json),
  };
}

/** A row of effects with the run's id behind it. */
export function effectOf(row: Row): EffectRow {
  const values = checkedRow(row.slice(0, -1), "effect");
  return {
    run: text(row.at(-1)),
    id: text(values[1]),
    kind: text(values[2]) as EffectRow["kind"],
    detail: JSON.parse(text(values[3])),
  };
}

export function auditLine([at, action, detail]: Row): AuditLine {
  return { at: Number(at), action: text(action), detail: text(detail) };
}

function text(value: Bound | undefined): string {
  return String(value);
}

function textOrNull(value: Bound | undefined): string | null {
  return value === null ? null : String(value);
}

function numberOrNull(value: Bound | undefined): number | null {
  return value === null ? null : Number(value);
}
