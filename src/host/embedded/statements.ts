/** What is written, each statement prepared once. Reading stands in reads.ts, the tables in schema.sql.ts. */
import { must } from "../../core/invariant.ts";
import type { EffectRow, RunRow, TaskRow } from "../host.ts";
import { type EntryFields, sumOf } from "./chain.ts";
import type { Bound, Database } from "./database.ts";
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
  const values = clean([
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
  writes.derived.run.run(...values, sumOf(values));
  if (row.detail === null) return;
  const detail = [number, JSON.stringify(row.detail)];
  writes.derived.detail.run(...detail, sumOf(detail));
}

/** A task or instance that is pending again has no row. */
export function writeTask(writes: Writes, number: number, row: TaskRow): void {
  if (row.status === "pending") {
    writes.removeTask.run(placeOf(number, row.position));
    return;
  }
  const values = clean([
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
  writes.derived.task.run(...values, sumOf(values));
}

export function writeEffect(writes: Writes, number: number, { id, kind, detail }: EffectRow): void {
  const values = clean([number, id, kind, JSON.stringify(detail)]);
  writes.derived.effect.run(...values, sumOf(values));
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
  const values = clean([number, sequence, hash, state]);
  writes.derived.checkpoint.run(...values, sumOf(values));
}

/** SQLite keeps UTF-8: half a character would come back as another one, and the row's checksum would not fit. */
function clean(values: readonly (string | number | null)[]): readonly Bound[] {
  return values.map((value) =>
    typeof value === "string" && !value.isWellFormed() ? value.toWellFormed() : value,
  );
}
