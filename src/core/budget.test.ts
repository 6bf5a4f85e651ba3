import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { failure } from "./outcome.ts";

const used = (costUsd: number | null, tokens: number | null = null) => ({ usage: { costUsd, tokens } });
const CANCELLED_BY_BUDGET = { status: "cancelled", ...used(0.1) } as const;

describe("budgets (formats.md 1.3)", () => {
  test("a task's covers all its tries; used up it waits, raised it goes on", () => {
    const play = new Play(flow("a : budget: { usd: 1, tokens: 500 }, retry: { max_attempts: 5, delay: 0 }"));
    play.end("a", { status: "failed", ...used(0.6, 100) });
    assert.equal(play.status("a"), "queued");
    play.end("a", { status: "failed", ...used(0.5) });
    assert.equal(play.status("a"), "waiting/budget");
    assert.equal(
      play.asked("a").message,
      "The budget of task a is used up: $1.10, 100 tokens. Raise it or stop?",
    );
    for (const fields of [{}, { usd: 0 }, { usd: -1 }, { usd: "much" }])
      assert.equal(play.refused(play.decision("a", "raise", { fields })), "E_FIELD");
    play.decide("a", "raise", { fields: { usd: 2 } });
    assert.deepEqual([play.status("a"), play.run.openDecisions], ["queued", 0]);
    play.end("a", { status: "failed", ...used(0, 400) });
    assert.equal(play.status("a"), "waiting/budget");
    play.decide("a", "raise", { fields: { tokens: 1000 } }).ok("a");
    assert.equal(play.run.status, "success");
  });

  test("stop fails the task, and all its items that wait", () => {
    const one = new Play(flow("a : budget: { usd: 1 }, retry: { max_attempts: 2, delay: 0 }"))
      .end("a", { status: "failed", ...used(1) })
      .decide("a", "stop");
    assert.deepEqual([one.error("a").class, one.run.status], ["budget", "failed"]);
    const many = new Play(
      flow(
        "a : budget: { usd: 1 }, foreach: { items: [1, 2, 3], max_parallel: 3, on_failure: continue }, retry: { max_attempts: 2, delay: 0 }",
      ),
    );
    many.start("a:0", "a:1", "a:2").end("a:0", { status: "failed", ...used(2) });
    assert.deepEqual([many.unit("a:1").stopping, many.done("stop").length], ["budget", 2]);
    many.end("a:1", CANCELLED_BY_BUDGET).lose("a:2");
    assert.deepEqual(
      ["a:0", "a:1", "a:2"].map((item) => many.status(item)),
      ["waiting/budget", "waiting/budget", "waiting/budget"],
    );
    assert.equal(many.run.openDecisions, 1);
    many.decide("a:0", "stop");
    assert.equal(
      many.error("a").message,
      "3 of 3 items failed: 0, 1, 2; first: the budget is used up and was not raised",
    );
  });

  test("raised, all items that wait go on", () => {
    const play = new Play(
      flow("a : budget: { usd: 1 }, foreach: { items: [1, 2] }, retry: { max_attempts: 2, delay: 0 }"),
    );
    play
      .start("a:0", "a:1")
      .end("a:0", { status: "failed", ...used(2) })
      .end("a:1", CANCELLED_BY_BUDGET);
    play.decide("a:0", "raise", { fields: { usd: 9 } });
    assert.deepEqual(play.requested, ["a:0", "a:1"]);
  });

  test("the run's stops what runs and is asked for once; a success in time counts", () => {
    const top = "settings: { budget: { usd: 1 }, max_parallel: 9 }";
    const play = new Play(flow("a\nb\nc\nd <- a", top)).start("a", "b", "c").end("a", used(1.5));
    assert.deepEqual(
      [play.status("a"), play.status("d"), play.unit("b").stopping],
      ["success", "waiting/budget", "budget"],
    );
    assert.deepEqual(play.done("stop").length, 2);
    play.end("b", { status: "cancelled" }).ok("c");
    assert.deepEqual(play.states(), { a: "success", b: "waiting/budget", c: "success", d: "waiting/budget" });
    assert.equal(play.run.openDecisions, 1);
  });

  test("a driver that stopped by itself is believed when the sum agrees", () => {
    const stopped = { status: "failed", failure: failure("budget", "it stopped at its budget") } as const;
    const play = new Play(flow("a : budget: { usd: 1 }")).end("a", { ...stopped, ...used(1.1) });
    assert.equal(play.status("a"), "waiting/budget");
    play.decide("a", "raise", { fields: { usd: 2 } }).ok("a");
    assert.equal(play.run.status, "success");
    const wrong = new Play(flow("a : budget: { usd: 1 }")).end("a", { ...stopped, ...used(0.4) });
    assert.deepEqual([wrong.status("a"), wrong.error("a").class], ["failed", "budget"]);
  });

  test("an attempt that was stopped for the budget is made again once it is raised", () => {
    const play = new Play(flow("a\nb\nd <- a", "settings: { budget: { usd: 1 } }"))
      .start("a", "b")
      .end("a", used(1.5));
    play.end("b", { status: "failed" });
    assert.deepEqual(
      [play.status("b"), play.status("d"), play.run.openDecisions],
      ["waiting/budget", "waiting/budget", 1],
    );
    assert.equal(play.asked("").message, "The budget of this run is used up: $1.50. Raise it or stop?");
    play.decide("", "raise", { fields: { usd: 5 } });
    assert.deepEqual(play.requested, ["b", "d"]);
    play.ok("b", "d");
    assert.equal(play.run.status, "success");
  });

  test("raised while another attempt was still being stopped, it goes on at once", () => {
    const play = new Play(flow("a\nb\nd <- a", "settings: { budget: { usd: 1 } }"))
      .start("a", "b")
      .end("a", used(1.5));
    play.decide("", "raise", { fields: { usd: 5 } }).end("b", { status: "failed" });
    assert.equal(play.status("b"), "queued");
  });

  test("not raised, the run has failed, its hooks run all the same", () => {
    const top =
      "settings: { budget: { tokens: 10 } }\nhooks: { on_failure: [{ id: tell, agent: shell, parameters: { command: [x] } }] }";
    const play = new Play(flow("a\nb <- a\nc", top)).start("c").end("a", used(null, 20));
    assert.equal(
      play.asked("").message,
      "The budget of this run is used up: cost unknown, 20 tokens. Raise it or stop?",
    );
    play.decide("", "stop").end("c", { status: "failed" });
    assert.deepEqual(
      [play.states(), play.requested],
      [{ a: "success", b: "cancelled", c: "cancelled" }, ["tell"]],
    );
    play.ok("tell");
    assert.deepEqual([play.run.status, play.run.failure?.class], ["failed", "budget"]);
  });

  test("what stood in line behind a failure is not begun any more", () => {
    const play = new Play(
      flow("a\nb <- a : pool: '${trigger.body}'\nc <- a", "settings: { budget: { usd: 1 } }"),
    ).end("a", used(2));
    play.decide("", "raise", { fields: { usd: 5 } });
    assert.deepEqual(play.states("b", "c"), { b: "failed", c: "skipped/stopped" });
  });

  test("when the item that asked is stopped, another one that waits asks", () => {
    const play = new Play(
      flow(
        "a : budget: { usd: 1 }, foreach: { items: [1, 2, 3, 4], max_parallel: 3 }, retry: { max_attempts: 2, delay: 0 }",
      ),
    );
    play.start("a:0", "a:1", "a:2").end("a:1", used(2)).end("a:0", CANCELLED_BY_BUDGET);
    assert.deepEqual([play.asked("a:3").kind, play.unit("a:0").decision], ["budget", null]);
    play.end("a:2", {
      status: "success",
      failure: { class: "config_error", message: "bad", action: "escalate" },
    });
    assert.deepEqual([play.status("a:3"), play.asked("a:0").kind], ["skipped/stopped", "budget"]);
    play.decide("a:0", "raise", { fields: { usd: 9 } }).ok("a:0");
    assert.equal(play.status("a"), "failed");
  });

  test("a hook's own budget fails it, nobody is asked", () => {
    const hook =
      "{ id: tell, agent: shell, parameters: { command: [x] }, budget: { usd: 1 }, retry: { max_attempts: 3, delay: 0 } }";
    const play = new Play(flow("a", `hooks: { on_complete: [${hook}] }`))
      .ok("a")
      .end("tell", { status: "failed", ...used(2) });
    assert.deepEqual([play.error("tell").class, play.run.status], ["budget", "success"]);
  });

  test("a cancel withdraws the question of the run", () => {
    const play = new Play(flow("a\nb <- a\nc", "settings: { budget: { usd: 1 } }"))
      .start("c")
      .end("a", used(2));
    play.send({ type: "run.cancelled", by: "kim", reason: "" });
    assert.deepEqual([play.run.decision, play.run.openDecisions], [null, 0]);
  });

  test("what a parent has left binds a child; what is known adds up, unknown stays unknown until then", () => {
    const play = new Play(flow("a : retry: { max_attempts: 3, delay: 0 }"), {
      budget: { usd: 1, tokens: null },
    });
    play.end("a", { status: "failed", usage: { costUsd: null, tokens: 5 } });
    assert.deepEqual(play.run.usage, { costUsd: null, tokens: 5 });
    play.end("a", { status: "failed", ...used(1) });
    assert.deepEqual([play.run.usage, play.status("a")], [{ costUsd: 1, tokens: 5 }, "waiting/budget"]);
    const both = new Play(flow("a\nb <- a", "settings: { budget: { usd: 9, tokens: 9 } }"), {
      budget: { usd: 1, tokens: null },
    });
    assert.equal(both.end("a", { usage: { costUsd: 1, tokens: 1 } }).status("b"), "waiting/budget");
  });

  test("a group waits for the budget before its child begins", () => {
    const group =
      "g <- a : agent: group, parameters: { tasks: [{ id: x, agent: shell, parameters: { command: [x] } }] }";
    const play = new Play(flow(`a\n${group}`, "settings: { budget: { usd: 1 } }")).end("a", used(2));
    assert.equal(play.status("g"), "waiting/budget");
    play.decide("", "raise", { fields: { usd: 1.5 } });
    const [start] = play.done("start_child");
    assert.ok(start?.do === "start_child");
    assert.deepEqual(start.child.budget, { usd: 0.5, tokens: null });
  });
});
