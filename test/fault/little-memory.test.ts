/** F36: ten thousand runs, seen by processes that may have 128 MiB of heap. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { environmentWith, freshFolder, startIn } from "../e2e/decapod.ts";
import { runId } from "../support/journal.ts";
import { writeLarge } from "../support/large-journal.ts";
import { PROGRAM } from "../support/program.ts";

const RUNS = 10_000;
const HEAP_MIB = 128;
const PAGE = 2_500;
/** Prints at its end what the process took, on a descriptor that is nobody else's. */
const MEASURED = `process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stderr.write("\\nmeasured " + JSON.stringify({ rssMib: maxRSS / 1024, processorMs: (userCPUTime + systemCPUTime) / 1000 }));
});`;

describe("F36 little memory", () => {
  it("lists 10,000 runs in pages, all at once, and as they are, with 128 MiB of heap", async (context) => {
    const folder = freshFolder();
    await writeLarge(join(folder.path, ".claude/workflow-state"), { runs: RUNS, entries: 1 });
    const [node = "", ...main] = PROGRAM;
    const measure = `data:text/javascript,${encodeURIComponent(MEASURED)}`;
    const command = [node, `--max-old-space-size=${HEAP_MIB}`, "--import", measure, ...main];
    const home = environmentWith(join(folder.path, "../home"));
    const decapod = async (...words: readonly string[]) => {
      const ended = await startIn(folder.path, home, [...command, ...words]).ended;
      assert.equal(ended.code, 0, ended.stderr.slice(-2_000));
      const { rssMib, processorMs } = JSON.parse(
        ended.stderr.slice(ended.stderr.lastIndexOf("measured ") + 9),
      );
      context.diagnostic(
        `${words.join(" ")}: ${processorMs.toFixed(0)} ms of processor time, ${rssMib.toFixed(0)} MiB`,
      );
      return ended.stdout;
    };
    const seen: string[] = [];
    for (let older: string | null = ""; older !== null; ) {
      const before: readonly string[] = older === "" ? [] : ["--before", older];
      const page = JSON.parse(await decapod("runs", "--json", "--limit", String(PAGE), ...before));
      seen.push(...page.runs.map(({ id }: { readonly id: string }) => id));
      older = page.older;
    }
    assert.equal(seen.length, RUNS);
    assert.deepEqual(
      seen,
      Array.from({ length: RUNS }, (_, at) => runId(RUNS - at)),
      "newest first, each once",
    );
    const all = await decapod("runs", "--jsonl", "--limit", String(RUNS));
    assert.equal(all.trimEnd().split("\n").length, RUNS);
    await decapod("runs");
    await decapod("status");
  });
});
