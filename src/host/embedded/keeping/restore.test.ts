import assert from "node:assert/strict";
import { copyFileSync, cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fill, opened, steadyBytes, temporaryFolder } from "../../../../test/support/journal.ts";
import { heldClock } from "../../../port/clock.ts";
import { realFiles } from "../../../port/files.ts";
import { verifyJournal } from "../verify.ts";
import { restoreJournal } from "./restore.ts";

const NOW = 1_760_000_000_000;

function restore(stateFolder: string, backup: string, replace = true) {
  const clock = heldClock(NOW);
  return restoreJournal({ files: realFiles, clock, random: steadyBytes, stateFolder, backup, replace });
}

/** Copies of a journal of 12 entries, of which the database holds 4 and its log all, as a power cut leaves it. */
async function withInterrupted(body: (backup: string, state: string) => Promise<void>): Promise<void> {
  using folder = temporaryFolder();
  const live = join(folder.path, "live");
  const first = opened(live);
  fill(first, 1, 4);
  await first.close();
  const journal = opened(live);
  fill(journal, 5, 8);
  await journal.synced();
  const kept = join(folder.path, "kept");
  cpSync(live, kept, { recursive: true, filter: (path) => !/owner|-shm/.test(path) });
  await journal.close();
  assert.ok(existsSync(join(kept, "decapod.db-wal")), "the log lies there");
  await body(join(kept, "decapod.db"), join(folder.path, "state"));
}

describe("a backup that is a journal as it lay", () => {
  it("is read with its log", () =>
    withInterrupted(async (backup, state) => {
      const restored = await restore(state, backup);
      assert.ok(restored.ok, restored.ok ? "" : restored.problems[0]?.message);
      assert.equal(restored.value.entries, 12);
      assert.deepEqual(verifyJournal(state, realFiles).damage, []);
    }));

  it("without its log is refused by the mark that lies beside it, and taken where none does", () =>
    withInterrupted(async (backup, state) => {
      rmSync(`${backup}-wal`);
      const refused = await restore(state, backup);
      assert.equal(refused.ok || refused.problems[0]?.code, "E_JOURNAL");
      assert.ok(!existsSync(join(state, "decapod.db")));
      const alone = join(state, "../alone.db");
      copyFileSync(backup, alone);
      const restored = await restore(state, alone);
      assert.ok(restored.ok);
      assert.equal(restored.value.entries, 4);
    }));
});
