import { type Connect, connect, type Database } from "../../src/host/embedded/database.ts";

/** At the n-th call of a writing connection the folder is copied as it is; all that follows fails. */
export function dyingConnect(n: number, copy: () => void): Connect {
  let left = n;
  const step = () => {
    left -= 1;
    if (left === 0) copy();
    if (left <= 0) throw Object.assign(new Error("dead"), { code: "ERR_SQLITE_ERROR", errcode: 10 });
  };
  return (path, options): Database => {
    const database = connect(path, options);
    if (options.readOnly) return database;
    const alive = <T>(work: () => T): T => {
      step();
      return work();
    };
    return {
      exec: (sql) => alive(() => database.exec(sql)),
      prepare: (sql) => {
        const statement = database.prepare(sql);
        return {
          run: (...values) => alive(() => statement.run(...values)),
          get: (...values) => alive(() => statement.get(...values)),
          all: (...values) => alive(() => statement.all(...values)),
          iterate: (...values) => statement.iterate(...values),
        };
      },
      close: () => database.close(),
    };
  };
}
