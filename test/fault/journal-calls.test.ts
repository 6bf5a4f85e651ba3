/**
 * The n-th call fails, for n = 1, 2, 3, … until nothing fails any more: of SQLite (prepare, step, exec, before it does
 * its work or after) and of the file port (any operation). What was acknowledged before must be there afterwards.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Connect, connect } from "../../src/host/embedded/database.ts";
import { JournalFault, StoreFault } from "../../src/host/embedded/fault.ts";
import type { Journal } from "../../src/host/embedded/journal.ts";
import { type OpenJournal, openJournal } from "../../src/host/embedded/open-journal.ts";
import { RESERVE_FILE } from "../../src/host/embedded/reserve.ts";
import { heldClock } from "../../src/port/clock.ts";
import { type Files, type OpenFile, realFiles } from "../../src/port/files.ts";
import {
  EMPTY,
  entry,
  opened,
  optionsFor,
  pickCounts,
  RUN,
  runId,
  runRow,
  step,
  temporaryFolder,
} from "../support/journal.ts";

const COMMITS = 3;
/** In a commit's check each kind of failure takes every fifth call, beginning at another one. */
const STRIDE = pickCounts({ commit: 5, ci: 1, soak: 1 });
let turn = 0;

/** A countdown: the call it reaches zero at fails, once or from then on. */
class Fuse {
  left: number;
  readonly sticky: boolean;
  readonly error: () => Error;
  blown = 0;

  constructor(left: number, sticky: boolean, error: () => Error) {
    this.left = left;
    this.sticky = sticky;
    this.error = error;
  }

  burn(): void {
    this.left -= 1;
    if (this.left > 0 || (this.left < 0 && !this.sticky)) return;
    this.blown += 1;
    throw this.error();
  }
}

function sqliteError(errcode: number): Error {
  return Object.assign(new Error(`injected ${errcode}`), { code: "ERR_SQLITE_ERROR", errcode });
}

function systemError(code: string): Error {
  return Object.assign(new Error(`injected ${code}`), { code });
}

/** `when` "after" does the work first: a commit that stands although it reported a failure. */
function failingConnect(fuse: Fuse, when: "before" | "after"): Connect {
  const around = <T>(work: () => T): T => {
    if (when === "before") fuse.burn();
    const value = work();
    if (when === "after") fuse.burn();
    return value;
  };
  return (path, options) => {
    if (options.readOnly) return connect(path, options);
    const database = connect(path, options);
    return {
      exec: (sql) => around(() => database.exec(sql)),
      prepare: (sql) => {
        const statement = around(() => database.prepare(sql));
        return {
          run: (...values) => around(() => statement.run(...values)),
          get: (...values) => around(() => statement.get(...values)),
          all: (...values) => around(() => statement.all(...values)),
          iterate: (...values) => statement.iterate(...values),
        };
      },
      close: () => database.close(),
    };
  };
}

function failingFiles(fuse: Fuse): Files {
  const guarded =
    <Values extends unknown[], T>(work: (...values: Values) => T) =>
    (...values: Values): T => {
      fuse.burn();
      return work(...values);
    };
  const wrapped = (file: OpenFile): OpenFile => ({
    ...file,
    write: guarded(file.write),
    syncData: guarded(file.syncData),
    syncDataLater: async () => guarded(file.syncDataLater)(),
  });
  return {
    ...realFiles,
    makeFolder: guarded(realFiles.makeFolder),
    writeAtomic: guarded(realFiles.writeAtomic),
    open: guarded((path, mode) => wrapped(realFiles.open(path, mode))),
    setMode: guarded(realFiles.setMode),
    stat: guarded(realFiles.stat),
    rename: guarded(realFiles.rename),
    syncFolder: guarded(realFiles.syncFolder),
  };
}

/** Opens, commits, is told; what was acknowledged before anything failed is counted. */
async function live(options: OpenJournal): Promise<number> {
  const result = openJournal(options);
  if (!result.ok) return 0;
  const journal = result.value;
  let acknowledged = 0;
  try {
    for (let commit = 0; commit < COMMITS; commit++) {
      journal.commit(step(commit * 2 + 1));
      await journal.synced();
      acknowledged += 2;
      journal.audit("told", String(commit));
    }
  } catch (thrown) {
    assert.ok(thrown instanceof StoreFault || thrown instanceof JournalFault, String(thrown));
    if (thrown instanceof StoreFault && !thrown.retryable) {
      assert.notEqual(journal.fault, null);
      assert.throws(
        () => journal.commit(step(acknowledged + 1)),
        StoreFault,
        "a broken journal accepts nothing",
      );
      await assert.rejects(journal.synced(), StoreFault).catch(() => acknowledged);
    }
  }
  await journal.close();
  return acknowledged;
}

async function enumerate(
  make: (fuse: Fuse) => Partial<OpenJournal>,
  sticky: boolean,
  error: () => Error,
): Promise<number> {
  turn += 1;
  for (let n = 1 + (turn % STRIDE); ; n += STRIDE) {
    using folder = temporaryFolder();
    const fuse = new Fuse(n, sticky, error);
    const acknowledged = await live(optionsFor(folder.path, { clock: heldClock(), ...make(fuse) }));
    const again = openJournal(optionsFor(folder.path));
    assert.ok(again.ok, `call ${n}: ${again.ok ? "" : again.problems[0]?.message}`);
    const count = again.value.entries(RUN).length;
    assert.ok(count >= acknowledged, `call ${n}: ${count} of ${acknowledged} acknowledged entries`);
    again.value.commit(step(count + 1));
    await again.value.synced();
    await again.value.close();
    if (fuse.blown === 0) return n;
  }
}

