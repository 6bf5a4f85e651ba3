/** Injuries to a journal's files: each one ends with exit 7, or everything the journal gives is what it gave before. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connect } from "../../src/host/embedded/database.ts";
import { openJournal } from "../../src/host/embedded/open-journal.ts";
import { verifyJournal } from "../../src/host/embedded/verify.ts";
import { heldClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { type Chance, chance } from "../support/chance.ts";
import {
  EMPTY,
  entry,
  fill,
  type Image,
  lay,
  opened,
  optionsFor,
  pickCounts,
  RUN,
  refusal,
  runId,
  runRow,
  snapshot,
  survey,
  taskRow,
  temporaryFolder,
} from "../support/journal.ts";

const PAGE = 2048;
const FRAME = PAGE + 24;
const LOG_HEADER = 32;
const RUNS = [RUN, ...Array.from({ length: 8 }, (_, at) => runId(at))];
const DIGESTS = ["abc", "def"];
const folder = temporaryFolder();
const image = join(folder.path, "image");

after(() => folder[Symbol.dispose]());

/** Opens what lies there: "" when all it gives is what is wanted; else what it says, which must be exit 7. */
async function judge(wanted: ReadonlyMap<string, string | null>, what: string): Promise<string> {
  const result = openJournal(optionsFor(image, { clock: heldClock() }));
  if (!result.ok) {
    const { code = "", message = "" } = result.problems[0] ?? {};
    assert.ok(["E_JOURNAL", "E_NEWER_JOURNAL"].includes(code), `${what}: ${code} ${message}`);
    return message;
  }
  const found = survey(result.value, RUNS, DIGESTS);
  await result.value.close();
  for (const [name, value] of found) {
    assert.ok(
      value === null || value === wanted.get(name),
      `${what}: ${name} changed without a word: ${value?.slice(0, 300)}`,
    );
  }
  return [...found.values()].includes(null) ? "a part cannot be read" : "";
}

