import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play, SURROUNDINGS } from "../../test/support/decider.ts";
import { linkDefinition } from "../spec/workflow-file.ts";
import { INTERRUPTED } from "./event.ts";

/** formats.md 1.3: what happens after an attempt, in this order. */
describe("after an attempt", () => {
  test("success ends the task with its output, and what comes after starts", () => {
    const play = new Play("a\nb <- a");
    play.start("a").pass(2500).give("a", { n: 1 });
    const { startedAt, endedAt, durationMs, output } = play.task("a");
    assert.deepEqual(
      { startedAt, durationMs, output },
      { startedAt: play.at - 2500, durationMs: 2500, output: { value: { n: 1 } } },
    );
    assert.equal(endedAt, play.at);
    assert.deepEqual(play.requested, ["b"]);
    play.ok("b");
    assert.equal(play.run.status, "success");
    assert.deepEqual(play.done("close"), [{ do: "close", status: "success" }]);
    assert.deepEqual(play.replayed(), play.run);
  });

  test("cancelled from outside ends cancelled, and that is no success of the run", () => {
    const play = new Play(flow("a : retry: { max_attempts: 3 }\nb <- a"));
    play.end("a", { status: "cancelled" });
    assert.deepEqual(play.states(), { a: "cancelled", b: "skipped/upstream_failed" });
    assert.equal(play.run.status, "failed");
    assert.equal(play.run.failure?.message, "it was cancelled from outside");
  });

  test("lost is tried again at once and not counted, three times, then it has failed", () => {
    const play = new Play(flow("a : retry: { max_attempts: 5 }"));
    play.lose("a").lose("a").lose("a");
    assert.deepEqual([play.unit("a").attempt, play.unit("a").tries], [4, 0]);
    play.lose("a");
    assert.equal(play.error("a").class, "lost");
    assert.equal(play.run.status, "failed");
  });

  test("an interrupted one counts for nothing at all", () => {
    const play = new Play("a");
    for (let time = 0; time < 9; time++) play.lose("a", INTERRUPTED);
    assert.deepEqual(play.requested, ["a"]);
  });

  for (const effect of ["once", "checkable"]) {
    test(`a lost attempt with the effect ${effect} waits for a person, who says what happened`, () => {
      const check = effect === "checkable" ? ", check: [look]" : "";
      const lost = () => new Play(flow(`a : effect: ${effect}${check}\nb <- a`)).lose("a", "power cut");
      const play = lost();
      assert.equal(play.status("a"), "waiting/blocked");
      assert.equal(play.asked("a").kind, "blocker");
      assert.match(play.asked("a").message, /power cut/);
      assert.equal(play.run.openDecisions, 1);
      play.decide("a", "happened");
      assert.deepEqual(play.states(), { a: "success", b: "queued" });
      const again = lost().decide("a", "retry");
      assert.deepEqual(again.requested, ["a"]);
      assert.equal(again.unit("a").attempt, 2);
      assert.equal(lost().decide("a", "fail").error("a").class, "lost");
    });
  }

  test("a used-up quota goes to the fallback, without one it waits and nothing is spent", () => {
    const play = new Play(flow("a : fallback: { agent: coder }"));
    play.end("a", { status: "quota_exhausted" });
    assert.deepEqual([play.unit("a").role, play.unit("a").tries], ["fallback", 0]);
    play.end("a", { status: "quota_exhausted", resetAt: play.at + 60_000 });
    assert.equal(play.status("a"), "waiting/quota");
    assert.deepEqual(play.unit("a").timer, { id: "unit:a", kind: "wall", due: play.at + 60_000 });
    play.wait("unit:a").end("a", { status: "quota_exhausted", resetAt: null });
    assert.deepEqual(play.unit("a").timer, { id: "unit:a", kind: "delay", from: play.at, delayMs: 300_000 });
    play.wait("unit:a").ok("a");
    assert.equal(play.unit("a").tries, 1);
  });

  test("a repair is a try of its own, then the work is tried again; neither counts", () => {
    const play = new Play(
      flow("a : repair: { agent: coder, on: [syntax_error], max: 1 }, retry: { max_attempts: 2 }"),
    );
    play.fail("a", "syntax_error");
    assert.deepEqual([play.unit("a").role, play.unit("a").tries, play.unit("a").repairs], ["repair", 0, 1]);
    play.fail("a", "unknown", "the repair itself went wrong");
    assert.deepEqual([play.unit("a").role, play.unit("a").tries, play.unit("a").attempt], ["task", 0, 3]);
    play.fail("a", "syntax_error");
    assert.equal(play.unit("a").tries, 1);
    play.fail("a", "syntax_error");
    assert.equal(play.status("a"), "failed");
  });

  test("a repair and the try after it say whose failure they are about, also when one of them is lost", () => {
    const play = new Play(
      flow("a : repair: { agent: coder, on: [syntax_error], max: 2 }, retry: { max_attempts: 2, delay: 0 }"),
    );
    const asked = () => {
      const claims = play.effects.flatMap((effect) => (effect.do === "request" ? [effect.claim] : []));
      return claims.map(({ attempt, repairOf, retryOf }) => [attempt, repairOf, retryOf]);
    };
    play.fail("a", "syntax_error").start("a").lose("a").ok("a");
    play.start("a").lose("a").fail("a", "syntax_error").ok("a").fail("a", "transient").ok("a");
    assert.deepEqual(asked(), [
      [1, undefined, undefined],
      [2, 1, undefined],
      [3, 1, undefined],
      [4, undefined, 1],
      [5, undefined, 1],
      [6, 5, undefined],
      [7, undefined, 5],
      [8, undefined, undefined],
    ]);
    assert.equal(play.unit("a").worksIn, 1);
  });

  test("an iteration forgets the repairs of the one before", () => {
    const play = new Play(
      flow(
        "a : repair: { agent: coder, on: [syntax_error] }, repeat: { until: '${iteration == 2}', max: 2 }",
      ),
    );
    play.fail("a", "syntax_error").ok("a").ok("a");
    assert.deepEqual(
      [play.unit("a").iteration, play.unit("a").mends, play.unit("a").worksIn],
      [2, null, null],
    );
  });

  test("a repair that meets a quota waits for it, one that is lost is made again", () => {
    const play = new Play(
      flow("a : effect: once, repair: { agent: coder, on: [syntax_error] }, fallback: { agent: coder }"),
    );
    play.fail("a", "syntax_error").end("a", { status: "quota_exhausted" });
    assert.equal(play.status("a"), "waiting/quota");
    play.wait("unit:a").lose("a");
    assert.deepEqual([play.status("a"), play.unit("a").role], ["queued", "repair"]);
  });

  test("after the tries comes the fallback with its own count, and its repairs lead back to it", () => {
    const fields =
      "retry: { max_attempts: 2, delay: 0, on: [transient] }, fallback: { agent: coder }, repair: { agent: coder, on: [syntax_error] }";
    const play = new Play(flow(`a : ${fields}`));
    play.fail("a").fail("a");
    assert.deepEqual(
      [play.unit("a").role, play.unit("a").tries, play.unit("a").fallbackUsed],
      ["fallback", 0, true],
    );
    play.fail("a", "syntax_error").ok("a");
    assert.equal(play.unit("a").role, "fallback");
    play.fail("a").fail("a");
    assert.equal(play.status("a"), "failed");
    assert.equal(play.unit("a").attempt, 6);
  });

  test("a class that the fallback is not for fails at once", () => {
    assert.equal(
      new Play(flow("a : fallback: { agent: coder }")).fail("a", "config_error").status("a"),
      "failed",
    );
  });

  test("on_failure: skip forgives, keeps the error and gives no output", () => {
    const play = new Play(flow("a : on_failure: skip\nb <- a : condition: '${a.output == null}'"));
    play.fail("a", "timeout");
    assert.deepEqual(play.states(), { a: "skipped/failure", b: "queued" });
    assert.equal(play.error("a").class, "timeout");
    assert.equal(play.ok("b").run.status, "success");
  });
});

