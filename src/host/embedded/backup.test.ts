import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fill, opened, optionsFor, RUN, temporaryFolder } from "../../../test/support/journal.ts";
import { LosingFiles } from "../../../test/support/losing-files.ts";
import { heldClock } from "../../port/clock.ts";
import { realFiles } from "../../port/files.ts";
import { backupFile, backupFolder } from "./backup.ts";
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
    const target = backupFile(join(folder.path, "backups"), journal.id);
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
