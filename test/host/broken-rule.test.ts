import assert from "node:assert/strict";
import { it } from "node:test";
import type { Json } from "../../src/core/json.ts";
import { startOf } from "../support/decider.ts";
import { engineOver, KeptOutputs, steadyClock, turns } from "../support/host-rig.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { goodWorkflow } from "../support/surroundings.ts";

/** A bug that shows only when the result of an attempt is judged. */
class BrokenOutputs extends KeptOutputs {
  override output(): Json {
    throw new Error("invariant broken: an output can be read");
  }
}

it("an end of an attempt that cannot be decided stops the engine and says so, and the journal stays", async () => {
  const store = new MemoryStore();
  const engine = engineOver({
    store,
    clock: steadyClock(),
    outputs: new BrokenOutputs(),
    workflows: new Map(),
  });
  const task = { id: "a", agent: "shell", parameters: { run: "true" }, expected_outputs: ["n"] };
  const { workflow, definition } = goodWorkflow(JSON.stringify({ name: "w", tasks: [task] }));
  await engine.start("RUN", definition, startOf(workflow));
  const offer = { name: "arm", freeSlots: 1, pool: "default", labels: [] };
  const [lease] = await engine.claim(offer, new AbortController().signal);
  assert.ok(lease);
  const kept = store.entries("RUN").length;
  const ended = engine.ended("RUN", { untilWaiting: false }, new AbortController().signal);
  const output = { digest: "0".repeat(64), bytes: 20_000, text: false };
  const outcome = { exitCode: 0, output, failure: null, durationMs: 1, usage: null };
  const answer = await engine.result(lease, { ...outcome, status: "success" });
  assert.deepEqual(answer.ok || answer.problems.map(({ code, message }) => `${code} ${message}`), [
    "E_BUG attempt.ended of run RUN could not be decided: invariant broken: an output can be read",
  ]);
  assert.equal(engine.fault?.code, "E_BUG");
  assert.equal(await ended, null, "who waits for the run is told");
  await turns();
  assert.equal(store.entries("RUN").length, kept, "nothing more is written");
  await engine.close();
});
