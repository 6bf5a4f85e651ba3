/** A large journal, written with the chains of a real one but many commits in a transaction: by the journal it takes hours. */
import { join } from "node:path";
import { commitHash, entryHash, fieldsOf, START } from "../../src/host/embedded/chain.ts";
import { connect } from "../../src/host/embedded/database.ts";
import { makeMark } from "../../src/host/embedded/sidecar.ts";
import { prepareWrites, writeEntry, writeMark, writeRun } from "../../src/host/embedded/statements.ts";
import { realFiles } from "../../src/port/files.ts";
import { entry, opened, runId, runRow } from "./journal.ts";

const ENTRIES_A_COMMIT = 10;

/** All runs but the last have ended. */
export async function writeLarge(
  folder: string,
  { runs, entries }: { readonly runs: number; readonly entries: number },
): Promise<void> {
  await opened(folder).close();
  const database = connect(join(folder, "decapod.db"), { readOnly: false });
  database.exec("pragma synchronous = off; pragma journal_mode = off");
  const writes = prepareWrites(database);
  let mark = { number: 0, entries: 0, hash: START };
  for (let number = 1; number <= runs; number++) {
    const run = runId(number);
    database.exec("begin");
    writes.insert.journal.run(number, run);
    let previous = START;
    for (let sequence = 1; sequence <= entries; sequence += ENTRIES_A_COMMIT) {
      const hashes: string[] = [];
      const next = mark.number + 1;
      for (let at = sequence; at < sequence + ENTRIES_A_COMMIT && at <= entries; at++) {
        const fields = fieldsOf(entry(at, { run }));
        previous = entryHash(previous, fields);
        writeEntry(writes, number, next, fields, previous);
        hashes.push(previous);
      }
      mark = {
        number: next,
        entries: mark.entries + hashes.length,
        hash: commitHash(mark.hash, next, hashes),
      };
      writeMark(writes, mark);
    }
    const endedAt = number === runs ? null : 1_750_000_000_000 + number;
    writeRun(
      writes,
      number,
      runRow(entries, { run, root: run, endedAt, status: endedAt === null ? "running" : "success" }),
    );
    if (endedAt === null) writes.openRun.run(number);
    database.exec("commit");
  }
  database.exec("pragma journal_mode = wal");
  database.close();
  makeMark(realFiles, folder, mark);
}
