/** Rows and texts of the journal as a broken disk, another program or a hand might leave them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Entry } from "../../src/core/event.ts";
import { EVENT_TYPES } from "../../src/core/event-types.ts";
import { entryHash, fieldsOf, START } from "../../src/host/embedded/chain.ts";
import type { Bound, Row } from "../../src/host/embedded/database.ts";
import { eventIn, verifiedEntries } from "../../src/host/embedded/entry-rows.ts";
import { JournalFault } from "../../src/host/embedded/fault.ts";
import { PLACES } from "../../src/host/embedded/schema.sql.ts";
import { type Mark, openMark, readMark } from "../../src/host/embedded/sidecar.ts";
import { type Files, type OpenFile, realFiles } from "../../src/port/files.ts";
import { type Chance, chance } from "../support/chance.ts";
import { anyText, entry, pickCounts, RUN } from "../support/journal.ts";
import { processorMs } from "../support/least.ts";

const COUNT = pickCounts({ commit: 5000, ci: 200_000, soak: 5_000_000 });
const SEED = Number(process.env.DECAPOD_TEST_SEED ?? 20_260_729);
const NUMBER = 3;
const SLOW_MS = 1000;

const ENTRIES: readonly Entry[] = Array.from({ length: 6 }, (_, at) =>
  entry(at + 1, {
    key: at % 2 === 0 ? null : `key-${at}`,
    event: {
      type: "event.received",
      name: "a",
      key: "",
      data: { text: "ü\ud800", list: [1, null, { a: true }] },
    },
  }),
);
const ROWS = rowsOf(ENTRIES);

function rowsOf(entries: readonly Entry[]): readonly Row[] {
  let previous = START;
  return entries.map((one) => {
    const fields = fieldsOf(one);
    previous = entryHash(previous, fields);
    return [NUMBER * PLACES + one.sequence, one.at, one.tick, one.key, previous, fields.text];
  });
}

const STRANGE: readonly Bound[] = [
  ...[null, 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 5n, 2n ** 62n, "", "null", "0"],
  ...["{}", "[]", '"x"', "{", "\u0000", "\ud800", new Uint8Array(), new Uint8Array([0, 255])],
];

function mutated(random: Chance): Row[] {
  const rows = ROWS.map((row) => [...row]);
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = random.below(rows.length + 1) % Math.max(1, rows.length);
    const row = rows[at];
    if (row === undefined) break;
    const column = random.below(6);
    switch (random.below(7)) {
      case 0:
        row[column] = random.pick(STRANGE);
        break;
      case 1:
        row[5] = damaged(random, String(row[5]));
        break;
      case 2:
        rows.splice(at, 1);
        break;
      case 3:
        rows.splice(at, 0, [...row]);
        break;
      case 4:
        rows.splice(random.below(rows.length), 0, ...rows.splice(at, 1));
        break;
      case 5:
        row[column] = rows[random.below(rows.length)]?.[column] ?? null;
        break;
      default:
        row[column] = damaged(random, String(row[column]));
    }
  }
  return rows;
}

function damaged(random: Chance, text: string): string {
  const at = random.below(text.length + 1);
  const other = random.pick([
    "",
    "\u0000",
    "}",
    "{",
    '"',
    ",",
    "9",
    "__proto__",
    "é",
    "\ud800",
    anyText(random),
  ]);
  return text.slice(0, at) + other + text.slice(at + random.below(4));
}

function isFault(thrown: unknown): true {
  assert.ok(thrown instanceof JournalFault, `threw ${String(thrown)}`);
  assert.ok(["E_JOURNAL", "E_NEWER_JOURNAL"].includes(thrown.problem.code));
  assert.ok(thrown.problem.message.length < 500);
  return true;
}

describe("fuzz: journal entries", () => {
  it(`${COUNT} damaged lists of rows are found out, or say the same`, (context) => {
    const random = chance(SEED);
    let refused = 0;
    let slowestMs = 0;
    for (let round = 0; round < COUNT; round++) {
      const rows = mutated(random);
      const before = processorMs();
      try {
        const found = verifiedEntries({ run: RUN, number: NUMBER, rows, atLeast: ENTRIES.length, after: 0 });
        assert.deepEqual(found, ENTRIES, `seed ${SEED}, round ${round}`);
      } catch (thrown) {
        if (thrown instanceof assert.AssertionError) throw thrown;
        refused += Number(isFault(thrown));
      }
      slowestMs = Math.max(slowestMs, processorMs() - before);
    }
    assert.ok(slowestMs < SLOW_MS, `${slowestMs} ms`);
    assert.ok(refused > COUNT * 0.8, `${refused} of ${COUNT} refused`);
    context.diagnostic(`seed ${SEED}, ${refused} of ${COUNT} found out`);
  });

  it(`${COUNT} texts are events of a known kind, or refused`, () => {
    const random = chance(SEED + 1);
    const texts = EVENT_TYPES.map((type) =>
      JSON.stringify({ type, task: "a", attempt: 1, data: { __proto__: null, a: [] } }),
    );
    for (let round = 0; round < COUNT; round++) {
      let text = random.pick(texts);
      for (let times = random.below(4); times > 0; times--) text = damaged(random, text);
      try {
        const event = eventIn(text, { run: RUN, sequence: 1 });
        assert.ok(EVENT_TYPES.includes(event.type));
      } catch (thrown) {
        if (thrown instanceof assert.AssertionError) throw thrown;
        isFault(thrown);
      }
    }
    assert.deepEqual(Object.keys(Object.prototype), []);
  });

  it("a text nested as deeply as a row may hold does not end the process", () => {
    for (const text of ["[".repeat(1e6), `{"type":"run.paused","by":${"[".repeat(1e5)}${"]".repeat(1e5)}}`]) {
      try {
        assert.equal(eventIn(text, { run: RUN, sequence: 1 }).type, "run.paused");
      } catch (thrown) {
        isFault(thrown);
      }
    }
  });

  it(`${COUNT} damaged marks are read as one that was written, or as none`, () => {
    const random = chance(SEED + 2);
    const hash = "A".repeat(43);
    const marks = [4, 5].map((number) => ({ number, entries: number * 2, hash }));
    const slots = new Map<number, Uint8Array>();
    const nothing = realFiles.open("/dev/null", "read");
    const files: Files = {
      ...realFiles,
      stat: () => ({
        kind: "file",
        size: 8192,
        modifiedMs: 0,
        changedMs: 0,
        mode: 0o600,
        inode: 1,
        device: 1,
        user: 0,
        links: 1,
      }),
      open: () => ({
        ...nothing,
        close: () => {},
        read: (position) => slots.get(position) ?? new Uint8Array(),
      }),
    };
    const clean = written(marks, nothing);
    for (let round = 0; round < Math.min(COUNT, 20_000); round++) {
      for (const [position, bytes] of clean) slots.set(position, wounded(random, bytes));
      const found = readMark(files, "/nowhere");
      if (found === "unreadable") continue;
      assert.ok(found !== "missing");
      assert.deepEqual(found, marks[found.number - 4], `seed ${SEED}, round ${round}`);
    }
    nothing.close();
  });
});

/** What openMark writes, by position. */
function written(marks: readonly Mark[], file: OpenFile): ReadonlyMap<number, Uint8Array> {
  const slots = new Map<number, Uint8Array>();
  const files: Files = {
    ...realFiles,
    open: () => ({
      ...file,
      write: (data, position) => void slots.set(position ?? 0, Buffer.from(data as string)),
    }),
  };
  const mark = openMark(files, "/nowhere");
  for (const one of marks) mark.write(one);
  return slots;
}

function wounded(random: Chance, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let times = random.below(3); times > 0; times--) {
    const at = random.below(copy.length);
    copy[at] = random.pick([0, 0x30 + random.below(10), random.below(256)]);
  }
  return random.below(4) === 0 ? copy.subarray(0, random.below(copy.length)) : copy;
}
