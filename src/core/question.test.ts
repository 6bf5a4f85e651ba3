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

describe("an output that is not what was asked for", () => {
  const misfit = (play: Play, message = '/n must be a number, is a text ("x")') =>
    play.end("a", { status: "failed", failure: failure("output_missing", message), misfit: true });

  test("is asked for again at most twice, with what is wrong, and counts as one try", () => {
    const play = misfit(misfit(new Play("a"), "one"), "two");
    const { status, attempt, tries, answers } = play.unit("a");
    assert.deepEqual([status, attempt, tries], ["queued", 3, 0]);
    assert.deepEqual(
      answers.map(({ kind, answer, by }) => [kind, answer, by]),
      [
        ["misfit", "one", "decapod"],
        ["misfit", "two", "decapod"],
      ],
    );
    misfit(play, "three");
    assert.deepEqual([play.unit("a").tries, play.unit("a").error?.message], [1, "three"]);
    assert.equal(play.run.status, "failed");
  });

  test("that fits in the end is a success of the first try", () => {
    const play = misfit(new Play("a : retry: { max_attempts: 2 }")).ok("a");
    const { status, attempt, tries, error, answers } = play.unit("a");
    assert.deepEqual([status, attempt, tries, error, answers], ["success", 2, 1, null, []]);
  });

  test("may be wrong as often in the next try, which knows nothing of the one before", () => {
    const play = new Play("a : retry: { max_attempts: 2 }");
    for (let index = 0; index < 3; index += 1) misfit(play);
    assert.deepEqual([play.unit("a").tries, play.unit("a").answers], [1, []]);
    for (let index = 0; index < 3; index += 1) misfit(play);
    assert.deepEqual([play.unit("a").attempt, play.run.status], [6, "failed"]);
  });

  test("takes nothing away from what people may be asked, nor of what they said", () => {
    const play = misfit(new Play("a", { limits: { questions: 1 } }));
    decide(asks(play, QUESTION), "answer", "blue");
    assert.deepEqual(
      play.unit("a").answers.map(({ kind }) => kind),
      ["misfit", "question"],
    );
    play.ok("a");
    assert.deepEqual(
      play.unit("a").answers.map(({ kind }) => kind),
      ["question"],
    );
  });

  test("of work that must not be done twice is a failure", () => {
    for (const effect of ["effect: once", "effect: checkable, check: [look]"]) {
      const play = misfit(new Play(`a : ${effect}`));
      assert.deepEqual([play.unit("a").attempt, play.run.status], [1, "failed"], effect);
    }
  });

  test("is no reason to go on with a run that ends, nor beyond a budget", () => {
    const cancelled = new Play("a").start("a").send({ type: "run.cancelled", by: "ada", reason: "" });
    misfit(cancelled);
    assert.equal(cancelled.run.status, "cancelled");
    const over = new Play("a : budget: { usd: 1 }");
    const usage = { costUsd: 2, tokens: null };
    over.end("a", { status: "failed", failure: failure("output_missing", "no"), misfit: true, usage });
    assert.deepEqual([over.unit("a").status, over.unit("a").reason], ["waiting", "budget"]);
  });

  test("without a failure is none", () => {
    assert.equal(new Play("a").end("a", { misfit: true }).run.status, "success");
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