describe("injuries to a journal that was closed", () => {
  let whole: Image;
  let wanted: ReadonlyMap<string, string | null>;

  before(async () => {
    const live = join(folder.path, "closed");
    const journal = opened(live, { clock: heldClock() });
    journal.commit({
      ...EMPTY,
      definitions: DIGESTS.map((digest) => ({ digest, text: JSON.stringify({ tasks: "x".repeat(900) }) })),
      entries: [entry(1, { key: "key" })],
      runs: [runRow(1, { detail: { params: { text: "y".repeat(3000) } } })],
      tasks: [taskRow(0, { output: "z".repeat(5000) })],
      effectsOpened: [{ run: RUN, id: "wait:1", kind: "timer", detail: { due: 5 } }],
    });
    fill(journal, 2, 40);
    for (const [at, run] of RUNS.slice(1).entries()) {
      const endedAt = at % 2 === 0 ? 5 : null;
      journal.commit({
        ...EMPTY,
        entries: [entry(1, { run })],
        runs: [runRow(1, { run, root: run, endedAt })],
      });
    }
    journal.audit("told", "something");
    wanted = survey(journal, RUNS, DIGESTS);
    await journal.close();
    whole = snapshot(live);
    lay(image, whole);
    assert.equal(await judge(wanted, "untouched"), "");
    assert.deepEqual(verifyJournal(image, realFiles).damage, []);
  });

  it("F13: every page in turn, zeroed, flipped and shifted", async (context) => {
    const random = chance(13);
    const flips = pickCounts({ commit: 1, ci: 20, soak: 100 });
    const pages = whole.database.length / PAGE;
    let harmless = 0;
    for (let page = 0; page < pages; page++) {
      for (let kind = 0; kind < 2 + flips; kind++) {
        const database = injured(random, whole.database, page, kind);
        lay(image, { ...whole, database });
        const isHarmless = (await judge(wanted, `page ${page + 1}, injury ${kind}`)) === "";
        if (isHarmless && kind < 2) harmless += 1;
      }
    }
    context.diagnostic(
      `${pages} pages, ${pages * (2 + flips)} injuries, ${harmless} zeroed or shifted without effect`,
    );
    assert.ok(harmless < pages);
  });

  it("F13: an injured entry is named with its run and what can be read before it; the file stays as it is", () => {
    for (const sequence of [1, 2, 17, 41]) {
      lay(image, whole);
      const database = connect(join(image, "decapod.db"), { readOnly: false });
      database
        .prepare(
          "update entries set text = text || ' ' where place = (select place from entries order by place limit 1 offset ?)",
        )
        .run(sequence - 1);
      database.close();
      const injured = snapshot(image).database;
      const { damage, readable } = verifyJournal(image, realFiles);
      const told = damage.find((line) => line.includes(`entry ${sequence} of run ${RUN}`)) ?? "";
      assert.match(told, new RegExp(`: ${sequence - 1} of 41 entries readable`), damage.join("\n"));
      // Those before it, and the one entry of each of the other runs.
      assert.equal(readable, sequence - 1 + RUNS.length - 1);
      assert.ok(isSame(snapshot(image).database, injured));
    }
  });

  it("F13: any one bit or byte of the database", async (context) => {
    const random = chance(14);
    const rounds = pickCounts({ commit: 60, ci: 3000, soak: 10_000 });
    let [harmless, unseen] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      const database = Uint8Array.from(whole.database);
      const at = random.below(database.length);
      database[at] =
        (database[at] as number) ^ (round % 2 === 0 ? 1 << random.below(8) : 1 + random.below(255));
      lay(image, { ...whole, database });
      if ((await judge(wanted, `byte ${at}, round ${round}`)) !== "") continue;
      harmless += 1;
      // The whole check finds more: commits long past, and lines of the audit, which nothing reads at a start.
      lay(image, { ...whole, database });
      if (verifyJournal(image, realFiles).damage.length === 0) unseen += 1;
    }
    context.diagnostic(
      `${rounds} injuries, ${harmless} without effect on what is read, ${unseen} of them on nothing at all`,
    );
  });

  it("a file that is gone, empty, cut, of another journal, or of an earlier day", async () => {
    const none = new Uint8Array();
    const other = join(folder.path, "other");
    const journal = opened(other, { random: { bytes: (count) => randomBytes(count) } });
    fill(journal, 1, 60);
    await journal.close();
    const foreign = snapshot(other);
    const early = join(folder.path, "early");
    lay(early, whole);
    const later = opened(early);
    fill(later, 42, 1);
    await later.close();
    const cases: readonly (readonly [what: string, image: Image])[] = [
      ["no database", { ...whole, database: none }],
      ["half a mark", { ...whole, mark: whole.mark.subarray(0, 20) }],
      ["a mark of noughts", { ...whole, mark: new Uint8Array(8192) }],
      ["half a database", { ...whole, database: whole.database.subarray(0, PAGE * 5) }],
      ["another journal", { ...foreign, mark: whole.mark }],
      ["yesterday's database", { ...whole, mark: snapshot(early).mark }],
      ["a text", { ...whole, database: new TextEncoder().encode("not a database ".repeat(500)) }],
    ];
    for (const [what, injury] of cases) {
      lay(image, injury);
      assert.notEqual(await judge(wanted, what), "", what);
      lay(image, injury);
      assert.notDeepEqual(verifyJournal(image, realFiles).damage, [], what);
      assert.ok(isSame(snapshot(image).database, injury.database), `${what}: the original is kept`);
    }
  });
});

describe("a backup put in place", () => {
  it("is taken without a mark; that is told, audited, and the next mark stands on it", async () => {
    const live = join(folder.path, "restored");
    const journal = opened(live);
    fill(journal, 1, 5);
    const backup = join(folder.path, "backup.db");
    await journal.backup(backup);
    fill(journal, 6, 5);
    await journal.close();
    const there = join(folder.path, "there");
    lay(there, { database: realFiles.readBytes(backup), log: new Uint8Array(), mark: snapshot(live).mark });
    assert.equal(await refusal(there), "E_JOURNAL", "a mark of later days is not passed over");
    realFiles.remove(join(there, "decapod.mark"));
    const again = opened(there);
    assert.deepEqual(
      again.notices.map(({ code }) => code),
      ["W_NO_MARK"],
    );
    fill(again, 6, 1);
    await again.synced();
    await again.close();
    const { damage, mark, readable } = verifyJournal(there, realFiles);
    assert.deepEqual([damage, mark?.number, readable], [[], 7, 6]);
    const last = opened(there);
    assert.deepEqual(last.notices, []);
    await last.close();
  });
});

