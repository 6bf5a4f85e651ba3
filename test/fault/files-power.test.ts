/** The machine loses power, and of the files decapod wrote beside its journal all that was not synced is gone. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { CacheScope } from "../../src/core/cache-scope.ts";
import { connect } from "../../src/host/embedded/database.ts";
import { damagedOutputs } from "../../src/host/embedded/keeping/outputs-kept.ts";
import { openJournal } from "../../src/host/embedded/open-journal.ts";
import { Reads } from "../../src/host/embedded/reads.ts";
import { heldClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { WorkCache } from "../../src/work/cache.ts";
import { Outputs } from "../../src/work/outputs.ts";
import { freshFolder } from "../e2e/decapod.ts";
import { EMPTY, entry, optionsFor, RUN, runRow, temporaryFolder } from "../support/journal.ts";
import { LosingFiles } from "../support/losing-files.ts";

describe("F5: a power cut takes what was not synced", () => {
  it("F5 of large outputs, after any number of operations: what the journal speaks of is there, and whole", async (context) => {
    let operations = 0;
    for (let count = 0; ; count++) {
      using folder = temporaryFolder();
      const state = join(folder.path, "state");
      const losing = new LosingFiles(count);
      const acknowledged = await liveWithOutputs(state, losing);
      losing.cut();
      const again = openJournal(optionsFor(state));
      assert.ok(again.ok, `${count} operations: ${again.ok ? "" : again.problems[0]?.message}`);
      const { length } = again.value.entries(RUN);
      assert.ok(length >= acknowledged, `${count} operations: ${length} of ${acknowledged} entries`);
      await again.value.close();
      const database = connect(join(state, "decapod.db"), { readOnly: true });
      const damage = damagedOutputs(realFiles, state, new Reads(database));
      database.close();
      assert.deepEqual(damage, [], `${count} operations`);
      operations = count;
      if (!losing.isOff || acknowledged === 3) break;
    }
    context.diagnostic(`${operations} operations`);
  });

  for (const names of ["lost", "kept"] as const)
    it(`F5 of the cache, unsynced names ${names}: it has the files whole, or it has nothing`, (context) => {
      const scope: CacheScope = { scope: "build", files: [], paths: ["public"] };
      const asker = { run: "r", task: "build" };
      let hits = 0;
      let operations = 0;
      for (let count = 0; ; count++) {
        using folder = temporaryFolder();
        const [state, work] = [join(folder.path, "state"), join(folder.path, "work")];
        mkdirSync(join(work, "public/deep"), { recursive: true });
        mkdirSync(state);
        writeFileSync(join(work, "public/a.html"), "<p>a");
        writeFileSync(join(work, "public/deep/empty"), "");
        const losing = new LosingFiles(count);
        let wasKept = false;
        try {
          const cache = new WorkCache(losing.files, state, work);
          cache.find(scope, asker);
          cache.keep(scope, asker, [{ value: 1 }]);
          wasKept = !losing.isOff;
        } finally {
          losing.cut(names);
        }
        rmSync(join(work, "public"), { recursive: true });
        const found = new WorkCache(realFiles, state, work).find(scope, asker);
        if (found !== null) {
          hits += 1;
          assert.equal(readFileSync(join(work, "public/a.html"), "utf8"), "<p>a", `${count} operations`);
          assert.equal(readFileSync(join(work, "public/deep/empty"), "utf8"), "", `${count} operations`);
        } else assert.equal(existsSync(join(work, "public")), false, `${count} operations: half put back`);
        operations = count;
        if (wasKept) break;
      }
      context.diagnostic(`${operations} operations, found after ${hits} cuts`);
    });

  it("F5 of logs, results and the record of exits: every command still works, and the run goes on", async () => {
    const folder = freshFolder({
      two: "name: two\ntasks:\n  - { id: a, agent: shell, parameters: { run: echo one } }\n  - { id: b, agent: shell, dependencies: [a], parameters: { run: 'echo $$ > pid; until [ -e go ]; do sleep 0.05; done; echo two' } }\n",
    });
    const state = join(folder.path, ".claude/workflow-state");
    const run = folder.start("run", "two");
    await folder.has("pid");
    run.child.kill("SIGKILL");
    await run.ended;
    // Its host and its child die with the machine.
    const [, host = ""] = /"host":(\d+)/.exec(readFileSync(join(state, "exits.jsonl"), "utf8")) ?? [];
    process.kill(Number(host), "SIGKILL");
    for (const name of readdirSync(state, { recursive: true, encoding: "utf8" }))
      if (/^runs\/.*\.(log|json|md|txt)$/.test(name)) truncateSync(join(state, name));
    for (const bytes of [40, 0]) {
      truncateSync(join(state, "exits.jsonl"), bytes);
      const { runs } = JSON.parse((await folder.run("runs", "--json")).stdout);
      for (const words of [
        ["status"],
        ["show", runs[0].id],
        ["show", runs[0].id, "a"],
        ["logs", runs[0].id],
        ["timeline", runs[0].id],
      ]) {
        const { code, stderr } = await folder.run(...words);
        assert.equal(code, 0, `${words.join(" ")}: ${stderr}`);
      }
    }
    folder.write("go", "");
    const resumed = await folder.run("resume");
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal((await folder.run("db", "check")).code, 0);
  });
});

/** How many entries were acknowledged before the power went; each speaks of an output of its own. */
async function liveWithOutputs(state: string, losing: LosingFiles): Promise<number> {
  const result = openJournal(optionsFor(state, { files: losing.files, clock: heldClock() }));
  if (!result.ok) return 0;
  const journal = result.value;
  const outputs = new Outputs(losing.files, state);
  let acknowledged = 0;
  try {
    for (let number = 1; number <= 3; number++) {
      const output = outputs.put(String(number).repeat(20_000));
      const ref = { task: `task-${number}`, attempt: 1 };
      const event = { type: "cache.hit", ...ref, output, exitCode: 0 } as const;
      journal.commit({ ...EMPTY, entries: [entry(number, { event })], runs: [runRow(number)] });
      await journal.synced();
      acknowledged = number;
    }
  } catch (thrown) {
    if (!losing.isOff) throw thrown;
  }
  await journal.close();
  return acknowledged;
}
