import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  EMPTY,
  entry,
  fill,
  imageOf,
  opened,
  RUN,
  runRow,
  taskRow,
  temporaryFolder,
} from "../../../test/support/journal.ts";
import { heldClock } from "../../port/clock.ts";
import { realFiles } from "../../port/files.ts";
import { becomeOwner } from "./owner.ts";
import { openReader } from "./reader.ts";

describe("reading beside the owner", () => {
  it("sees each commit once it stands, in its own process's time", async () => {
    using folder = temporaryFolder();
    const owner = becomeOwner(folder.path);
    const journal = opened(folder.path, { clock: heldClock() });
    fill(journal, 1, 2);
    const read = openReader(folder.path, realFiles);
    assert.ok(read.ok && read.value !== null && owner.ok);
    const reader = read.value;
    assert.equal(reader.entries(RUN).length, 2);
    fill(journal, 3, 2);
    assert.equal(reader.entries(RUN).length, 4);
    assert.equal(reader.entries(RUN, 3).length, 1);
    assert.deepEqual(
      reader.runs({}).map(({ run }) => run),
      [RUN],
    );
    assert.equal(reader.run(RUN)?.sequence, 4);
    assert.equal(reader.tasks(RUN).length, 4);
    assert.deepEqual([reader.effects(), reader.openRuns(), reader.runsEnding("w2x")], [[], [RUN], [RUN]]);
    assert.equal(reader.lastRunBeginning(RUN.slice(0, 20)), RUN);
    assert.equal(reader.lastRunBeginning("zz"), null);
    assert.equal(reader.definition("none"), null);
    assert.equal(reader.damage, null);
    assert.equal(reader.owned, true);
    assert.equal(reader.attemptFolder(RUN, "a", 3, 2), join(folder.path, "runs", RUN, "a.3", "2"));
    assert.equal(reader.attemptFolder(RUN, "a", null, 1), join(folder.path, "runs", RUN, "a", "1"));
    owner.value.release();
    assert.equal(reader.owned, false);
    reader.close();
    await journal.close();
  });

  it("counts tasks by their states, without their items, in the order of the file", async () => {
    using folder = temporaryFolder();
    const journal = opened(folder.path, { clock: heldClock() });
    const states = ["skipped", "success", "failed", "success"];
    const tasks = states.map((status, index) => taskRow(index, { task: `t${index}`, status }));
    const item = taskRow(4, { task: "t3[0]", status: "failed" });
    journal.commit({ ...EMPTY, entries: [entry(1)], runs: [runRow(1)], tasks: [...tasks, item] });
    const read = openReader(folder.path, realFiles);
    assert.ok(read.ok && read.value !== null);
    const counts = [...read.value.taskCounts(RUN)];
    assert.deepEqual(counts, [
      ["skipped", 1],
      ["success", 2],
      ["failed", 1],
    ]);
    assert.equal(read.value.taskCounts("r-none").size, 0);
    read.value.close();
    await journal.close();
  });

  it("writes nothing, also when the owner died and its log is still there", async () => {
    using folder = temporaryFolder();
    const journal = opened(join(folder.path, "live"), { clock: heldClock() });
    fill(journal, 1, 5);
    const image = join(folder.path, "image");
    imageOf(join(folder.path, "live"), image);
    const before = digests(image);
    const read = openReader(image, realFiles);
    assert.ok(read.ok && read.value !== null);
    assert.equal(read.value.entries(RUN).length, 5);
    read.value.close();
    assert.deepEqual(digests(image), before);
    await journal.close();
  });

  it("shows what can be read of a journal that lost its end, and says so", async () => {
    using folder = temporaryFolder();
    const journal = opened(join(folder.path, "live"), { clock: heldClock() });
    fill(journal, 1, 5);
    const image = join(folder.path, "image");
    imageOf(join(folder.path, "live"), image);
    truncateSync(join(image, "decapod.db-wal"), readFileSync(join(image, "decapod.db-wal")).length - 1);
    const read = openReader(image, realFiles);
    assert.ok(read.ok && read.value !== null);
    assert.match(read.value.damage?.message ?? "", /4 of 5 entries readable, high-water mark 5/);
    assert.equal(read.value.entries(RUN).length, 4);
    read.value.close();
    await journal.close();
  });

  it("finds no journal in a new project; with a backup of one, says that it is gone", () => {
    using folder = temporaryFolder();
    assert.deepEqual(openReader(join(folder.path, "none"), realFiles), { ok: true, value: null });
    assert.deepEqual(readdirSync(folder.path), []);
    const backups = join(folder.path, "backups");
    mkdirSync(backups);
    realFiles.writeAtomic(join(backups, "0123456789ab-20260118T143600Z.db"), "x");
    const gone = openReader(join(folder.path, "none"), realFiles, { backups });
    assert.ok(!gone.ok);
    assert.equal(gone.problems[0]?.code, "E_JOURNAL");
    assert.match(gone.problems[0]?.hint ?? "", /decapod db restore --latest/);
  });
});

function digests(folder: string): Readonly<Record<string, string>> {
  const names = ["decapod.db", "decapod.db-wal", "decapod.mark"];
  return Object.fromEntries(
    names.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );
}
