/**
 * The only file that touches SQLite. While a connection is open, nothing else in this process may open the database
 * file itself: closing such a handle would drop the locks SQLite holds on it (POSIX locks belong to the process).
 */
import { backup, DatabaseSync, type SQLInputValue } from "node:sqlite";

/** What goes into a column and comes out of it. */
export type Bound = SQLInputValue;
export type Row = readonly Bound[];

export interface Statement {
  run(...values: Bound[]): void;
  get(...values: Bound[]): Row | undefined;
  all(...values: Bound[]): readonly Row[];
  iterate(...values: Bound[]): Iterable<Row>;
}

export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export interface ConnectOptions {
  readonly readOnly: boolean;
  /** How long a statement sits and waits while another process holds the file. */
  readonly patienceMs?: number;
}

/** SQLite keeps everybody out for the moment in which the first connection opens a file or the last one closes it. */
const PATIENCE_MS = 1_000;

export type Connect = (path: string, options: ConnectOptions) => Database;

export const connect: Connect = (path, { readOnly, patienceMs = PATIENCE_MS }) => {
  const database = new DatabaseSync(path, {
    readOnly,
    timeout: patienceMs,
    enableForeignKeyConstraints: false,
  });
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      // Rows as lists: a third of the time of objects, and no null prototypes that travel.
      statement.setReturnArrays(true);
      return {
        run: statement.run.bind(statement),
        get: (...values) => statement.get(...values) as unknown as Row | undefined,
        all: (...values) => statement.all(...values) as unknown as readonly Row[],
        iterate: (...values) => statement.iterate(...values) as unknown as Iterable<Row>,
      };
    },
    close: () => database.close(),
  };
};

/** Every page in one step, so that the copy is of one moment; in the thread pool, over a connection of its own. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true, timeout: PATIENCE_MS });
  try {
    await backup(source, to, { rate: PAGES_MAX });
  } finally {
    source.close();
  }
}

const PAGES_MAX = 2 ** 31 - 1;

/** The result code of SQLite without its extension; 0 for any other error. */
export function sqliteCode(error: unknown): number {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return 0;
  return error.errcode & 0xff;
}

/** A number above 2^53, which no journal holds. */
export function isOutOfRange(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_OUT_OF_RANGE";
}
