import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fill, opened, optionsFor, RUN, temporaryFolder } from "../../../test/support/journal.ts";
import { heldClock } from "../../port/clock.ts";
import { realFiles } from "../../port/files.ts";
import { openJournal } from "./open-journal.ts";
import { openReader } from "./reader.ts";
import { verifyJournal } from "./verify.ts";

/** As SQLite itself does while the first connection opens a journal or the last one closes it. */
const HOLD_FOR_A_MOMENT = `
  const { DatabaseSync } = require("node:sqlite");
  const database = new DatabaseSync(process.argv[1]);
  database.exec("pragma locking_mode = exclusive; begin exclusive");
  process.stdout.write("held");
  setTimeout(() => database.close(), 200);
`;

/** Each of them sits still until it has its answer, so only the holder itself can end the moment. */
async function whileHeld<T>(folder: string, act: () => T): Promise<T> {
  const holder = spawn(process.execPath, ["-e", HOLD_FOR_A_MOMENT, join(folder, "decapod.db")]);
  const ended = once(holder, "close");
  await once(holder.stdout, "data");
  const done = act();
  await ended;
  return done;
}

describe("F11 while another process keeps everybody out of the journal for a moment", () => {
  it("who looks, who verifies and who opens it for writing wait for it", async () => {
    using folder = temporaryFolder();
    const journal = opened(folder.path, { clock: heldClock() });
    fill(journal, 1, 2);
    await journal.close();
    const read = await whileHeld(folder.path, () => openReader(folder.path, realFiles));
    assert.ok(read.ok && read.value !== null, JSON.stringify(read));
    assert.equal(read.value.entries(RUN).length, 2);
    read.value.close();
    const verified = await whileHeld(folder.path, () => verifyJournal(folder.path, realFiles));
    assert.deepEqual([verified.damage, verified.readable], [[], 2]);
    const again = await whileHeld(folder.path, () => openJournal(optionsFor(folder.path)));
    assert.ok(again.ok, JSON.stringify(again));
    await again.value.close();
  });
});
