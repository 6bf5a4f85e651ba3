import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { type AgentQuestion, failure } from "./outcome.ts";

const QUESTION: AgentQuestion = { kind: "question", message: "Blue or red?", offers: ["blue"], wants: [] };
const PERMISSION: AgentQuestion = {
  kind: "permission",
  message: "Bash npm test",
  offers: [],
  wants: ["Bash(npm test)"],
};

function asks(play: Play, asked: AgentQuestion, place = "a"): Play {
  return play.end(place, { status: "failed", failure: failure("config_error", "it asked"), asks: asked });
}

function made(decision: string, choice: string, comment: string | null) {
  return {
    type: "decision.made",
    decision,
    choice,
    comment,
    fields: {},
    by: "ada",
    via: "terminal",
  } as const;
}

function decide(play: Play, choice: string, comment: string | null = null): Play {
  return play.send(made(play.unit("a").decision?.id ?? "", choice, comment));
}

describe("a question of an agent", () => {
  test("waits for a person without a try, and the next attempt has the answer", () => {
    const play = asks(new Play("a"), QUESTION);
    const { status, reason, tries, decision } = play.unit("a");
    assert.deepEqual([status, reason, tries], ["waiting", "approval", 0]);
    assert.deepEqual(
      [decision?.kind, decision?.message, decision?.choices, decision?.offers],
      ["question", "Blue or red?", ["answer", "reject"], ["blue"]],
    );
    assert.equal(play.run.openDecisions, 1);
    decide(play, "answer", "red, please");
    const answer = { kind: "question", asked: "Blue or red?", answer: "red, please", allows: [], by: "ada" };
    assert.deepEqual(play.unit("a").answers, [answer]);
    assert.equal(play.ok("a").run.status, "success");
  });

  test("needs words for an answer", () => {
    const play = asks(new Play("a"), QUESTION);
    for (const comment of [null, " "]) assert.equal(play.refused(made("a?1", "answer", comment)), "E_FIELD");
    assert.equal(play.refused(made("a?1", "approve", "x")), "E_CHOICE");
  });

  test("that is refused fails the task as rejected, with what the person said", () => {
    for (const [comment, told] of [
      [null, "ada said no to its question"],
      ["ask me later", "ada said no to its question: ask me later"],
    ] as const) {
      const play = decide(asks(new Play("a"), QUESTION), "reject", comment);
      assert.deepEqual([play.unit("a").error?.class, play.unit("a").error?.message], ["rejected", told]);
      assert.equal(play.run.status, "failed");
    }
  });

  test("of an instance is asked for that instance", () => {
    const play = asks(new Play(flow("a : foreach: { items: [x, y] }")), QUESTION, "a:1");
    assert.deepEqual([play.unit("a:1").decision?.id, play.unit("a:1").decision?.item], ["a:1?1", 1]);
  });

  test("goes with its run", () => {
    const play = asks(new Play("a"), QUESTION).send({ type: "run.cancelled", by: "ada", reason: "" });
    assert.deepEqual([play.run.openDecisions, play.run.status], [0, "cancelled"]);
  });
});

describe("a permission that an agent asks for", () => {
  test("is allowed for the attempts that follow", () => {
    const play = asks(new Play("a"), PERMISSION);
    assert.deepEqual(play.unit("a").decision?.wants, ["Bash(npm test)"]);
    decide(play, "approve");
    assert.deepEqual(
      play.unit("a").answers.map(({ answer, allows }) => [answer, allows]),
      [["yes", ["Bash(npm test)"]]],
    );
  });

  test("that was given already is no question any more: the attempt has failed", () => {
    const play = decide(asks(new Play("a"), PERMISSION), "approve");
    asks(play, PERMISSION);
    assert.deepEqual([play.unit("a").status, play.unit("a").error?.class], ["failed", "config_error"]);
  });
});

describe("who may not ask", () => {
  test("a hook: it fails", () => {
    const hooks = "hooks: { on_success: [{ id: h, agent: coder, parameters: { task: x } }] }";
    const play = asks(new Play(flow("a", hooks)).ok("a"), QUESTION, "h");
    assert.deepEqual([play.unit("h").status, play.run.openDecisions], ["failed", 0]);
  });

  test("a repair: the work is tried again", () => {
    const play = new Play(flow("a : repair: { agent: coder, on: [syntax_error] }")).fail("a", "syntax_error");
    assert.equal(play.unit("a").role, "repair");
    asks(play, QUESTION);
    assert.deepEqual([play.unit("a").role, play.run.openDecisions], ["task", 0]);
  });

  test("a task that has asked too often", () => {
    const play = new Play("a", { limits: { questions: 1 } });
    decide(asks(play, QUESTION), "answer", "blue");
    asks(play, { ...QUESTION, message: "Are you sure?" });
    assert.deepEqual([play.unit("a").status, play.unit("a").error?.message], ["failed", "it asked"]);
  });

  test("one that succeeded", () => {
    const play = new Play("a").end("a", { asks: QUESTION });
    assert.equal(play.run.status, "success");
  });
});
