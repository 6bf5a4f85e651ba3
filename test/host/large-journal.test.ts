/** F68: a journal of ten million entries. At scale commit it is a small one that takes the same way. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { verifyJournal } from "../../src/host/embedded/verify.ts";
import { realFiles } from "../../src/port/files.ts";
import { opened, pickCounts, runId, temporaryFolder } from "../support/journal.ts";
import { writeLarge } from "../support/large-journal.ts";

const OPEN_MS_MAX = 5_000;
const LIST_MS_MAX = 200;

function processorMs<T>(work: () => T): readonly [T, number] {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  return [value, (user + system) / 1000];
}

describe("F68: a large journal", () => {
  it("opens in under 5 s, lists runs in under 200 ms, and gives one run with its chain verified", async (context) => {
    using folder = temporaryFolder();
    const runs = pickCounts({ commit: 100, ci: 1_000, soak: 10_000 });
    const entries = pickCounts({ commit: 300, ci: 1_000, soak: 1_000 });
    await writeLarge(folder.path, { runs, entries });
    const { size } = statSync(join(folder.path, "decapod.db"));
    assert.ok(size > 16 * 2 ** 20 || runs < 1_000, "above 16 MiB a start reads only what names runs");
    const [journal, openMs] = processorMs(() => opened(folder.path));
    const [page, listMs] = processorMs(() => journal.runs({ limit: 50 }));
    const [open, takeMs] = processorMs(() => journal.openRuns().map((run) => journal.entries(run).length));
    await journal.close();
    const sizes = `${(runs * entries).toLocaleString("en")} entries, ${Math.round(size / 2 ** 20)} MiB`;
    context.diagnostic(
      `${sizes}: open ${openMs.toFixed(0)} ms, list ${listMs.toFixed(1)} ms, open run ${takeMs.toFixed(1)} ms`,
    );
    assert.ok(openMs < OPEN_MS_MAX, `opened in ${openMs} ms`);
    assert.ok(listMs < LIST_MS_MAX, `listed in ${listMs} ms`);
    assert.deepEqual(
      page.slice(0, 2).map(({ run }) => run),
      [runId(runs), runId(runs - 1)],
    );
    assert.deepEqual(open, [entries]);
    if (runs <= 100) assert.deepEqual(verifyJournal(folder.path, realFiles).damage, []);
  });
});
