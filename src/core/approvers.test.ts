import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { starterOf } from "./approvers.ts";
import type { RunStarted } from "./event.ts";

/** Started by kim, as every played run. */
const asks = (fields: string, over: Partial<RunStarted> = {}) =>
  new Play(flow(`draft\na <- draft : approval: { mode: ask, send_back_to: draft, ${fields} }`), over).ok(
    "draft",
  );
const own = (fields: string) => new Play(flow(`a : agent: approval, parameters: { message: x, ${fields} }`));

describe("approvers (formats.md 6)", () => {
  test("without approvers whoever is asked decides, the starter too", () => {
    for (const fields of ["message: x", "self_approval: false", "approvers: []"]) {
      const play = asks(fields);
      const { approvers, notBy } = play.asked("a");
      assert.deepEqual([approvers, notBy], [undefined, undefined], fields);
      assert.deepEqual(play.decide("a", "approve").requested, ["a"], fields);
    }
  });

  test("with approvers nobody else decides, and the question stays open", () => {
    for (const play of [asks("approvers: [ann, ben]"), own("approvers: [ann, ben]")]) {
      for (const choice of ["approve", "reject", "send_back"]) {
        const refused = play.problem(play.decision("a", choice, { by: "eve" }));
        assert.deepEqual(
          [refused.code, refused.message, refused.hint],
          ["E_NOT_APPROVER", "eve is not among the approvers of a", "ann or ben decides"],
        );
      }
      assert.equal(play.refused(play.decision("a", "approve", { by: "Ann" })), "E_NOT_APPROVER");
      assert.deepEqual([play.status("a"), play.run.openDecisions], ["waiting/approval", 1]);
      play.decide("a", "approve", { by: "ben" });
      assert.equal(play.run.openDecisions, 0);
      assert.deepEqual(play.replayed(), play.run);
    }
  });

  test("who started the run approves it only where the file says so; they may say no", () => {
    const play = asks("approvers: [ann, kim]");
    const refused = play.problem(play.decision("a", "approve"));
    assert.deepEqual(
      [refused.code, refused.message, refused.hint],
      ["E_SELF_APPROVAL", "kim started the run and may not approve a", "ann approves"],
    );
    assert.equal(play.run.openDecisions, 1);
    assert.equal(play.decide("a", "send_back").status("draft"), "queued");
    assert.equal(asks("approvers: [ann, kim]").decide("a", "reject").status("a"), "failed");
    assert.deepEqual(asks("approvers: [kim], self_approval: true").decide("a", "approve").requested, ["a"]);
  });

  test("a choice of the task's own lets something happen, so it counts as approving", () => {
    const play = own("approvers: [kim], choices: [now, never]");
    const refused = play.problem(play.decision("a", "now"));
    assert.equal(refused.code, "E_SELF_APPROVAL");
    assert.match(refused.hint ?? "", /^nobody else may: name another approver or write self_approval: true/);
  });

  test("a wrong phrase tells nothing to who may not decide", () => {
    const play = new Play(flow("a : approval: { mode: phrase, phrase: GO, approvers: [ann] }"));
    assert.equal(play.refused(play.decision("a", "approve", { by: "eve", phrase: "go" })), "E_NOT_APPROVER");
    assert.equal(play.refused(play.decision("a", "approve", { by: "ann", phrase: "go" })), "E_PHRASE");
  });

  test("in a child it is the person at the top who started it", () => {
    const child = asks("approvers: [ann]", { by: "run PARENT", onBehalfOf: "ann" });
    assert.equal(child.refused(child.decision("a", "approve", { by: "ann" })), "E_SELF_APPROVAL");
    assert.equal(starterOf(child.run.start), "ann");
    assert.equal(starterOf(asks("message: x").run.start), "kim");
  });

  test("names may be read when it is asked; what is no name fails the task", () => {
    const lead = { trigger: { kind: "api", body: "ann" } };
    const named = asks("approvers: ['${trigger.body}']", lead);
    assert.deepEqual(named.asked("a").approvers, ["ann"]);
    assert.deepEqual([named.asked("a").notBy], ["kim"]);
    const wrong = asks("approvers: ['${trigger}']", lead);
    assert.deepEqual(
      [wrong.error("a").class, wrong.error("a").message],
      ["config_error", "approval.approvers must be texts"],
    );
  });

  test("an escalated question keeps its approvers", () => {
    const play = asks("approvers: [ann], expires: 60, on_expiry: escalate").wait("expire:a#0");
    assert.equal(play.refused(play.decision("a", "approve", { by: "eve" })), "E_NOT_APPROVER");
    assert.equal(play.decide("a", "approve", { by: "ann" }).run.openDecisions, 0);
  });

  test("a rehearsal asks whoever rehearses", () => {
    const play = asks("approvers: [ann]", { rehearse: true });
    assert.equal(play.asked("a").approvers, undefined);
    assert.deepEqual(play.decide("a", "approve").requested, ["a"]);
  });
});
