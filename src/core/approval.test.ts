import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play, START_MS } from "../../test/support/decider.ts";
import { phraseDifference } from "./approval.ts";
import type { JsonMap } from "./json.ts";

const asks = (fields: string, more = "") => new Play(flow(`a : approval: { ${fields} }${more}\nb <- a`));
const task = (fields: string, more = "") =>
  new Play(
    flow(
      `a : agent: approval, parameters: { ${fields} }${more}\nb <- a : condition: '\${a.output.decision != null}'`,
    ),
  );

describe("approval (formats.md 6)", () => {
  test("a block is asked before the task starts, an answer lets it begin, and stays readable", () => {
    const play = asks("mode: ask, message: 'Go?', fields: { note: { type: string } }");
    assert.equal(play.status("a"), "waiting/approval");
    const { id, kind, message, choices, phraseRequired, expiresAt, askedAt } = play.asked("a");
    assert.deepEqual(
      { id, kind, message, choices, phraseRequired, askedAt },
      {
        id: "a#0",
        kind: "approval",
        message: "Go?",
        choices: ["approve", "reject"],
        phraseRequired: false,
        askedAt: START_MS,
      },
    );
    assert.equal(expiresAt, START_MS + 86_400_000);
    assert.deepEqual([play.run.openDecisions, play.run.clock.since], [1, null]);
    play.decide("a", "approve", { comment: "fine", fields: { note: "x" } });
    assert.deepEqual(play.task("a").approval, {
      decision: "approve",
      comment: "fine",
      fields: { note: "x" },
      by: "kim",
      at: "2026-01-05T09:00:00.000Z",
    });
    assert.deepEqual([play.requested, play.run.openDecisions], [["a"], 0]);
    assert.deepEqual(play.replayed(), play.run);
  });

  test("a task of its own gives the answer as its output", () => {
    const play = task("message: 'Look at ${run.name}'").decide("a", "approve", {
      comment: null as unknown as string,
    });
    assert.equal((play.task("a").output as { value: { decision: string } }).value.decision, "approve");
    assert.deepEqual(play.requested, ["b"]);
  });

  test("reject fails with the class rejected; of a task on_reject: continue goes on", () => {
    const block = asks("mode: ask").decide("a", "reject", { comment: "not now" });
    assert.deepEqual(
      [block.error("a").class, block.error("a").message],
      ["rejected", "rejected by kim: not now"],
    );
    assert.equal(block.run.status, "failed");
    assert.equal(task("message: x").decide("a", "reject").error("a").message, "rejected by kim");
    const going = task("message: x, on_reject: continue").decide("a", "reject");
    assert.deepEqual([going.status("a"), going.requested], ["success", ["b"]]);
  });

  test("own choices are answers, others are refused", () => {
    const play = task("message: x, choices: [now, later]");
    assert.equal(play.refused(play.decision("a", "approve")), "E_CHOICE");
    assert.equal(play.decide("a", "later").status("a"), "success");
  });

  test("none asks nobody; conditional asks when it says so", () => {
    assert.deepEqual(asks("mode: none").requested, ["a"]);
    assert.deepEqual(asks("mode: conditional, when: false").requested, ["a"]);
    assert.equal(asks("mode: conditional, when: true").status("a"), "waiting/approval");
    assert.equal(asks("mode: conditional, when: \"${run.name == 'test'}\"").status("a"), "waiting/approval");
    assert.equal(
      asks("mode: conditional, when: '${run.name}'").error("a").message,
      "approval.when must be true or false",
    );
    assert.equal(asks("mode: conditional, when: '${trigger.body == 1}'").error("a").class, "config_error");
    const silent = task("mode: none");
    assert.deepEqual(silent.task("a").output, {
      value: { decision: "approve", comment: null, fields: {}, by: "policy", at: "2026-01-05T09:00:00.000Z" },
    });
    assert.equal(task("mode: conditional, when: '${trigger.body == 1}'").error("a").class, "config_error");
  });

  test("what cannot be shown fails the task instead of asking blindly", () => {
    for (const fields of ["message: '${trigger.body}'", "message: x, show: '${trigger.body}'"]) {
      assert.equal(asks(`mode: ask, ${fields}`).error("a").class, "config_error");
      assert.equal(task(fields).error("a").class, "config_error");
    }
    assert.equal(asks("mode: ask, expires: '${trigger.body}'").error("a").class, "config_error");
    assert.equal(
      asks("mode: ask", ", on_failure: skip").decide("a", "reject").status("a"),
      "skipped/failure",
    );
  });

  test("a question shows what it is told to, and is bound to a digest of exactly that", () => {
    const question = (fields: string) => asks(`mode: ask, ${fields}`).asked("a");
    assert.deepEqual(question("show: { tag: v1 }").show, { show: { tag: "v1" } });
    assert.equal(question("message: '${trigger}'").message, '{"kind":"manual"}');
    assert.notEqual(question("show: { tag: v1 }").digest, question("show: { tag: v2 }").digest);
    assert.equal(question("show: 1").digest, question("show: 1").digest);
    const play = asks("mode: ask");
    assert.equal(play.refused(play.decision("a", "approve", { digest: "of another plan" })), "E_STALE_PLAN");
    play.decide("a", "approve", { digest: play.asked("a").digest });
    const unreadable = new Play(
      flow("a : approval: { mode: ask }, parameters: { command: ['${trigger.body}'] }"),
    );
    assert.equal(unreadable.status("a"), "waiting/approval");
  });

  const NEAR_MISSES: readonly (readonly [typed: string, told: string])[] = [
    ["deploy to production", "capital letters differ"],
    ["DEPLOY TO PRODUCTION ", "white space at the start or end"],
    ["DEPLOY TO PRODUCTION\n", "white space at the start or end"],
    ["DEPLOY  TO PRODUCTION", "the white space inside differs"],
    ["DEPLOY\u00a0TO PRODUCTION", "the white space inside differs"],
    ["\uff24\uff25\uff30\uff2c\uff2f\uff39 TO PRODUCTION", "look-alike or invisible letter"],
    ["DEPL\u041eY TO PRODUCTION", "look-alike or invisible letter"],
    ["DEPLOY\u200d TO PRODUCTION", "look-alike or invisible letter"],
  ];
  for (const [typed, told] of NEAR_MISSES)
    test(`A1: ${JSON.stringify(typed)} is told what is wrong with it, and the question stays open`, () => {
      const play = asks("mode: phrase, phrase: DEPLOY TO PRODUCTION");
      const { code, message } = play.problem(play.decision("a", "approve", { phrase: typed }));
      assert.equal(code, "E_PHRASE");
      assert.match(message, new RegExp(told));
      play.decide("a", "approve", { phrase: "DEPLOY TO PRODUCTION" });
      assert.notEqual(play.status("a"), "waiting/approval");
    });

  test("A1: a phrase must be typed byte for byte; it is not needed to reject", () => {
    const play = asks("mode: phrase, phrase: DEPLOY TO PRODUCTION");
    assert.ok(play.asked("a").phraseRequired);
    for (const phrase of ["", "deploy to production", "DEPLOY TO PRODUCTION ", "DEPLOY  TO PRODUCTION"]) {
      assert.equal(play.refused(play.decision("a", "approve", { phrase })), "E_PHRASE");
    }
    assert.equal(play.refused(play.decision("a", "approve")), "E_PHRASE");
    const rejected = asks("mode: phrase, phrase: DO IT").decide("a", "reject");
    assert.equal(rejected.status("a"), "failed");
    play.decide("a", "approve", { phrase: "DEPLOY TO PRODUCTION" });
    assert.ok(!JSON.stringify(play.entries).includes("DEPLOY TO"));
    assert.deepEqual(play.replayed(), play.run);
  });

  test("the difference of a phrase is named, never mended", () => {
    const named: readonly (readonly [string, string | null])[] = [
      ["DO IT NOW", null],
      [" DO IT NOW", "there is white space at the start or end"],
      ["do it now", "capital letters differ"],
      ["DO IT  NOW", "the white space inside differs"],
      ["DО IT NOW", "there is a look-alike or invisible letter"],
      ["DO IT", "it is another text"],
    ];
    for (const [typed, told] of named) assert.equal(phraseDifference("DO IT NOW", typed), told, typed);
  });

  test("unknown fields and decisions that were made are refused", () => {
    const play = task("message: x, fields: { note: { type: string } }");
    assert.equal(play.refused(play.decision("a", "approve", { fields: { other: 1 } })), "E_FIELD");
    const decision = play.decision("a", "approve");
    play.send(decision);
    assert.equal(play.refused(decision), "E_DECIDED");
    const bare = asks("mode: ask");
    assert.equal(bare.refused(bare.decision("a", "approve", { fields: { note: 1 } })), "E_FIELD");
  });

  test("fields are held to what they declare, and default to what they say", () => {
    const form =
      "count: { type: number, min: 1, max: 5, default: 3 }, place: { enum: [here, there], required: true }";
    const play = task(`message: x, fields: { ${form} }`);
    const refused = (choice: string, fields: JsonMap) => play.refused(play.decision("a", choice, { fields }));
    assert.equal(refused("approve", { place: "here", count: 99 }), "E_FIELD");
    assert.equal(refused("approve", { place: "elsewhere" }), "E_FIELD");
    assert.equal(refused("approve", {}), "E_FIELD");
    assert.equal(task(`message: x, fields: { ${form} }`).decide("a", "reject").error("a").class, "rejected");
    play.send(play.decision("a", "approve", { fields: { place: "there" } }));
    const fieldsOf = (one: Play) => (one.task("a").output as { value: { fields: JsonMap } }).value.fields;
    assert.deepEqual(fieldsOf(play), { count: 3, place: "there" });
    assert.deepEqual(fieldsOf(task("mode: none, fields: { count: { default: 3 }, other: {} }")), {
      count: 3,
    });
  });

  test("expired: rejected, or escalated and open for ever", () => {
    for (const make of [asks, task]) {
      const rejected = make("mode: ask, expires: 60").wait(`expire:${make("mode: ask").asked("a").id}`);
      assert.equal(rejected.error("a").message, "rejected by expiry: expired");
      const kept = make("mode: ask, expires: 60, on_expiry: escalate").wait(
        `expire:${make("mode: ask").asked("a").id}`,
      );
      const { id } = kept.asked("a");
      assert.deepEqual(kept.last, [{ do: "escalate", decision: id }]);
      assert.equal(kept.refused({ type: "timer.fired", timer: `expire:${id}` }), "E_STALE");
      assert.equal(kept.decide("a", "approve").status("b"), make === asks ? "pending" : "queued");
    }
    const expires = (body: string) =>
      new Play(flow("a : approval: { mode: ask, expires: '${trigger.body}' }"), {
        trigger: { kind: "api", body },
      });
    assert.equal(expires("30d").asked("a").expiresAt, START_MS + 30 * 86_400_000);
    assert.match(
      expires("31d").error("a").message,
      /^approval.expires gave "31d", .* from 1 s to 30d is needed$/,
    );
  });

  test("a deadline that comes early, because the clock was set back, is set again", () => {
    const play = asks("mode: ask, expires: 60").fire("expire:a#0");
    assert.deepEqual(play.last, [
      { do: "set_timer", timer: { id: "expire:a#0", kind: "wall", due: START_MS + 60_000 } },
    ]);
    assert.equal(play.status("a"), "waiting/approval");
  });

  test("each item of a mapped approval asks for itself; a block asks once for all", () => {
    const each = new Play(
      "a : agent: approval, parameters: { message: '${item}' }, foreach: { items: [x, y] }",
    );
    assert.deepEqual(
      [each.asked("a:0").message, each.asked("a:1").message, each.run.openDecisions],
      ["x", "y", 2],
    );
    each.decide("a:1", "approve").decide("a:0", "reject");
    assert.equal(each.status("a"), "failed");
    const once = new Play("a : approval: { mode: ask }, foreach: { items: [x, y] }").decide("a", "approve");
    assert.deepEqual(once.requested, ["a:0", "a:1"]);
  });
});

