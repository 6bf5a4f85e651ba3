import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { chance } from "../../../test/support/chance.ts";
import {
  anyText,
  EMPTY,
  entry,
  fill,
  opened,
  optionsFor,
  pickCounts,
  RUN,
  refusal,
  runId,
  runRow,
  step,
  taskRow,
  temporaryFolder,
} from "../../../test/support/journal.ts";
import type { Entry } from "../../core/event.ts";
import { heldClock } from "../../port/clock.ts";
import { realFiles } from "../../port/files.ts";
import { backupFile } from "./backup.ts";
import { type Connect, connect } from "./database.ts";
import { JournalFault, StoreFault } from "./fault.ts";
import { openJournal } from "./open-journal.ts";
import { readMark } from "./sidecar.ts";

describe("the journal", () => {
  it("gives back what was committed, also after it was closed", async () => {
    using folder = temporaryFolder();
    const journal = opened(folder.path);
    const detail = { params: { a: [1, null, "ü\ud800"] } };
    const timer = { run: RUN, id: "retry:a", kind: "timer", detail: { due: 5 } } as const;
    journal.commit({
      ...EMPTY,
      definitions: [{ digest: "abc", text: "{}" }],
      entries: [entry(1, { key: "k\u0000\ud800", tick: 0.1 + 0.2 })],
      runs: [runRow(1, { detail, costUsd: 0.1 })],
      tasks: [taskRow(0, { failureMessage: "a\u0000b", detail: { checks: [] } }), taskRow(1)],
      effectsOpened: [timer, { ...timer, id: "retry:b" }],
      checkpoints: [{ run: RUN, sequence: 1, state: "{}" }],
    });
    journal.commit({
      ...EMPTY,
      entries: [entry(2)],
      runs: [runRow(2)],
      tasks: [taskRow(1, { status: "pending" })],
      effectsClosed: [{ run: RUN, id: "retry:b" }],
    });
    const look = () => ({
      entries: again.entries(RUN),
      after: again.entries(RUN, 1).length,
      run: again.run(RUN),
      tasks: again.tasks(RUN),
      effects: again.effects(),
      ofRun: again.effects(RUN).length,
      checkpoint: again.checkpoint(RUN),
      definition: again.definition("abc"),
      keys: [again.hasKey(RUN, "k\u0000\ud800"), again.hasKey(RUN, "k"), again.hasKey(runId(9), "k")],
      open: again.openRuns(),
      ending: again.runsEnding("1w2x"),
    });
    let again = journal;
    const before = look();
    assert.deepEqual(before.entries, [entry(1, { key: "k\u0000\ufffd", tick: 0.1 + 0.2 }), entry(2)]);
    assert.deepEqual(before.run, runRow(2, { detail }));
    assert.deepEqual(before.tasks, [taskRow(0, { failureMessage: "a\u0000b", detail: { checks: [] } })]);
    assert.deepEqual(before.effects, [timer]);
    assert.deepEqual([before.after, before.ofRun, before.definition], [1, 1, "{}"]);
    assert.deepEqual(before.checkpoint, { sequence: 1, state: "{}" });
    assert.deepEqual([before.keys, before.open, before.ending], [[true, false, false], [RUN], [RUN]]);
    await journal.close();
    again = opened(folder.path);
    assert.deepEqual(look(), before);
    await again.close();
  });

  it("lists runs newest first by state, workflow, parent, label, start and page", async () => {
    using folder = temporaryFolder();
    const journal = opened(folder.path);
    const add = (number: number, changes: Parameters<typeof runRow>[1]) => {
      const run = runId(number);
      journal.commit({
        ...EMPTY,
        entries: [entry(1, { run })],
        runs: [runRow(1, { run, root: run, startedAt: number, ...changes })],
      });
    };
    add(1, { label: "x" });
    add(2, { status: "failed", endedAt: 5 });
    add(3, { parent: runId(1) });
    add(4, { workflow: "other" });
    const listed = (query: Parameters<typeof journal.runs>[0]) =>
      journal.runs(query).map(({ run }) => Number(run.slice(-6)));
    assert.deepEqual(listed({}), [4, 2, 1]);
    assert.deepEqual(listed({ status: ["failed", "paused"] }), [2]);
    assert.deepEqual(listed({ workflow: "other" }), [4]);
    assert.deepEqual(listed({ parent: runId(1) }), [3]);
    assert.deepEqual(listed({ label: "x" }), [1]);
    assert.deepEqual(listed({ since: 2 }), [4, 2]);
    assert.deepEqual(listed({ limit: 1, before: runId(4) }), [2]);
    assert.deepEqual(journal.openRuns(), [runId(1), runId(3), runId(4)]);
    assert.deepEqual(journal.everyRun(), [runId(1), runId(2), runId(3), runId(4)]);
    await journal.close();
  });

  it("lists runs in the order in which they began, whatever their ids: those of keys and tasks tell no time", async () => {
    using folder = temporaryFolder();
    const journal = opened(folder.path);
    for (const number of [7, 2, 9, 4]) {
      const run = runId(number);
      journal.commit({ ...EMPTY, entries: [entry(1, { run })], runs: [runRow(1, { run, root: run })] });
    }
    const listed = (query: Parameters<typeof journal.runs>[0]) =>
      journal.runs(query).map(({ run }) => Number(run.slice(-6)));
    assert.deepEqual(listed({}), [4, 9, 2, 7]);
    assert.deepEqual(listed({ limit: 2, before: runId(9) }), [2, 7], "the next page");
    assert.deepEqual(listed({ before: runId(8) }), [], "behind a run that is not there");
    await journal.close();
  });

  it("takes the audit into the commits, and a rebuild leaves the truth alone", async () => {
    using folder = temporaryFolder();
    const journal = opened(folder.path);
    fill(journal, 1, 3);
    journal.audit("refused", "a plan that was not shown");
    const before = readMark(realFiles, folder.path);
    journal.replaceDerived({ ...EMPTY, runs: [runRow(3, { done: 99 })], tasks: [taskRow(7)] });
    assert.deepEqual([journal.run(RUN)?.done, journal.tasks(RUN).length, journal.openRuns()], [99, 1, [RUN]]);
    assert.deepEqual(readMark(realFiles, folder.path), before);
    fill(journal, 4, 1);
    assert.equal(journal.entries(RUN).length, 4);
    await journal.close();
  });

  it("refuses an entry that does not follow the last one, as a bug", async () => {
    using folder = temporaryFolder();
    const journal = opened(folder.path);
    assert.throws(() => fill(journal, 2, 1), /begins with its first entry/);
    fill(journal, 1, 2);
    assert.throws(() => fill(journal, 2, 1), /entries of a run follow one another: 2/);
    assert.throws(() => fill(journal, 4, 1), /follow one another: 4/);
    assert.throws(() => journal.commit({ ...EMPTY, tasks: [taskRow(1, { run: runId(8) })] }), /no entry/);
    fill(journal, 3, 1);
    assert.equal(journal.entries(RUN).length, 3);
    await journal.close();
  });

  it("O8: makes files of 0600 in a folder of 0700, left alone by git", async () => {
    using folder = temporaryFolder();
    const before = process.umask(0);
    try {
      const state = join(folder.path, ".claude", "workflow-state");
      const journal = opened(state);
      fill(journal, 1, 3);
      await journal.backup(join(folder.path, "backups", "copy.db"));
      const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);
      assert.equal(mode(state), "700");
      for (const name of ["decapod.db", "decapod.db-wal", "decapod.db-shm", "decapod.mark", ".gitignore"]) {
        assert.equal(mode(join(state, name)), "600", name);
      }
      assert.equal(mode(join(folder.path, "backups", "copy.db")), "600");
      assert.equal(readFileSync(join(state, ".gitignore"), "utf8"), "*\n");
      await journal.close();
    } finally {
      process.umask(before);
    }
  });

  it("F17: notices within 5 s that a file was deleted or replaced, and acknowledges nothing more", async () => {
    for (const name of ["decapod.db", "decapod.db-wal", "decapod.mark"]) {
      for (const replaced of [false, true]) {
        using folder = temporaryFolder();
        const clock = heldClock();
        const journal = opened(folder.path, { clock });
        fill(journal, 1, 2);
        await journal.synced();
        clock.advance(10_000);
        const path = join(folder.path, name);
        const bytes = readFileSync(path);
        renameSync(path, `${path}.old`);
        if (replaced) writeFileSync(path, bytes);
        fill(journal, 3, 1);
        await assert.rejects(journal.synced(), StoreFault);
        assert.equal(journal.fault?.code, "E_JOURNAL");
        assert.throws(() => fill(journal, 4, 1), /deleted or replaced/);
        await journal.close();
      }
    }
    using folder = temporaryFolder();
    const clock = heldClock();
    const idle = opened(folder.path, { clock });
    fill(idle, 1, 1);
    await idle.synced();
    rmSync(join(folder.path, "decapod.db-wal"));
    clock.advance(5_000);
    assert.equal(idle.fault?.code, "E_JOURNAL");
    await idle.close();
  });

  it("F18: says when its SQLite is old, and refuses one that is too old", async () => {
    const stub =
      (version: string): Connect =>
      (path, options) => {
        const database = connect(path, options);
        return {
          ...database,
          prepare: (sql) => database.prepare(sql.replace("sqlite_version()", `'${version}'`)),
        };
      };
    for (const [version, expected] of [
      ["3.50.4", "W_OLD_SQLITE"],
      ["3.51.2", "W_OLD_SQLITE"],
      ["3.51.3", null],
      ["4.0.0", null],
    ] as const) {
      using folder = temporaryFolder();
      const journal = opened(folder.path, { connect: stub(version) });
      assert.equal(journal.notices[0]?.code ?? null, expected, version);
      await journal.close();
    }
    using folder = temporaryFolder();
    assert.equal(await refusal(folder.path, { connect: stub("3.36.0") }), "E_NODE");
  });

  it("F19: reads its settings back and refuses a SQLite that does not keep them", async () => {
    const answers = [
      ["durable", "synchronous", "pragma synchronous = normal"],
      ["fast", "synchronous", "pragma synchronous = off"],
      ["durable", "journal_mode", "pragma journal_mode = delete"],
      ["durable", "busy_timeout", "pragma busy_timeout = 9"],
      ["durable", "wal_autocheckpoint", "pragma wal_autocheckpoint = 0"],
    ] as const;
    for (const [durability, name, instead] of answers) {
      const deaf: Connect = (path, options) => {
        const database = connect(path, options);
        const exec = (sql: string) => database.exec(sql.startsWith(`pragma ${name} =`) ? instead : sql);
        return { ...database, exec };
      };
      using folder = temporaryFolder();
      const result = openJournal(optionsFor(folder.path, { connect: deaf, durability }));
      assert.ok(!result.ok, name);
      assert.match(
        result.problems[0]?.message ?? "",
        new RegExp(`durability ${durability} promises: ${name}`),
      );
    }
  });

  it("syncs the mark in the background within 50 ms, and once for all who wait", async () => {
    using folder = temporaryFolder();
    const clock = heldClock();
    let syncs = 0;
    const files = countingFiles(() => (syncs += 1));
    const journal = opened(folder.path, { clock, files });
    fill(journal, 1, 20);
    assert.equal(syncs, 0);
    clock.advance(50);
    await Promise.all([journal.synced(), journal.synced(), journal.synced()]);
    assert.ok(syncs >= 1 && syncs <= 2, `${syncs} syncs`);
    const before = syncs;
    await journal.synced();
    assert.equal(syncs, before);
    await journal.close();
  });

  it("writes the mark after each commit; in fast only once the log is on the disk", async () => {
    using folder = temporaryFolder();
    const durable = opened(join(folder.path, "durable"), { clock: heldClock() });
    fill(durable, 1, 3);
    assert.equal((readMark(realFiles, join(folder.path, "durable")) as { number: number }).number, 3);
    const synced: string[] = [];
    const files = countingFiles((path) => synced.push(path.slice(path.lastIndexOf("/") + 1)));
    const fast = opened(join(folder.path, "fast"), { clock: heldClock(), durability: "fast", files });
    fill(fast, 1, 3);
    assert.equal((readMark(realFiles, join(folder.path, "fast")) as { number: number }).number, 0);
    await fast.synced();
    assert.deepEqual(synced, ["decapod.db-wal", "decapod.mark"]);
    assert.equal((readMark(realFiles, join(folder.path, "fast")) as { number: number }).number, 3);
    await durable.close();
    await fast.close();
  });

  it("says that a journal is gone when a backup of it is there", async () => {
    using folder = temporaryFolder();
    const backups = join(folder.path, "backups");
    const state = join(folder.path, "state");
    const first = opened(state, { backups });
    fill(first, 1, 1);
    await first.backup(backupFile(backups, first.id, 0));
    await first.close();
    rmSync(state, { recursive: true });
    const second = opened(state, { backups });
    assert.equal(second.notices[0]?.code, "W_NO_JOURNAL");
    await second.close();
    assert.ok(existsSync(backups));
  });
});