describe("F8: the n-th call fails", () => {
  for (const [name, code] of [
    ["EIO", 10],
    ["corrupt", 11],
    ["read-only", 8],
  ] as const) {
    for (const when of ["before", "after"] as const) {
      it(`of SQLite with ${name}, ${when} its work`, async (context) => {
        const calls = await enumerate(
          (fuse) => ({ connect: failingConnect(fuse, when) }),
          false,
          () => sqliteError(code),
        );
        context.diagnostic(`${calls} calls`);
        assert.ok(calls > 60, "the calls were reached");
      });
    }
  }

  it("of SQLite, and every one after it", async () => {
    await enumerate(
      (fuse) => ({ connect: failingConnect(fuse, "before") }),
      true,
      () => sqliteError(10),
    );
  });

  for (const code of ["EIO", "ENOSPC", "EROFS", "EMFILE"]) {
    it(`of the file port with ${code}`, async (context) => {
      const calls = await enumerate(
        (fuse) => ({ files: failingFiles(fuse) }),
        false,
        () => systemError(code),
      );
      context.diagnostic(`${calls} calls`);
      assert.ok(calls > 10, "the calls were reached");
    });
  }

  it("a sync that failed once is not believed when it succeeds the next time", async () => {
    using folder = temporaryFolder();
    let failures = 1;
    const files = syncing(async (file) => {
      if (failures-- > 0) throw systemError("EIO");
      await file.syncDataLater();
    });
    const journal = opened(folder.path, { files, clock: heldClock() });
    journal.commit(step(1));
    await assert.rejects(journal.synced(), /E_IO/);
    await assert.rejects(journal.synced(), /E_IO/);
    assert.throws(() => journal.commit(step(3)), /E_IO/);
    await journal.close();
    const again = opened(folder.path);
    assert.equal(again.entries(RUN).length, 2);
    await again.close();
  });
});

describe("F11: another process holds the journal", () => {
  it("says so at once, writes nothing, and takes the same commit once it is free", async () => {
    using folder = temporaryFolder();
    const journal = opened(folder.path);
    journal.commit(step(1));
    const other = connect(join(folder.path, "decapod.db"), { readOnly: false });
    other.exec("begin exclusive");
    for (let attempt = 0; attempt < 3; attempt++) {
      assert.throws(
        () => journal.commit(step(3)),
        (thrown) => thrown instanceof StoreFault && thrown.retryable && thrown.problem.code === "E_BUSY",
      );
    }
    assert.equal(journal.fault, null);
    assert.equal(journal.entries(RUN).length, 2, "reading goes on");
    other.exec("rollback");
    other.close();
    journal.commit(step(3));
    assert.equal(journal.entries(RUN).length, 4);
    await journal.close();
  });

  it("a second writer beside the owner is found out, not mixed in", async () => {
    using folder = temporaryFolder();
    const first = opened(folder.path);
    first.commit(step(1));
    const second = opened(folder.path);
    first.commit(step(3));
    const run = runId(2);
    const other = { ...EMPTY, entries: [entry(1, { run })], runs: [runRow(1, { run, root: run })] };
    assert.throws(() => second.commit(other), /E_LOCKED/);
    assert.equal(second.fault?.code, "E_LOCKED");
    await second.close();
    first.commit(step(5));
    assert.equal(first.entries(RUN).length, 6);
    await first.close();
  });
});

describe("F6: the disk is full", () => {
  it("gives up its reserve for what runs, says so, and makes it again when there is room", async () => {
    using folder = temporaryFolder();
    const clock = heldClock();
    let free = 1e9;
    const files: Files = { ...realFiles, freeBytes: () => free };
    const fuse = new Fuse(-1, false, () => sqliteError(13));
    const journal = opened(folder.path, { clock, files, connect: failingConnect(fuse, "before") });
    clock.advance(5_000);
    const reserve = join(folder.path, RESERVE_FILE);
    assert.equal(realFiles.stat(reserve)?.size, 8 * 1024 * 1024);
    free = 0;
    fuse.left = 1;
    journal.commit(step(1));
    assert.equal(fuse.blown, 1);
    assert.deepEqual([journal.pressure?.code, realFiles.exists(reserve)], ["E_DISK_FULL", false]);
    fuse.left = 1;
    assert.throws(
      () => journal.commit(step(3)),
      (thrown) => thrown instanceof StoreFault && thrown.retryable && thrown.problem.code === "E_DISK_FULL",
    );
    journal.commit(step(3));
    clock.advance(60_000);
    assert.equal(journal.pressure?.code, "E_DISK_FULL");
    free = 1e9;
    clock.advance(60_000);
    assert.deepEqual([journal.pressure, realFiles.stat(reserve)?.size], [null, 8 * 1024 * 1024]);
    assert.equal(journal.entries(RUN).length, 4);
    await journal.close();
  });
});

describe("a run and its rows", () => {
  it("stand together or not at all", async () => {
    using folder = temporaryFolder();
    const fuse = new Fuse(-1, false, () => sqliteError(10));
    const journal = opened(folder.path, { connect: failingConnect(fuse, "before") });
    fuse.left = 4;
    assert.throws(() => journal.commit({ ...EMPTY, entries: [entry(1)], runs: [runRow(1)] }), /E_IO/);
    await journal.close();
    const again: Journal = opened(folder.path);
    assert.deepEqual([again.entries(RUN), again.run(RUN), again.openRuns()], [[], null, []]);
    await again.close();
  });
});

function syncing(sync: (file: OpenFile) => Promise<void>): Files {
  return {
    ...realFiles,
    open: (path, mode) => {
      const file = realFiles.open(path, mode);
      return { ...file, syncDataLater: () => sync(file) };
    },
  };
}
