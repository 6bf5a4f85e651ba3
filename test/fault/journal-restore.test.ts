/** A process that dies while it puts a backup in the place of the journal. */
import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { restoreJournal } from "../../src/host/embedded/keeping/restore.ts";
import { openJournal } from "../../src/host/embedded/open-journal.ts";
import { verifyJournal } from "../../src/host/embedded/verify.ts";
import { heldClock } from "../../src/port/clock.ts";
import { type Files, realFiles } from "../../src/port/files.ts";
import { fill, opened, optionsFor, RUN, steadyBytes, temporaryFolder } from "../support/journal.ts";

/** From its n-th change on every call fails: as for a process that was killed there. */
function dyingFiles(n: number): { readonly files: Files; readonly isDead: () => boolean } {
  let left = n;
  const dies =
    <A extends readonly unknown[], R>(change: (...given: A) => R) =>
    (...given: A): R => {
      left -= 1;
      if (left <= 0) throw Object.assign(new Error("dead"), { code: "EIO", syscall: "dead" });
      return change(...given);
    };
  const { makeFolder, writeAtomic, rename, copy, setMode, remove, removeTree, syncFolder } = realFiles;
  const files: Files = {
    ...realFiles,
    makeFolder: dies(makeFolder),
    writeAtomic: dies(writeAtomic),
    rename: dies(rename),
    copy: dies(copy),
    setMode: dies(setMode),
    remove: dies(remove),
    removeTree: dies(removeTree),
    syncFolder: dies(syncFolder),
  };
  return { files, isDead: () => left <= 0 };
}

describe("F13: a process that dies while it restores", () => {
  it("leaves the old journal, the backup's or none, keeps the old one, and restoring again succeeds", async (context) => {
    using folder = temporaryFolder();
    const first = join(folder.path, "first");
    const backup = join(folder.path, "backup.db");
    const journal = opened(first);
    fill(journal, 1, 5);
    await journal.backup(backup);
    fill(journal, 6, 5);
    await journal.close();
    const found = new Set<number>();
    let changes = 0;
    for (let n = 1; ; n++) {
      const dying = join(folder.path, `dying-${n}`);
      cpSync(first, dying, { recursive: true });
      const { files, isDead } = dyingFiles(n);
      const restoring = { clock: heldClock(), random: steadyBytes, backup, replace: true };
      const outcome = await restoreJournal({ ...restoring, stateFolder: dying, files }).catch(() => null);
      if (!isDead()) {
        assert.ok(outcome?.ok);
        break;
      }
      changes = n;
      // The lock of a process goes with it; here the process is this one.
      const live = join(folder.path, `live-${n}`);
      cpSync(dying, live, { recursive: true, filter: (path) => !/owner|-shm/.test(path) });
      const again = openJournal(optionsFor(live));
      if (again.ok) {
        found.add(again.value.entries(RUN).length);
        await again.value.close();
      } else assert.equal(again.problems[0]?.code, "E_JOURNAL", `change ${n}`);
      const restored = await restoreJournal({
        ...restoring,
        stateFolder: live,
        clock: heldClock(1_760_000_000_000),
        files: realFiles,
      });
      assert.ok(restored.ok, `change ${n}: ${restored.ok ? "" : restored.problems[0]?.message}`);
      const { damage, readable } = verifyJournal(live, realFiles);
      assert.deepEqual([damage, readable], [[], 5], `change ${n}`);
      assert.ok(keptEntries(live).includes(10), `change ${n}: the journal that was there is kept`);
      for (const path of [live, dying]) rmSync(path, { recursive: true });
    }
    context.diagnostic(`${changes} changes; entries found at once: ${[...found].join(", ")}`);
    assert.ok(found.has(10) && found.has(5));
  });
});

/** How many entries each journal that was moved aside holds. */
function keptEntries(state: string): readonly number[] {
  return readdirSync(state)
    .filter((name) => name.startsWith("replaced-") && existsSync(join(state, name, "decapod.db")))
    .map((name) => verifyJournal(join(state, name), realFiles).readable);
}
