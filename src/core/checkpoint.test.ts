import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { flow, Play, workflowOf } from "../../test/support/decider.ts";
import { checkpointText, isCheckpointDue, replayCheckpoint } from "./checkpoint.ts";
import type { Run } from "./run.ts";
import { at } from "./vector.ts";

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

  it("has a number for its form: whoever gives a run, task or unit other fields counts it up", () => {
    const { run } = new Play("a");
    const { unit, ...task } = at(run.tasks, 0);
    const names = JSON.stringify([run, task, unit].map((one) => Object.keys(one).sort()));
    const digest = createHash("sha256").update(names).digest("hex").slice(0, 8);
    assert.deepEqual([JSON.parse(checkpointText(run)).form, digest], [8, "be0b6c84"], names);
  });

  it("keeps what a task that is run again gave before, items too", () => {
    const workflow = flow("each : rerun: true, foreach: { items: [1, 2] }\nafter <- each");
    const play = new Play(workflow).ok("each:0", "each:1");
    play.send({ type: "run.resumed", by: "kim", interrupted: true });
    assert.equal(play.task("each").earlier?.status, "success");
    assert.deepEqual(replayCheckpoint(checkpointText(play.run), workflow, [], play.lookup), play.run);
  });

  it("is due every 1,000 entries, of a large run every four per task, never of a closed one", () => {
    const { run } = new Play("a");
    const seen = (sequence: number, phase: Run["phase"] = "main"): Run => ({ ...run, sequence, phase });
    assert.equal(isCheckpointDue(null, seen(999)), false);
    assert.equal(isCheckpointDue(seen(999), seen(1_001)), true);
    assert.equal(isCheckpointDue(seen(1_001), seen(1_999)), false);
    assert.equal(isCheckpointDue(seen(999), seen(1_001, "closed")), false);
    const tasks = Array.from({ length: 1_000 }, () => run.workflow.tasks[0] ?? assert.fail());
    const large = (sequence: number): Run => ({ ...seen(sequence), workflow: { ...run.workflow, tasks } });
    assert.equal(isCheckpointDue(large(999), large(1_001)), false);
    assert.equal(isCheckpointDue(large(3_999), large(4_000)), true);
  });
});
