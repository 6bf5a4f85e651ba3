import assert from "node:assert/strict";
import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fill, opened, optionsFor, RUN, temporaryFolder } from "../../../test/support/journal.ts";
import { LosingFiles } from "../../../test/support/losing-files.ts";
import { heldClock } from "../../port/clock.ts";
import { realFiles } from "../../port/files.ts";
import { type Backup, backupFile, backupFolder, backupsIn, dispensable } from "./backup.ts";
import { connect } from "./database.ts";
import { openJournal } from "./open-journal.ts";
import { Reads } from "./reads.ts";
import { verifyJournal } from "./verify.ts";

function entriesIn(path: string): number {
  const database = connect(path, { readOnly: true });
  try {
    return new Reads(database).entries(RUN, 0).length;
  } finally {
    database.close();
  }
}

describe("the backup", () => {
  it("is of one moment while the journal is written, and a later one takes its place", async () => {
    using folder = temporaryFolder();
    const journal = opened(join(folder.path, "state"));
    const target = backupFile(join(folder.path, "backups"), journal.id, 0);
    fill(journal, 1, 300);
    const copied = journal.backup(target);
    fill(journal, 301, 50);
    await copied;
    const count = entriesIn(target);
    assert.ok(count >= 300 && count <= 350, `${count} entries`);
    await journal.backup(target);
    assert.equal(entriesIn(target), 350);
    await journal.close();
  });

  it("goes to the user's state folder, by project", () => {
    const home = { HOME: "/home/me" };
    const folder = backupFolder("/home/me/site", home);
    assert.match(folder, /^\/home\/me\/\.local\/state\/decapod\/[0-9a-f]{16}$/);
    assert.notEqual(folder, backupFolder("/home/me/other", home));
    assert.match(backupFolder("/srv", { ...home, XDG_STATE_HOME: "/var/state" }), /^\/var\/state\/decapod\//);
    assert.match(backupFolder("/srv", { ...home, XDG_STATE_HOME: "relative" }), /^\/home\/me\/\.local/);
  });
});

describe("how many copies are kept", () => {
  const HOUR_MS = 3_600_000;
  const own = "a".repeat(12);
  const copy = (journal: string, at: number): Backup => ({
    path: backupFile("/b", journal, at),
    journal,
    at,
    bytes: 1,
  });

  it("three of this journal, one older than a day, one older than a week", () => {
    const now = 30 * 24 * HOUR_MS;
    const hours = [0, 1, 2, 3, 5, 25, 26, 49, 170, 180];
    const copies = hours.map((age) => copy(own, now - age * HOUR_MS));
    const gone = new Set(dispensable(copies, `${own}ffff`, now));
    const kept = copies.filter((one) => !gone.has(one)).map(({ at }) => (now - at) / HOUR_MS);
    assert.deepEqual(kept, [0, 1, 2, 25, 170]);
  });

  it("the last one of each of five journals that the project had before", () => {
    const others = "bcdef0".split("").flatMap((letter, place) => {
      const journal = letter.repeat(12);
      return [copy(journal, 1000 - place), copy(journal, 500 - place)];
    });
    const gone = dispensable([copy(own, 2000), ...others], own, 3000).map(({ journal, at }) => [
      journal[0],
      at,
    ]);
    const earlier = [500, 499, 498, 497, 496].map((at, place) => ["bcdef"[place], at]);
    assert.deepEqual(gone.sort(), [...earlier, ["0", 995], ["0", 495]].sort());
  });

  it("sees whole copies alone, the newest first", () => {
    using folder = temporaryFolder();
    for (const name of ["notes.db", `${own}.db`, `${own}-20260101T000000Z.db.tmp`]) {
      writeFileSync(join(folder.path, name), "x");
    }
    const paths = [1, 2].map((hour) => backupFile(folder.path, own, hour * HOUR_MS));
    paths.forEach((path, place) => {
      writeFileSync(path, "x");
      utimesSync(path, place, place);
    });
    assert.deepEqual(
      backupsIn(realFiles, folder.path).map(({ path }) => path),
      paths.toReversed(),
    );
    assert.deepEqual(backupsIn(realFiles, join(folder.path, "none")), []);
  });
});

describe("F5: a power cut takes what was not synced", () => {
  it("of the journal's own files, after any number of operations", async (context) => {
    let operations = 0;
    for (let count = 0; ; count++) {
      using folder = temporaryFolder();
      const state = join(folder.path, "state");
      const target = join(folder.path, "backups", "copy.db");
      const losing = new LosingFiles(count);
      const acknowledged = await live(state, target, losing);
      losing.cut();
      const again = openJournal(optionsFor(state));
      assert.ok(again.ok, `${count} operations: ${again.ok ? "" : again.problems[0]?.message}`);
      const found = again.value.entries(RUN).length;
      assert.ok(found >= acknowledged, `${count} operations: ${found} of ${acknowledged}`);
      await again.value.close();
      assert.deepEqual(verifyJournal(state, realFiles).damage, []);
      if (existsSync(target)) assert.ok(entriesIn(target) >= 2, `${count} operations: half a backup`);
      operations = count;
      if (acknowledged === 4) break;
    }
    context.diagnostic(`${operations} operations`);
  });
});

/** How many entries were acknowledged before the power went; 4 when it did not. */
async function live(state: string, target: string, losing: LosingFiles): Promise<number> {
  const result = openJournal(optionsFor(state, { files: losing.files, clock: heldClock() }));
  if (!result.ok) return 0;
  const journal = result.value;
  let acknowledged = 0;
  try {
    fill(journal, 1, 2);
    await journal.synced();
    acknowledged = 2;
    await journal.backup(target);
    fill(journal, 3, 2);
    await journal.synced();
    acknowledged = 4;
    await journal.backup(target);
  } catch (thrown) {
    if (!losing.isOff) throw thrown;
  }
  await journal.close();
  return losing.isOff ? Math.min(acknowledged, 3) : acknowledged;
}
