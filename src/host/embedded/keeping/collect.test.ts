import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { dyingConnect } from "../../../../test/support/dying-connect.ts";
import {
  EMPTY,
  entry,
  opened,
  pickCounts,
  runId,
  runRow,
  temporaryFolder,
} from "../../../../test/support/journal.ts";
import type { RunStarted } from "../../../core/event.ts";
import { heldClock } from "../../../port/clock.ts";
import { realFiles } from "../../../port/files.ts";
import { sha256 } from "../../../port/hash.ts";
import { type Connect, connect } from "../database.ts";
import type { Journal } from "../journal.ts";
import { becomeOwner } from "../owner.ts";
import { Reads } from "../reads.ts";
import { readMark } from "../sidecar.ts";
import { verifyJournal } from "../verify.ts";
import { type Collecting, collect, type Due } from "./collect.ts";
import { familiesOf, outdated } from "./retention.ts";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);
const RETENTION = { runsSeconds: 90 * 86_400, logsSeconds: 30 * 86_400, runsMin: 1 };

interface Told {
  readonly number: number;
  readonly ageDays: number;
  readonly root?: number;
  readonly isOpen?: boolean;
  readonly output?: string;
}

const digestOf = (number: number) => sha256(`definition ${number}`);

/** Two commits a run, those of neighbours between each other. */
function write(journal: Journal, runs: readonly Told[]): void {
  for (const { number } of runs) {
    const definitions = [{ digest: digestOf(number), text: `definition ${number}` }];
    const event = { type: "run.started", digest: digestOf(number) } as unknown as RunStarted;
    journal.commit({ ...EMPTY, definitions, entries: [entry(1, { run: runId(number), event })] });
  }
  for (const { number, ageDays, root = number, isOpen = false, output } of runs) {
    const run = runId(number);
    const given = output === undefined ? {} : { digest: output, bytes: 20_000 };
    const event = { ...entry(2).event, ...given } as ReturnType<typeof entry>["event"];
    const times = { startedAt: NOW - ageDays * DAY_MS, endedAt: isOpen ? null : NOW - ageDays * DAY_MS };
    const row = runRow(2, { run, root: runId(root), parent: root === number ? null : runId(root), ...times });
    journal.commit({ ...EMPTY, entries: [entry(2, { run, event })], runs: [row] });
  }
}

function keepOutput(state: string, text: string): string {
  mkdirSync(join(state, "outputs"), { recursive: true });
  writeFileSync(join(state, "outputs", `${sha256(text)}.json`), text);
  return sha256(text);
}

function keepLog(state: string, number: number): string {
  const folder = join(state, "runs", runId(number), "build", "1");
  mkdirSync(join(folder, "artifacts"), { recursive: true });
  for (const name of ["output.log", "session.jsonl", "result.json"])
    writeFileSync(join(folder, name), "x".repeat(1000));
  return folder;
}

const collecting = (stateFolder: string, more: Partial<Collecting> = {}): Collecting => ({
  files: realFiles,
  clock: heldClock(NOW),
  stateFolder,
  retention: RETENTION,
  wanted: () => new Set(),
  dryRun: false,
  ...more,
});

async function collected(state: string, more: Partial<Collecting> = {}) {
  const result = await collect(collecting(state, more));
  assert.ok(result.ok, result.ok ? "" : result.problems[0]?.message);
  assert.ok(result.value !== null);
  return result.value;
}