describe("the engine sets success", () => {
  const verdict = (fields: string, output: Parameters<Play["give"]>[1]) => {
    const play = new Play(flow(`a : ${fields}`)).give("a", output);
    return play.status("a") === "success"
      ? "success"
      : `${play.error("a").class}: ${play.error("a").message}`;
  };

  test("an expected output that is missing, or asked of text, fails", () => {
    assert.equal(verdict("expected_outputs: [x]", { x: null }), "success");
    assert.equal(verdict("expected_outputs: [x, y, z]", { y: 1 }), "output_missing: the output lacks x, z");
    assert.equal(verdict("expected_outputs: [x]", "x"), "output_missing: the output lacks x");
  });

  test("a criterion that is not met fails with what was found", () => {
    const criteria = "success_criteria: ['n > 3', 'errors is empty']";
    assert.equal(verdict(criteria, { n: 4, errors: [] }), "success");
    assert.equal(verdict(criteria, { n: 1, errors: [] }), "criteria_failed: not met: n > 3 (was 1)");
    const play = new Play(flow(`a : ${criteria}`)).give("a", { n: 1, errors: ["bad"] });
    assert.deepEqual(
      play.unit("a").checks.map((check) => check.passed),
      [false, false],
    );
  });

  test("cost and time may be asked for", () => {
    const play = new Play(
      flow(
        "a : success_criteria: ['cost_usd < 1', 'duration_seconds < 60', 'attempts == 1', 'exit_code == 0']",
      ),
    );
    assert.equal(play.end("a", { usage: { costUsd: 0.5, tokens: null } }).status("a"), "success");
  });

  test("failed is failed, also without a reason", () => {
    const play = new Play("a\nb").start("b");
    play.end("a", { status: "failed", exitCode: 3 });
    assert.deepEqual(
      [play.error("a").class, play.error("a").message],
      ["unknown", "it failed with exit code 3"],
    );
    play.end("b", { status: "failed", exitCode: null });
    assert.equal(play.error("b").message, "it failed with exit code unknown");
  });

  test("an output too large to read cannot be judged", () => {
    const large = { digest: "d1", bytes: 5_000_000, text: false };
    const play = new Play(flow("a : expected_outputs: [x]\nb"));
    play.end("b", { output: large });
    assert.equal(play.status("b"), "success");
    play.end("a", { output: large });
    assert.equal(play.error("a").class, "output_missing");
    const small = new Play(flow("a : expected_outputs: [x]"));
    small.outputs.set("d1", { x: 1 });
    assert.equal(small.end("a", { output: large }).status("a"), "success");
  });

  test("a hit in the cache is judged like an attempt", () => {
    const play = new Play(flow("a : expected_outputs: [x], cache: { key: k }")).start("a");
    play.send({ type: "cache.hit", ...play.ref("a"), output: { value: { x: 1 } }, exitCode: 0 });
    assert.deepEqual([play.status("a"), play.task("a").cached], ["success", true]);
  });

  test("a bug in what reads outputs is not taken for a failure of the task", () => {
    const play = new Play(flow("a : expected_outputs: [x]")).start("a");
    play.outputs.get = () => {
      throw new TypeError("a bug");
    };
    assert.throws(() => play.end("a", { output: { digest: "d", bytes: 1, text: false } }), TypeError);
  });
});

