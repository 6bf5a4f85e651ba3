import assert from "node:assert/strict";
import { copyFileSync, cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  EMPTY,
  entry,
  fill,
  opened,
  RUN,
  steadyBytes,
  temporaryFolder,
} from "../../../../test/support/journal.ts";
import { heldClock } from "../../../port/clock.ts";
import { realFiles } from "../../../port/files.ts";
import { verifyJournal } from "../verify.ts";
import { lossText } from "./losses.ts";
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

describe("what was here", () => {
  it("is kept each time, also twice in one second", async () => {
    using folder = temporaryFolder();
    const state = join(folder.path, "state");
    const backup = join(folder.path, "backup.db");
    const journal = opened(state);
    fill(journal, 1, 3);
    await journal.backup(backup);
    fill(journal, 4, 4);
    await journal.close();
    const kept: (string | null)[] = [];
    for (let time = 0; time < 3; time++) {
      const restored = await restore(state, backup);
      assert.ok(restored.ok);
      kept.push(restored.value.kept);
    }
    const entries = kept.map((path) => verifyJournal(path ?? "", realFiles).readable);
    assert.deepEqual(entries, [7, 3, 3]);
    assert.deepEqual(
      kept.map((path) => path?.slice(kept[0]?.length)),
      ["", "-2", "-3"],
    );
  });
});

describe("a backup whose history parted from the one here", () => {
  /** Two journals with the same first 5 entries; then each has `more` of its own. */
  async function parted(here: number, there: number): Promise<readonly string[] | string> {
    using folder = temporaryFolder();
    const state = join(folder.path, "state");
    const other = join(folder.path, "other");
    const first = opened(state);
    fill(first, 1, 5);
    await first.close();
    cpSync(state, other, { recursive: true });
    for (const [place, count, key] of [
      [state, here, "here"],
      [other, there, "there"],
    ] as const) {
      const journal = opened(place);
      for (let sequence = 6; sequence < 6 + count; sequence++)
        journal.commit({ ...EMPTY, entries: [entry(sequence, { key: `${key}${sequence}` })] });
      await journal.close();
    }
    const refused = await restore(state, join(other, "decapod.db"), false);
    const restored = await restore(state, join(other, "decapod.db"));
    assert.ok(restored.ok, restored.ok ? "" : restored.problems[0]?.message);
    if (refused.ok) return "";
    assert.equal(refused.problems[0]?.code, "E_CONFLICT");
    assert.deepEqual(
      restored.value.losses.map((loss) => lossText(loss)),
      [`${here === 1 ? "entry 6" : `entries 6 to ${5 + here}`} of run ${RUN}`],
    );
    assert.equal(restored.value.unreadable, 0);
    return refused.problems[0]?.message ?? "";
  }

  it("loses what comes after the last entry they share, however many there are on each side", async () => {
    for (const [here, there] of [
      [4, 4],
      [1, 7],
      [6, 1],
      [2, 0],
    ] as const)
      assert.match(String(await parted(here, there)), /whole and holds more than the backup, of 1 run: ent/);
    assert.equal(await parted(0, 3), "", "what is only added is no loss");
  });
});
