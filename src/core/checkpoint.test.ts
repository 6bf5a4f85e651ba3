import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { flow, Play, workflowOf } from "../../test/support/decider.ts";
import { checkpointText, isCheckpointDue, replayCheckpoint } from "./checkpoint.ts";
import type { Run } from "./run.ts";

describe("a checkpoint", () => {
  it("is the run, whatever it was doing, and goes on with the entries after it", () => {
    const workflow = workflowOf(`name: test
tasks:
  - { id: a, agent: shell, parameters: { command: [a] }, retry: { max_attempts: 2, delay: 5, jitter: false } }
  - { id: each, agent: shell, foreach: { items: [1, 2, 3] }, parameters: { command: [b] } }
  - { id: after, agent: shell, dependencies: [a], parameters: { command: [c] } }
`);
    const play = new Play(workflow);
    play.start("a", "each:0").end("a", { status: "failed", exitCode: 1 });
    const text = checkpointText(play.run);
    const at = play.run.sequence;
    assert.deepEqual(replayCheckpoint(text, workflow, [], play.lookup), play.run);
    play.end("each:0", {});
    const later = play.entries.filter((entry) => entry.sequence > at);
    assert.deepEqual(replayCheckpoint(text, workflow, later, play.lookup), play.run);
  });

  it("keeps which tasks may still begin after a failure", () => {
    const workflow = flow("a\nb\nc <- a : trigger_rule: one_failed");
    const play = new Play(workflow);
    play.start("a", "b").end("a", { status: "failed", exitCode: 1 });
    assert.equal(play.run.halt?.kind, "stop");
    assert.deepEqual(replayCheckpoint(checkpointText(play.run), workflow, [], play.lookup), play.run);
  });

  it("of another version is passed over", () => {
    const play = new Play("a");
    const { form: _, ...older } = JSON.parse(checkpointText(play.run));
    for (const text of [JSON.stringify(older), JSON.stringify({ ...older, form: 1 })])
      assert.equal(replayCheckpoint(text, play.run.workflow, [], play.lookup), null);
  });

  it("is due every 1,000 entries, of a large run every four per task, never of a closed one", () => {
    const { run } = new Play("a");
    const at = (sequence: number, phase: Run["phase"] = "main"): Run => ({ ...run, sequence, phase });
    assert.equal(isCheckpointDue(null, at(999)), false);
    assert.equal(isCheckpointDue(at(999), at(1_001)), true);
    assert.equal(isCheckpointDue(at(1_001), at(1_999)), false);
    assert.equal(isCheckpointDue(at(999), at(1_001, "closed")), false);
    const tasks = Array.from({ length: 1_000 }, () => run.workflow.tasks[0] ?? assert.fail());
    const large = (sequence: number): Run => ({ ...at(sequence), workflow: { ...run.workflow, tasks } });
    assert.equal(isCheckpointDue(large(999), large(1_001)), false);
    assert.equal(isCheckpointDue(large(3_999), large(4_000)), true);
  });
});