describe("the chain", () => {
  it("keeps any entries of any runs in any grouping, and finds each change to them (property)", async () => {
    const rounds = pickCounts({ commit: 15, ci: 300, soak: 3000 });
    for (let seed = 1; seed <= rounds; seed++) {
      using folder = temporaryFolder();
      const random = chance(seed);
      const journal = opened(folder.path, { durability: "fast" });
      const written = new Map<string, Entry[]>();
      for (let commits = 1 + random.below(12); commits > 0; commits--) {
        const entries: Entry[] = [];
        for (let count = 1 + random.below(6); count > 0; count--) {
          const run = runId(random.below(3));
          const list = written.get(run) ?? [];
          written.set(run, list);
          const event = {
            type: "event.received",
            name: anyText(random),
            key: "",
            data: { [anyText(random)]: anyText(random) },
          } as const;
          const key = random.below(3) === 0 ? anyText(random).toWellFormed() : null;
          const one = {
            run,
            sequence: list.length + 1,
            at: random.below(2 ** 41),
            tick: random.next() * 1e9,
            key,
            event,
          };
          list.push(one);
          entries.push(one);
        }
        const rows = [...new Set(entries.map(({ run }) => run))].map((run) =>
          runRow(written.get(run)?.length ?? 0, { run, root: run }),
        );
        journal.commit({ ...EMPTY, entries, runs: rows });
      }
      for (const [run, entries] of written) assert.deepEqual(journal.entries(run), entries, `seed ${seed}`);
      await journal.close();
      const again = opened(folder.path);
      for (const [run, entries] of written) assert.deepEqual(again.entries(run), entries, `seed ${seed}`);
      await again.close();
    }
  });

  it("F14: finds one byte changed in any column of any entry, and says how far it can be read", async () => {
    using folder = temporaryFolder();
    const journal = opened(folder.path);
    for (let at = 1; at < 20; at += 2) journal.commit(step(at));
    await journal.close();
    const path = join(folder.path, "decapod.db");
    const clean = readFileSync(path);
    for (const change of [
      "text = replace(text, 'attempt', 'attempu')",
      "at = at + 1",
      "tick = tick + 0.5",
      "key = 'x'",
      "hash = 'A' || substr(hash, 2)",
      "place = place + 100",
    ]) {
      const database = connect(path, { readOnly: false });
      database.exec(`update entries set ${change} where place % 134217728 = 9`);
      database.close();
      const injured = openJournal(optionsFor(folder.path));
      assert.ok(injured.ok, "SQLite itself finds nothing");
      assert.throws(
        () => injured.value.entries(RUN),
        (error) => {
          assert.ok(error instanceof JournalFault);
          assert.equal(error.problem.code, "E_JOURNAL");
          return /entry 9 of run .*: 8 of 20 entries readable/.test(error.problem.message);
        },
      );
      await injured.value.close();
      writeFileSync(path, clean);
    }
  });
});

function countingFiles(seen: (path: string) => void): typeof realFiles {
  return {
    ...realFiles,
    open: (path, mode) => {
      const file = realFiles.open(path, mode);
      const syncDataLater = () => {
        seen(path);
        return file.syncDataLater();
      };
      return { ...file, syncDataLater };
    },
  };
}
