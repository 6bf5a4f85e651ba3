import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import type { AttemptOutcome, RunStarted } from "../../src/core/event.ts";
import { NO_OUTPUT } from "../../src/core/outcome.ts";
import type { Lease } from "../../src/host/host.ts";
import { freshFolder } from "../e2e/decapod.ts";
import { engineOver, KeptOutputs, steadyClock, turns } from "../support/host-rig.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { goodWorkflow } from "../support/surroundings.ts";

const OFFER = { name: "arm", freeSlots: 4, pool: "default", labels: [] };
const DONE: AttemptOutcome = {
  status: "success",
  exitCode: 0,
  output: NO_OUTPUT,
  failure: null,
  durationMs: 1,
  usage: null,
};

it("F51 a task that takes the engine down each time is given up after its fourth loss, and the others run", async () => {
  const { workflow, definition } = goodWorkflow(`
name: poison
settings: { on_failure: continue }
tasks:
  - { id: poison, agent: coder, parameters: { task: x } }
  - { id: other, agent: coder, parameters: { task: x } }
`);
  const store = new MemoryStore();
  const outputs = new KeptOutputs();
  const boot = () => engineOver({ store, clock: steadyClock(), outputs, workflows: new Map() });
  const id = "01".padEnd(26, "0");
  const started: RunStarted = { ...START, workflow: workflow.name, digest: workflow.digest };
  let engine = boot();
  await engine.start(id, definition, started);
  for (let death = 1; death <= 4; death++) {
    const leases = await claimed(engine);
    for (const lease of leases) if (lease.assignment.task === "other") await engine.result(lease, DONE);
    // The engine dies here; the next one finds the attempt without a process.
    engine = boot();
    assert.ok(engine.resume(id).ok);
    for (const lease of await claimed(engine)) {
      assert.equal(lease.reattach, true);
      await engine.result(lease, { lost: "its process is gone" });
    }
  }
  await turns();
  const rows = new Map(store.tasks(id).map((row) => [row.task, row]));
  assert.equal(rows.get("poison")?.status, "failed");
  assert.equal(rows.get("poison")?.failureClass, "lost");
  assert.equal(rows.get("other")?.status, "success");
  assert.equal(store.run(id)?.status, "failed");
});

async function claimed(engine: ReturnType<typeof engineOver>): Promise<readonly Lease[]> {
  const leases = await engine.claim(OFFER, new AbortController().signal);
  return leases;
}

const START = {
  type: "run.started",
  rules: 1,
  path: [],
  params: {},
  scope: null,
  parent: null,
  lanes: [],
  trigger: {},
  seed: 1,
  environment: {},
  rehearse: false,
  leftOut: null,
  maxParallel: null,
  budget: null,
  label: null,
  by: "test",
  retryOf: null,
} as const;

/** Ends the engine and the host that started it at once, when its start is on record or not, and waits to be found. */
const POISON = `name: poison
settings: { on_failure: continue }
tasks:
  - id: other
    agent: shell
    parameters: { run: 'echo once >> other.txt' }
  - id: poison
    agent: shell
    dependencies: [other]
    parameters:
      run: |
        echo tried >> poison.txt
        read -r _ _ _ engine _ < /proc/$PPID/stat
        kill -9 "$engine" $PPID
        sleep 3600
  - id: behind
    agent: shell
    dependencies: [poison]
    trigger_rule: all_done
    parameters: { run: 'echo once >> behind.txt' }
`;

it("F51 with real deaths: decapod is killed by its task each time; it gives that one up, and the others run once", async () => {
  const folder = freshFolder({ poison: POISON });
  const deaths = [await folder.run("run", "poison")];
  while (deaths.at(-1)?.signal === "SIGKILL" && deaths.length < 8) deaths.push(await folder.run("resume"));
  const last = deaths.pop();
  assert.equal(last?.code, 1, last?.stderr);
  assert.deepEqual(
    deaths.map(({ signal }) => signal),
    ["SIGKILL", "SIGKILL", "SIGKILL", "SIGKILL"],
  );
  const lines = (name: string) => readFileSync(join(folder.path, name), "utf8").trimEnd().split("\n");
  assert.equal(lines("poison.txt").length, 4);
  assert.deepEqual([lines("other.txt"), lines("behind.txt")], [["once"], ["once"]]);
  const { runs } = JSON.parse((await folder.run("runs", "--json")).stdout);
  const { run } = JSON.parse((await folder.run("show", runs[0].id, "--json")).stdout);
  const states = Object.fromEntries(
    run.tasks.map((task: { id: string; status: string }) => [task.id, task.status]),
  );
  assert.deepEqual(states, { other: "success", poison: "failed", behind: "success" });
  assert.equal(run.tasks[1].error.class, "lost");
});
