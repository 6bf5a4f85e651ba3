/** What is written, each statement prepared once. Reading stands in reads.ts, the tables in schema.sql.ts. */
import { must } from "../../core/invariant.ts";
import type { EffectRow, RunRow, TaskRow } from "../host.ts";
import { type EntryFields, sumOf } from "./chain.ts";
import type { Bound, Database, Statement } from "./database.ts";
import { PLACES } from "./schema.sql.ts";
import type { Mark } from "./sidecar.ts";

export type Writes = ReturnType<typeof prepareWrites>;

export function prepareWrites(database: Database) {
  const statement = (sql: string) => database.prepare(sql);
  const put = (table: string, count: number) =>
    statement(
      `insert or replace into ${table} values(${Array.from({ length: count }, () => "?").join(",")})`,
    );
  const insert = {
    journal: statement("insert into journals values(?,?)"),
    entry: statement("insert into entries values(?,?,?,?,?,?,?)"),
    commit: statement("insert into commits values(?,?,?)"),
    audit: statement("insert into audit values(?,?,?,?,?,?)"),
    definition: statement("insert or ignore into definitions values(?,?,?)"),
  };
  const derived = {
    run: put("runs", 20),
    detail: put("run_details", 3),
    task: put("tasks", 15),
    effect: put("effects", 5),
    checkpoint: put("checkpoints", 5),
  };
  return {
    begin: statement("begin immediate"),
    commit: statement("commit"),
    rollback: statement("rollback"),
    insert,
    derived,
    openRun: statement("insert or ignore into open_runs values(?)"),
    closeRun: statement("delete from open_runs where number = ?"),
    removeTask: statement("delete from tasks where place = ?"),
    closeEffect: statement("delete from effects where number = ? and id = ?"),
  };
}

export function placeOf(number: number, position: number): number {
  must(
    Number.isInteger(position) && position >= 0 && position < PLACES,
    `place ${position} of run ${number}`,
  );
  return number * PLACES + position;
}

export function writeEntry(
  writes: Writes,
  number: number,
  commit: number,
  fields: EntryFields,
  hash: string,
): void {
  const { sequence, at, tick, key, text } = fields;
  writes.insert.entry.run(placeOf(number, sequence), commit, at, tick, key, hash, text);
}

export function writeMark(writes: Writes, { number, entries, hash }: Mark): void {
  writes.insert.commit.run(number, entries, hash);
}

export function writeRun(writes: Writes, number: number, row: RunRow): void {
  putRow(writes.derived.run, [
    number,
    row.workflow,
    row.digest,
    row.status,
    row.parent,
    row.root,
    row.label,
    row.startedAt,
    row.endedAt,
    row.done,
    row.total,
    row.failedTask,
    row.failureClass,
    row.failureMessage,
    row.costUsd,
    row.tokens,
    row.waitingFor,
    row.rehearse ? 1 : 0,
    row.sequence,
  ]);
  if (row.detail !== null) putRow(writes.derived.detail, [number, JSON.stringify(row.detail)]);
}

/** A task or instance that is pending again has no row. */
export function writeTask(writes: Writes, number: number, row: TaskRow): void {
  if (row.status === "pending") {
    writes.removeTask.run(placeOf(number, row.position));
    return;
  }
  putRow(writes.derived.task, [
    placeOf(number, row.position),
    row.task,
    row.status,
    row.reason,
    row.skipReason,
    row.attempts,
    row.startedAt,
    row.endedAt,
    row.durationMs,
    row.failureClass,
    row.failureMessage,
    row.costUsd,
    row.output,
    row.detail === null ? null : JSON.stringify(row.detail),
  ]);
}

export function writeEffect(writes: Writes, number: number, { id, kind, detail }: EffectRow): void {
  putRow(writes.derived.effect, [number, id, kind, JSON.stringify(detail)]);
}

export interface CheckpointRow {
  readonly sequence: number;
  /** Of the entry it stands on. */
  readonly hash: string;
  readonly state: string;
}

export function writeCheckpoint(
  writes: Writes,
  number: number,
  { sequence, hash, state }: CheckpointRow,
): void {
  putRow(writes.derived.checkpoint, [number, sequence, hash, state]);
}

/**
 * A row with its checksum at its end; the list is used up. SQLite keeps UTF-8: half a character would come back as another
 * one, and the checksum would not fit.
 */
function putRow(statement: Statement, row: Bound[]): void {
  for (let at = 0; at < row.length; at++) {
    const value = row[at];
    if (typeof value === "string" && !value.isWellFormed()) row[at] = value.toWellFormed();
  }
  row.push(sumOf(row));
  statement.run(...row);
}
