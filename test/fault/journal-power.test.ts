/**
 * The fault model: a machine loses power. What was synced is on the disk. Of what was written and not yet synced,
 * each sector of 512 bytes is there or not, in any mix, and a file that grew has any length between. A sync is a
 * barrier: nothing written after it is on the disk while something written before it is not.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect } from "../../src/host/embedded/database.ts";
import type { Journal } from "../../src/host/embedded/journal.ts";
import { openJournal } from "../../src/host/embedded/open-journal.ts";
import { heldClock } from "../../src/port/clock.ts";
import { type Chance, chance } from "../support/chance.ts";
import {
  type Image,
  lay,
  opened,
  optionsFor,
  pickCounts,
  RUN,
  refusal,
  snapshot,
  step,
  temporaryFolder,
} from "../support/journal.ts";

const SECTOR = 512;
const LOG_HEADER = 32;
const PAIRS = pickCounts({ commit: 10, ci: 30, soak: 1000 });
const IMAGES = pickCounts({ commit: 8, ci: 100, soak: 100 });

describe("F4: a power cut", () => {
  it("leaves every commit acknowledged before it, whatever mix of sectors reached the disk", async (context) => {
    using folder = temporaryFolder();
    const live = join(folder.path, "live");
    const journal = opened(live, { clock: heldClock() });
    const random = chance(20_260_729);
    let images = 0;
    for (let pair = 0; pair < PAIRS; pair++) {
      await commitOne(journal, pair);
      const before = snapshot(live);
      // The log is copied back now and then, and the next commit writes it from its start.
      if (pair % 4 === 2) checkpoint(live);
      const copied = snapshot(live);
      await commitOne(journal, pair + 0.5);
      const after = snapshot(live);
      const acknowledged = pair * 4 + 2;
      for (let count = 0; count < IMAGES; count++) {
        lay(join(folder.path, "image"), imageBetween(random, before, copied, after));
        await check(
          join(folder.path, "image"),
          acknowledged,
          acknowledged + 2,
          `pair ${pair}, image ${count}`,
        );
        images += 1;
      }
    }
    await journal.close();
    context.diagnostic(`${images} images`);
  });

  it("leaves in fast what was acknowledged, and never a mark ahead of its database", async () => {
    using folder = temporaryFolder();
    const live = join(folder.path, "live");
    const random = chance(4);
    const journal = opened(live, { clock: heldClock(), durability: "fast" });
    for (let pair = 0; pair < PAIRS; pair++) {
      journal.commit(step(pair * 4 + 1));
      await journal.synced();
      const before = snapshot(live);
      journal.commit(step(pair * 4 + 3));
      const after = snapshot(live);
      for (let count = 0; count < IMAGES / 2; count++) {
        const log = mixed(random, before.log, after.log);
        // The mark of the second commit is not written before the log is synced.
        lay(join(folder.path, "image"), { database: before.database, log, mark: after.mark });
        await check(join(folder.path, "image"), pair * 4 + 2, pair * 4 + 4, `pair ${pair}, image ${count}`);
      }
    }
    await journal.close();
  });

  it("ends with exit 7 when the disk lied about a sync", async () => {
    using folder = temporaryFolder();
    const live = join(folder.path, "live");
    const journal = opened(live, { clock: heldClock() });
    await commitOne(journal, 0);
    const before = snapshot(live);
    await commitOne(journal, 0.5);
    const after = snapshot(live);
    await journal.close();
    lay(join(folder.path, "image"), { ...before, mark: after.mark });
    assert.equal(await refusal(join(folder.path, "image")), "E_JOURNAL");
    lay(join(folder.path, "image"), { ...after, log: new Uint8Array() });
    assert.equal(await refusal(join(folder.path, "image")), "E_JOURNAL");
  });
});

/** Two entries a commit; acknowledged when this returns. `at` counts in halves. */
async function commitOne(journal: Journal, at: number): Promise<void> {
  journal.commit(step(at * 4 + 1));
  await journal.synced();
}

function checkpoint(folder: string): void {
  const other = connect(join(folder, "decapod.db"), { readOnly: false });
  other.exec("pragma wal_checkpoint(passive)");
  other.close();
}

/** One moment between the two snapshots: during the copying back, while the log is written, or before the mark is. */
function imageBetween(random: Chance, before: Image, copied: Image, after: Image): Image {
  if (before.database !== copied.database && random.below(3) === 0) {
    return { ...before, database: mixed(random, before.database, copied.database) };
  }
  const database = copied.database;
  if (random.below(5) === 0)
    return { database, log: after.log, mark: mixed(random, before.mark, after.mark) };
  // A log that starts anew gets its header synced before the first frame.
  const old = Uint8Array.from(copied.log);
  old.set(after.log.subarray(0, LOG_HEADER));
  const log = mixed(random, old, after.log);
  return { database, log, mark: before.mark };
}

function mixed(random: Chance, old: Uint8Array, fresh: Uint8Array): Uint8Array {
  const [short, long] = old.length < fresh.length ? [old.length, fresh.length] : [fresh.length, old.length];
  const length = random.pick([short, long, short + random.below(long - short + 1)]);
  const bytes = new Uint8Array(length);
  bytes.set(old.subarray(0, length));
  const share = random.next();
  for (let at = 0; at < length; at += SECTOR) {
    if (random.next() < share) bytes.set(fresh.subarray(at, Math.min(at + SECTOR, length)), at);
  }
  return bytes;
}

async function check(folder: string, atLeast: number, atMost: number, what: string): Promise<void> {
  const result = openJournal(optionsFor(folder, { clock: heldClock() }));
  assert.ok(result.ok, `${what}: ${result.ok ? "" : result.problems[0]?.message}`);
  const count = result.value.entries(RUN).length;
  assert.ok(count >= atLeast && count <= atMost, `${what}: ${count} entries of ${atLeast} to ${atMost}`);
  assert.equal(result.value.tasks(RUN).length, count / 2, what);
  await result.value.close();
}