describe("how long something took", () => {
  const SECOND = 1000;
  const RETRIED = "a : retry: { max_attempts: 2, delay: 10, jitter: false }";
  const TOLD = "outputs: { took: '${a.duration_seconds}' }";

  test("is what was counted, with waits between tries", () => {
    const play = new Play(flow(RETRIED, TOLD));
    play.start("a").pass(4 * SECOND);
    play.end("a", { status: "failed", exitCode: 1, durationMs: 3 * SECOND }).wait("unit:a");
    play
      .start("a")
      .pass(2 * SECOND)
      .end("a", { durationMs: 2 * SECOND });
    assert.equal(play.task("a").durationMs, 16 * SECOND);
    assert.deepEqual(play.run.outputs, { took: 16 });
  });

  test("counts what an attempt went on while no engine ran, whatever the wall clock says", () => {
    for (const jumpMs of [3600 * SECOND, 0, -9 * 3600 * SECOND]) {
      const play = new Play(flow(RETRIED, TOLD));
      play
        .start("a")
        .pass(4 * SECOND)
        .end("a", { status: "failed", exitCode: 1, durationMs: 4 * SECOND });
      play
        .wait("unit:a")
        .start("a")
        .pass(5 * SECOND);
      // The engine dies; a later one finds that the attempt ended after 20 min in all.
      play.at += jumpMs;
      play.pass(SECOND).end("a", { durationMs: 1200 * SECOND });
      const { durationMs, unit } = play.task("a");
      assert.deepEqual([durationMs, unit.durationMs], [1214 * SECOND, 1214 * SECOND]);
      assert.deepEqual(play.run.outputs, { took: 1214 });
      assert.deepEqual(play.replayed(), play.run);
    }
  });

  test("judges an adopted attempt by its real time", () => {
    const play = new Play(flow("a : success_criteria: ['duration_seconds < 60']"));
    play
      .start("a")
      .pass(5 * SECOND)
      .end("a", { durationMs: 61 * SECOND });
    assert.equal(play.error("a").class, "criteria_failed");
  });

  test("of a mapped task, a group and a run is no less than that of what is in it", () => {
    const mapped = new Play(
      flow(
        "a : foreach: { items: [1, 2] }",
        "outputs: { seconds: '${run.duration_seconds}', items: '${a.duration_seconds}' }",
      ),
    );
    mapped.start("a:0", "a:1").pass(5 * SECOND);
    mapped.end("a:0", { durationMs: 30 * SECOND }).end("a:1", { durationMs: 20 * SECOND });
    assert.deepEqual(
      [mapped.unit("a:0").durationMs, mapped.unit("a:1").durationMs, mapped.task("a").durationMs],
      [30 * SECOND, 20 * SECOND, 30 * SECOND],
    );
    assert.deepEqual(mapped.run.outputs, { seconds: 30, items: 30 });
    const group = new Play(
      flow("g : agent: group, parameters: { tasks: [{ id: x, agent: shell, parameters: { run: x } }] }"),
    );
    group.pass(5 * SECOND).child("g", { durationMs: 30 * SECOND });
    assert.equal(group.task("g").durationMs, 30 * SECOND);
  });
});

describe("numbers of a hook that began before they were refused", () => {
  test("one that can be read no more after a try fails the hook, and the run ends", () => {
    const shell = { agent: "shell", parameters: { command: ["work"] } };
    const definition = {
      name: "test",
      tasks: [{ id: "a", ...shell }],
      hooks: {
        on_complete: [
          { id: "bye", ...shell, retry: { max_attempts: 2, delay: "${3 - run.duration_seconds}" } },
        ],
      },
    };
    const play = new Play(linkDefinition(JSON.stringify(definition), SURROUNDINGS));
    play.ok("a").start("bye").pass(4000).fail("bye");
    assert.equal(play.error("bye").class, "config_error");
    assert.match(play.error("bye").message, /retry\.delay gave -2/);
    assert.deepEqual(play.done("close"), [{ do: "close", status: "success" }]);
    assert.deepEqual(play.replayed(), play.run);
  });
});