describe("what is kept no longer", () => {
  const family = (root: string, ageDays: number | null) => ({
    root,
    runs: [root],
    endedAt: ageDays === null ? null : NOW - ageDays * DAY_MS,
  });
  const names = (families: readonly { readonly root: string }[]) =>
    families.map(({ root }) => root).join(" ");

  it("is older than its time, not among the newest, and not open", () => {
    const families = [
      family("a", 200),
      family("b", 100),
      family("c", null),
      family("d", 90),
      family("e", 31),
    ];
    const { runs, logs } = outdated(families, RETENTION, NOW);
    assert.equal(names(runs), "b");
    assert.equal(names(logs), "a d e");
    assert.equal(names(outdated(families, { ...RETENTION, runsMin: 0 }, NOW).runs), "a b");
    assert.equal(names(outdated(families, { ...RETENTION, runsMin: 9 }, NOW).runs), "");
  });

  it("goes with all runs inside it, once the last of them has ended", () => {
    const member = (run: string, root: string, endedAt: number | null) => ({ run, root, endedAt });
    const members = [member("a", "a", 1), member("b", "a", 5), member("c", "c", 2), member("d", "c", null)];
    assert.deepEqual(familiesOf(members), [
      { root: "c", runs: ["c", "d"], endedAt: null },
      { root: "a", runs: ["a", "b"], endedAt: 5 },
    ]);
  });
});

