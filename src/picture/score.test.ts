import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changesOf } from "../../test/support/changes.ts";
import { Play, workflowOf } from "../../test/support/decider.ts";
import { type Score, scoreOf } from "./score.ts";

const PAGE = workflowOf(`name: page
tasks:
  - { id: write, agent: coder, parameters: { task: write } }
  - { id: look, agent: approval, dependencies: [write], parameters: { message: Fine? } }
  - { id: build, agent: hugo-build, dependencies: [look], parameters: { site_path: site } }
  - { id: stage, agent: deploy, dependencies: [build], parameters: { environment: staging }, approval: { mode: none } }
`);

function score(play: Play): Score {
  const made = scoreOf([[...changesOf(play)]]);
  assert.ok(made !== null);
  return made;
}

/** Decided from somewhere. */
function decide(play: Play, place: string, choice: string, via: string): void {
  play.send({ ...play.decision(place, choice), via });
}

describe("what a run asked of people", () => {
  it("T1-25: a page: two messages, one approval, no prompt, no switch; machine time apart from people's", () => {
    const play = new Play(PAGE).pass(40).start("write").pass(10_000).ok("write").pass(60_000);
    decide(play, "look", "approve", "cli");
    play.start("build").pass(5_000).ok("build").start("stage").pass(2_000).ok("stage");
    assert.deepEqual(score(play), {
      messages: 2,
      approvals: 1,
      contentApprovals: 1,
      permissionPrompts: 0,
      switches: 0,
      commands: 0,
      toStagingMs: 77_040,
      machineToStagingMs: 17_040,
      transitionsMs: [40, 0, 0],
    });
  });

  it("tells approvals of content from gates before an effect", () => {
    const play = new Play(
      workflowOf(`name: two
tasks:
  - { id: look, agent: approval, parameters: { message: Fine? } }
  - { id: stage, agent: shell, dependencies: [look], parameters: { run: x }, approval: { mode: ask } }
`),
    );
    decide(play, "look", "approve", "cli");
    decide(play, "stage", "approve", "cli");
    const { messages, approvals, contentApprovals } = score(play);
    assert.deepEqual([messages, approvals, contentApprovals], [3, 2, 1]);
  });

  it("counts a decision from another place as a switch, and what was typed beside decisions as commands", () => {
    const play = new Play(
      workflowOf(`name: two
tasks:
  - { id: a, agent: approval, parameters: { message: One? } }
  - { id: b, agent: approval, dependencies: [a], parameters: { message: Two? } }
  - { id: c, agent: approval, dependencies: [b], parameters: { message: Three? } }
`),
    );
    decide(play, "a", "approve", "cli");
    play.send({ type: "run.paused", by: "kim" }).send({ type: "run.resumed", by: "kim" });
    decide(play, "b", "approve", "token phone");
    decide(play, "c", "reject", "token phone");
    const { messages, approvals, switches, commands, toStagingMs, transitionsMs } = score(play);
    assert.deepEqual([messages, approvals, switches, commands], [4, 3, 1, 2]);
    assert.deepEqual([toStagingMs, transitionsMs], [null, []]);
  });

  it("an engine that went on by itself was no command; a production deploy is no staging", () => {
    const play = new Play(
      workflowOf(`name: p
tasks: [{ id: a, agent: shell, parameters: { run: x } }]
`),
    )
      .send({ type: "run.paused", by: "kim" })
      .send({ type: "run.resumed", by: "kim", interrupted: true })
      .start("a")
      .pass(5)
      .give("a", { deployment_success: true, environment: "production" });
    const { commands, toStagingMs } = score(play);
    assert.deepEqual([commands, toStagingMs], [1, null]);
  });

  it("is nothing of a run without entries", () => {
    assert.equal(scoreOf([]), null);
    assert.equal(scoreOf([[]]), null);
  });
});
