import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { assign } from "./assignment.ts";

const PHRASE = "DEPLOY TO PRODUCTION";
const GATE = `gate : agent: approval, parameters: { phrase: ${PHRASE}, message: x, on_reject: continue }`;

/** Whether what runs now may push where a push deploys. */
function reaches(play: Play, task: string): boolean {
  play.start(task);
  const entry = { ...play.entries.at(-1), event: { type: "run.resumed", by: "test" } } as never;
  const read = assign(play.run, play.ref(task), entry, play.lookup);
  assert.ok(read.ok);
  return read.assignment.reachesProduction === true;
}

const yes = { phrase: PHRASE };

describe("what a person has let reach production", () => {
  it("is a task with the approval of its own, and what comes after a gate that was answered with a yes", () => {
    const own = new Play(flow(`push : approval: { phrase: ${PHRASE} }`)).decide("push", "approve", yes);
    assert.equal(reaches(own, "push"), true);
    const after = new Play(flow(`${GATE}\nbuild <- gate\npush <- build`)).decide("gate", "approve", yes);
    assert.equal(reaches(after, "build"), true);
    assert.equal(reaches(after.ok("build"), "push"), true);
  });

  it("is nothing else: before or beside the gate, after a no, with another phrase or without any", () => {
    const around = new Play(flow(`build\n${GATE}\nother <- build`));
    assert.equal(reaches(around, "build"), false);
    around.decide("gate", "approve", yes).ok("build");
    assert.equal(reaches(around, "other"), false);
    assert.equal(reaches(new Play(flow(`${GATE}\npush <- gate`)).decide("gate", "reject"), "push"), false);
    const stopped = `gate : agent: approval, parameters: { phrase: ${PHRASE}, message: x }`;
    const cleaning = new Play(flow(`${stopped}\nclean <- gate : trigger_rule: all_done`)).decide(
      "gate",
      "reject",
    );
    assert.equal(reaches(cleaning, "clean"), false);
    const ship = new Play(flow("push : approval: { phrase: SHIP IT }")).decide("push", "approve", {
      phrase: "SHIP IT",
    });
    assert.equal(reaches(ship, "push"), false);
    const asked = new Play(flow("push : approval: { mode: ask }")).decide("push", "approve");
    assert.equal(reaches(asked, "push"), false);
  });
});