describe("clearing away", () => {
  const RUNS: readonly Told[] = [
    { number: 1, ageDays: 200 },
    { number: 2, ageDays: 199, root: 1 },
    { number: 3, ageDays: 150, isOpen: true },
    { number: 4, ageDays: 120 },
    { number: 5, ageDays: 40 },
    { number: 6, ageDays: 1 },
  ];

  async function made(state: string, runs: readonly Told[] = RUNS): Promise<void> {
    const journal = opened(state, { clock: heldClock(NOW) });
    write(journal, runs);
    journal.audit("told", "before");
    await journal.close();
    for (const { number } of runs) keepLog(state, number);
  }

  it("takes out old runs with all inside them, and leaves a journal that is whole and goes on", async () => {
    using folder = temporaryFolder();
    const state = folder.path;
    await made(state);
    const before = opened(state);
    const entries = [3, 5, 6].map((number) => before.entries(runId(number)));
    await before.close();
    const planned = await collected(state, { dryRun: true });
    assert.deepEqual([planned.runs, planned.logs], [[runId(4), runId(1)], [runId(5)]]);
    assert.ok(existsSync(join(state, "runs", runId(1))), "--dry-run changes nothing");
    assert.equal(verifyJournal(state, realFiles).runs, 6);
    assert.deepEqual(await collected(state), planned);
    const { damage, runs, mark, tail } = verifyJournal(state, realFiles);
    assert.deepEqual([damage, runs], [[], 3]);
    assert.deepEqual(mark, tail);
    const journal = opened(state);
    assert.deepEqual(journal.notices, []);
    assert.deepEqual(journal.everyRun(), [3, 5, 6].map(runId));
    assert.deepEqual(
      [3, 5, 6].map((number) => journal.entries(runId(number))),
      entries,
    );
    assert.deepEqual(
      [1, 4, 5].map((number) => journal.definition(digestOf(number)) !== null),
      [false, false, true],
    );
    write(journal, [{ number: 7, ageDays: 0 }]);
    await journal.close();
    assert.deepEqual(verifyJournal(state, realFiles).damage, []);
    const left = [1, 2, 3, 4, 5, 6].filter((number) => existsSync(join(state, "runs", runId(number))));
    assert.deepEqual(left, [3, 5, 6]);
    const logged = (number: number, name: string) => existsSync(join(keepLogFolder(state, number), name));
    assert.deepEqual(
      [
        ...[logged(5, "output.log"), logged(5, "session.jsonl")],
        ...[logged(5, "result.json"), logged(6, "output.log")],
      ],
      [false, false, true, true],
    );
    assert.deepEqual((await collected(state)).runs, [], "a second time there is nothing to do");
    const database = connect(join(state, "decapod.db"), { readOnly: true });
    const [last] = database.prepare("select action, detail from audit order by number desc").all();
    database.close();
    assert.deepEqual(last, ["journal.collected", `3 runs: ${[4, 1, 2].map(runId).join(" ")}`]);
  });

  it("clears away outside first, and keeps the runs that have to stay for it, without their logs", async () => {
    using folder = temporaryFolder();
    const state = folder.path;
    await made(state);
    const seen: string[][] = [];
    const outside = async ({ known, runs, logs }: Due) => {
      assert.ok(!becomeOwner(state).ok, "nobody else works meanwhile");
      seen.push([...known].sort(), ...[runs, logs].map((families) => families.map(({ root }) => root)));
      return new Set([runId(1)]);
    };
    const { runs, logs } = await collected(state, { outside });
    assert.deepEqual(seen, [[1, 2, 3, 4, 5, 6].map(runId), [runId(4), runId(1)], [runId(5)]]);
    assert.deepEqual([runs, logs], [[runId(4)], [runId(5), runId(1)]]);
    assert.equal(verifyJournal(state, realFiles).runs, 5);
  });

  it("keeps the runs that are wanted, and clears away nothing of theirs outside", async () => {
    using folder = temporaryFolder();
    const state = folder.path;
    await made(state);
    const due: string[][] = [];
    const outside = async ({ runs }: Due) => {
      due.push(runs.map(({ root }) => root));
      return new Set<string>();
    };
    const wanted: Collecting["wanted"] = (runs) => {
      assert.equal(runs.run(runId(4))?.run, runId(4));
      return new Set([runId(4)]);
    };
    assert.deepEqual((await collected(state, { outside, wanted })).runs, [runId(1)]);
    assert.deepEqual(due, [[runId(1)]]);
  });

  it("what was cleared away is still known by its id, so that none is used twice", async () => {
    using folder = temporaryFolder();
    const state = folder.path;
    await made(state);
    const database = connect(join(state, "decapod.db"), { readOnly: true });
    const reads = new Reads(database);
    const known = () => [1, 2, 4, 6, 9].map((number) => reads.lastRunBeginning(runId(number)));
    const before = known();
    assert.deepEqual(before, [...[1, 2, 4, 6].map(runId), null]);
    for (const wanted of [new Set([runId(1)]), new Set<string>()]) {
      assert.equal((await collected(state, { wanted: () => wanted })).runs.length, 1);
      assert.deepEqual(known(), before);
    }
    assert.equal(reads.run(runId(1)), null);
    assert.equal(reads.lastRunBeginning(""), runId(6), "the last of all is one that is there");
    database.close();
  });

  it("leaves an output that a kept run or the cache speaks of, and any while a run is open", async () => {
    using folder = temporaryFolder();
    const state = folder.path;
    const [ofOld, ofBoth, ofCache, ofNobody] = ["old", "both", "cache", "nobody"].map((text) =>
      keepOutput(state, text),
    ) as [string, string, string, string];
    mkdirSync(join(state, "cache", "x"), { recursive: true });
    const kept = { output: { digest: ofCache, bytes: 20_000, text: true }, files: [], bytes: 0 };
    writeFileSync(join(state, "cache", "x", "kept.json"), JSON.stringify(kept));
    const runs: readonly Told[] = [
      { number: 1, ageDays: 200, output: ofOld },
      { number: 2, ageDays: 200, output: ofBoth },
      { number: 3, ageDays: 200, output: ofCache },
      { number: 4, ageDays: 1, output: ofBoth, isOpen: true },
    ];
    await made(state, runs);
    const isThere = (digest: string) => existsSync(join(state, "outputs", `${digest}.json`));
    assert.equal((await collected(state)).outputs, 1);
    assert.deepEqual([ofOld, ofBoth, ofCache, ofNobody].map(isThere), [false, true, true, true]);
    const journal = opened(state);
    journal.commit({ ...EMPTY, runs: [runRow(2, { run: runId(4), root: runId(4), endedAt: NOW })] });
    await journal.close();
    assert.equal((await collected(state)).outputs, 1);
    assert.deepEqual([ofBoth, ofCache, ofNobody].map(isThere), [true, true, false]);
  });

  it("looks at the journal again once nobody else can change it", async () => {
    using folder = temporaryFolder();
    const state = join(folder.path, "state");
    const journal = opened(state);
    write(journal, [{ number: 1, ageDays: 1 }]);
    await journal.close();
    const looks: string[] = [];
    const stat: typeof realFiles.stat = (path) => {
      const found = realFiles.stat(path);
      if (path !== join(state, "decapod.db")) return found;
      const other = becomeOwner(state);
      if (other.ok) other.value.release();
      looks.push(other.ok ? "free" : "owned");
      return found;
    };
    await collected(state, { files: { ...realFiles, stat } });
    assert.deepEqual(looks, ["free", "owned"]);
  });

  it("puts the mark back where the journal could not be changed, and changes nothing without room for it", async () => {
    using folder = temporaryFolder();
    const state = join(folder.path, "state");
    await made(state);
    const before = readMark(realFiles, state);
    const freeBytes = () => 2 ** 20;
    const noRoom = await collect(collecting(state, { files: { ...realFiles, freeBytes } }));
    assert.equal(noRoom.ok || noRoom.problems[0]?.code, "E_DISK_FULL");
    assert.match(
      noRoom.ok ? "" : (noRoom.problems[0]?.message ?? ""),
      /are needed in .*, and 1(\.\d)? MiB are free/,
    );
    for (const { number } of RUNS) assert.ok(existsSync(keptLog(state, number)), "nothing is gone");
    const full = await collect(collecting(state, { connect: fullConnect }));
    assert.equal(full.ok || full.problems[0]?.code, "E_DISK_FULL");
    assert.deepEqual(readMark(realFiles, state), before);
    assert.deepEqual(verifyJournal(state, realFiles).damage, []);
  });

  it("refuses where a run is missing from the lists: nobody knows whether it ended", async () => {
    using folder = temporaryFolder();
    const state = join(folder.path, "state");
    await made(state);
    const database = connect(join(state, "decapod.db"), { readOnly: false });
    database.exec("delete from runs where number = 1");
    database.close();
    for (const dryRun of [true, false]) {
      const refused = await collect(collecting(state, { dryRun }));
      assert.equal(refused.ok || refused.problems[0]?.code, "E_JOURNAL");
      assert.match(refused.ok ? "" : (refused.problems[0]?.hint ?? ""), /only its lists are damaged/);
    }
    assert.equal(verifyJournal(state, realFiles).runs, 6);
    for (const { number } of RUNS) assert.ok(existsSync(keptLog(state, number)), "nothing is gone");
  });

  it("has nothing to clear away where there is no journal", async () => {
    using folder = temporaryFolder();
    assert.deepEqual(await collect(collecting(folder.path)), { ok: true, value: null });
  });

  it("F1: killed at any moment leaves the journal as it was or as it shall be", async (context) => {
    using folder = temporaryFolder();
    const first = join(folder.path, "first");
    await made(first);
    const stride = pickCounts({ commit: 3, ci: 1, soak: 1 });
    const found = new Set<number>();
    let calls = 0;
    for (let n = 1; ; n += stride) {
      const live = join(folder.path, `live-${n}`);
      const image = join(folder.path, `image-${n}`);
      cpSync(first, live, { recursive: true });
      const death = dyingConnect(n, () =>
        cpSync(live, image, { recursive: true, filter: (path) => !/-shm|owner/.test(path) }),
      );
      await collect(collecting(live, { connect: death }));
      if (!existsSync(image)) break;
      calls = n;
      const again = opened(image);
      found.add(again.everyRun().length);
      await again.close();
      assert.deepEqual(verifyJournal(image, realFiles).damage, [], `call ${n}`);
      await collected(image);
      const { damage, runs } = verifyJournal(image, realFiles);
      assert.deepEqual([damage, runs], [[], 3], `call ${n}`);
      for (const path of [live, image]) rmSync(path, { recursive: true });
    }
    context.diagnostic(`${calls} calls`);
    assert.deepEqual([...found].sort(), [3, 6]);
  });
});

/** A disk that is full as soon as something is taken out. */
const fullConnect: Connect = (path, options) => {
  const database = connect(path, options);
  const prepare: typeof database.prepare = (sql) => {
    if (sql.startsWith("delete"))
      throw Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR", errcode: 13 });
    return database.prepare(sql);
  };
  return { ...database, prepare };
};

function keepLogFolder(state: string, number: number): string {
  return join(state, "runs", runId(number), "build", "1");
}

function keptLog(state: string, number: number): string {
  return join(keepLogFolder(state, number), "output.log");
}