describe("send back (formats.md 6)", () => {
  const chain = (fields = "", top = "") =>
    new Play(
      flow(
        `draft${fields}\nside <- draft : trigger_rule: all_done\nlook <- draft : agent: approval, trigger_rule: all_done, parameters: { message: x, send_back_to: draft, max_rounds: 2 }\nlater <- look side`,
        top,
      ),
    );

  test("the target and all after it become pending in one step, with the comment for the target", () => {
    const play = chain().ok("draft").start("side");
    play.decide("look", "send_back", { comment: "shorter" });
    assert.deepEqual(play.states(), { draft: "queued", side: "pending", look: "pending", later: "pending" });
    assert.deepEqual(play.done("stop"), [
      { do: "stop", attempt: { task: "side", attempt: 1 }, cause: "cancelled" },
    ]);
    assert.deepEqual(
      [play.task("draft").feedback, play.task("side").feedback, play.task("draft").round],
      ["shorter", null, 1],
    );
    assert.equal(
      play.refused({
        type: "attempt.ended",
        task: "side",
        attempt: 1,
        outcome: {
          status: "success",
          exitCode: 0,
          output: { value: 1 },
          failure: null,
          durationMs: 1,
          usage: null,
        },
      }),
      "E_FENCED",
    );
    play.ok("draft");
    assert.deepEqual([play.unit("draft").attempt, play.asked("look").id], [2, "look@2"]);
    play.ok("side").decide("look", "approve").ok("later");
    assert.equal(play.run.status, "success");
    assert.deepEqual(play.replayed(), play.run);
  });

  test("what stands after it is taken back: requests, timers, questions, children, items", () => {
    const play = new Play(
      flow(`draft
        asked <- draft : approval: { mode: ask }
        retried <- draft : retry: { max_attempts: 2, delay: 60 }
        line <- draft
        many <- draft : foreach: { items: [1, 2] }
        inside <- draft : agent: group, parameters: { tasks: [{ id: x, agent: shell, parameters: { command: [x] } }] }
        look <- draft : agent: approval, parameters: { send_back_to: draft }`),
    );
    play.ok("draft").fail("retried").start("many:0").decide("look", "send_back");
    const done = play.last.map((effect) => effect.do).sort();
    const timers = ["clear_timer", "clear_timer", "clear_timer"];
    const taken = [
      "request",
      "stop",
      "stop_child",
      "withdraw",
      "withdraw",
      "withdraw_decision",
      "withdraw_decision",
    ];
    assert.deepEqual(done, [...timers, ...taken]);
    assert.deepEqual([play.run.live, play.run.openDecisions], [0, 0]);
    play.ok("draft");
    assert.deepEqual(
      [play.unit("many:0").attempt, play.unit("line").attempt, play.unit("inside").attempt],
      [2, 2, 2],
    );
  });

  test("is refused beyond max_rounds, to what does not come before, and where it is not offered", () => {
    const play = chain();
    play.ok("draft").decide("look", "send_back").ok("draft").decide("look", "send_back").ok("draft");
    assert.equal(play.refused(play.decision("look", "send_back")), "E_ROUNDS");
    assert.equal(play.refused(play.decision("look", "send_back", { to: "later" })), "E_CHOICE");
    assert.equal(play.refused(play.decision("look", "send_back", { to: "nobody" })), "E_CHOICE");
    assert.equal(play.decide("look", "reject").status("look"), "failed");
    const named = chain().ok("draft");
    assert.equal(named.decide("look", "send_back", { to: "draft" }).status("draft"), "queued");
    const plain = task("message: x");
    assert.equal(plain.refused(plain.decision("a", "send_back")), "E_CHOICE");
    const blocked = new Play("a : effect: once").lose("a");
    assert.equal(blocked.refused(blocked.decision("a", "send_back")), "E_CHOICE");
  });

  test("is refused when something was done that can be done only once", () => {
    const once = chain(" : effect: once").ok("draft");
    assert.equal(once.refused(once.decision("look", "send_back")), "E_ONCE");
    const inside = new Play(
      flow(
        "draft\ng <- draft : agent: group, parameters: { tasks: [{ id: x, agent: shell, effect: once, parameters: { command: [x] } }] }\nlook <- draft : agent: approval, parameters: { send_back_to: draft }",
      ),
    );
    inside.ok("draft");
    assert.equal(inside.refused(inside.decision("look", "send_back")), "E_ONCE");
    const notYet = new Play(
      "draft\nlook <- draft : agent: approval, parameters: { send_back_to: draft }\npush <- look : effect: once",
    ).ok("draft");
    assert.equal(notYet.decide("look", "send_back").status("draft"), "queued");
  });

  test("a failure that is sent back is none so far, and what was stopped for it comes back", () => {
    const play = new Play(
      flow(
        "draft\nbuild <- draft\nother\nlook <- build : agent: approval, trigger_rule: all_done, parameters: { send_back_to: draft }\nlater <- other",
        "settings: { max_parallel: 1 }",
      ),
    );
    play.ok("draft").fail("build");
    assert.deepEqual([play.status("other"), play.run.failed], ["skipped/stopped", ["build"]]);
    play.decide("look", "send_back");
    assert.deepEqual(
      [play.run.failed, play.run.failure, play.run.halt, play.states("draft", "other", "later")],
      [[], null, null, { draft: "queued", other: "queued", later: "pending" }],
    );
    play.ok("draft", "build", "other", "later").decide("look", "approve");
    assert.equal(play.run.status, "success");
    assert.deepEqual(play.replayed(), play.run);
  });

  test("with another failure standing the run stays stopped, but what was sent back goes on", () => {
    const play = new Play(
      flow(
        "draft\nlook <- draft : agent: approval, parameters: { send_back_to: draft }\nbad\nother",
        "settings: { max_parallel: 9 }",
      ),
    );
    play.ok("draft").fail("bad").decide("look", "send_back");
    assert.deepEqual(play.states(), {
      draft: "queued",
      look: "pending",
      bad: "failed",
      other: "skipped/stopped",
    });
    play.ok("draft").decide("look", "approve");
    assert.deepEqual([play.run.status, play.run.failure?.task], ["failed", "bad"]);
  });
});