describe("injuries to the log of a process that was killed", () => {
  const COMMITS = 100;
  const marks: Uint8Array[] = [];
  const ends: number[] = [];
  let whole: Image;

  before(async () => {
    const live = join(folder.path, "killed");
    const journal = opened(live, { clock: heldClock() });
    for (let commit = 1; commit <= COMMITS; commit++) {
      fill(journal, commit, 1);
      const { log, mark } = snapshot(live);
      ends[commit] = log.length;
      marks[commit] = mark;
    }
    whole = snapshot(live);
    await journal.close();
  });

  /** Cut at `length` with the mark of commit `known`: what was known is there, or it is exit 7. */
  async function cut(length: number, known: number): Promise<void> {
    lay(image, { ...whole, log: whole.log.subarray(0, length), mark: marks[known] as Uint8Array });
    const left = ends.findLastIndex((end) => end !== undefined && end <= length);
    const result = openJournal(optionsFor(image, { clock: heldClock() }));
    const what = `cut at ${length}, mark ${known}`;
    if (left < known) {
      assert.ok(!result.ok, what);
      assert.equal(result.problems[0]?.code, "E_JOURNAL");
      const readable = Math.max(0, left);
      if (readable > 0) {
        assert.match(
          result.problems[0]?.message ?? "",
          new RegExp(`${readable} of ${known} entries readable, high-water mark ${known}`),
        );
      }
      return;
    }
    assert.ok(result.ok, `${what}: ${result.ok ? "" : result.problems[0]?.message}`);
    assert.equal(result.value.entries(RUN).length, left, what);
    await result.value.close();
  }

  it("F15: cut at and beside every frame, with every mark", async () => {
    const commits = pickCounts({ commit: 3, ci: COMMITS, soak: COMMITS });
    const from = ends[COMMITS - commits] ?? LOG_HEADER;
    const lengths = new Set([0, 1, LOG_HEADER, from - 1]);
    for (let end = from; end <= whole.log.length; end += FRAME)
      for (const beside of [-1, 0, 1]) lengths.add(end + beside);
    for (const length of lengths) {
      if (length > whole.log.length) continue;
      await cut(length, COMMITS);
      await cut(length, COMMITS - 1);
    }
  });

  it("F15: cut anywhere", async () => {
    const random = chance(15);
    for (let round = pickCounts({ commit: 30, ci: 500, soak: 10_000 }); round > 0; round--) {
      await cut(random.below(whole.log.length + 1), 1 + random.below(COMMITS));
    }
  });

  it("F16: one bit of each frame", async () => {
    const random = chance(16);
    const stride = pickCounts({ commit: 12, ci: 1, soak: 1 });
    for (let start = LOG_HEADER; start < whole.log.length; start += FRAME * stride) {
      const log = Uint8Array.from(whole.log);
      const at = start + random.below(FRAME);
      log[at] = (log[at] as number) ^ (1 << random.below(8));
      lay(image, { ...whole, log });
      const left = ends.findLastIndex((end) => end !== undefined && end <= start);
      const result = openJournal(optionsFor(image, { clock: heldClock() }));
      assert.ok(!result.ok, `bit at ${at}`);
      const { code, message = "" } = result.problems[0] ?? {};
      assert.equal(code, "E_JOURNAL");
      if (left > 0)
        assert.match(
          message,
          new RegExp(`${left} of ${COMMITS} entries readable, high-water mark ${COMMITS}`),
        );
      assert.ok(isSame(snapshot(image).log, log), "the evidence is kept");
    }
  });
});

/** 0 zeroed, 1 shifted by a byte, else one byte of the page changed. */
function injured(random: Chance, bytes: Uint8Array, page: number, kind: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const [start, end] = [page * PAGE, (page + 1) * PAGE];
  if (kind === 0) copy.fill(0, start, end);
  else if (kind === 1) copy.copyWithin(start + 1, start, end - 1);
  else {
    const at = start + random.below(PAGE);
    copy[at] = (copy[at] as number) ^ (1 + random.below(255));
  }
  return copy;
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
