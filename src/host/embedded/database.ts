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

export type Connect = (path: string, options: { readonly readOnly: boolean }) => Database;

export const connect: Connect = (path, { readOnly }) => {
  const database = new DatabaseSync(path, { readOnly, timeout: 0, enableForeignKeyConstraints: false });
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      // Rows as lists: a third of the time of objects, and no null prototypes that travel.
      statement.setReturnArrays(true);
      return {
        run: (...values) => void statement.run(...values),
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
  const source = new DatabaseSync(from, { readOnly: true, timeout: 1000 });
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
