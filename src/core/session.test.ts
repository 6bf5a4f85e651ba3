import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { assign } from "./assignment.ts";
import type { RunStarted } from "./event.ts";
import { childRunId, timeOfId } from "./id.ts";
import { failure } from "./outcome.ts";

const CODER = "agent: coder, parameters: { task: x }";

function assigned(play: Play, place: string) {
  const { run, at, tick, lookup } = play;
  const event = { type: "run.resumed", by: "test" } as const;
  const entry = { run: "RUN", sequence: run.sequence, at, tick, key: null, event };
  return assign(run, play.ref(place), entry, lookup);
}

function given(play: Play, place = "a") {
  const read = assigned(play.start(place), place);
  if (!read.ok) assert.fail(read.failure.message);
  const { goesOn, keepsSession } = read.assignment;
  return { goesOn, keepsSession };
}

const asks = { kind: "question", message: "Blue or red?", offers: [], wants: [] } as const;

function ask(play: Play, place = "a"): Play {
  return play.end(place, { status: "failed", failure: failure("config_error", "it asked"), asks });
}

function answer(play: Play, place = "a"): Play {
  const decision = play.unit(place).decision?.id ?? "";
  const said = { choice: "answer", comment: "blue", fields: {}, by: "ada", via: "terminal" };
  return play.send({ type: "decision.made", decision, ...said });
}

function misfit(play: Play): Play {
  return play.end("a", { status: "failed", failure: failure("output_missing", "no"), misfit: true });
}

const said = (attempt: number, task = "a") => ({ why: "answer", task, attempt, passes: [] });

describe("an attempt after an answer", () => {
  test("goes on with the session of the attempt that it was said to", () => {
    const play = new Play(flow(`a : ${CODER}`));
    assert.deepEqual(given(play), { goesOn: null, keepsSession: false });
    assert.deepEqual(given(answer(ask(play))).goesOn, said(1));
    assert.deepEqual(given(misfit(play)).goesOn, said(2));
  });

  test("that was lost, or met a used-up limit, is made again with the same one", () => {
    const play = new Play(flow(`a : ${CODER}`));
    misfit(play).start("a");
    play.send({ type: "attempt.lost", ...play.ref("a"), cause: "gone" });
    assert.deepEqual(given(play).goesOn, said(1));
    play.end("a", { status: "quota_exhausted", resetAt: play.at + 1 });
    play.pass(1).send({ type: "timer.fired", timer: play.unit("a").timer?.id ?? "" });
    assert.deepEqual(given(play).goesOn, said(1));
  });

  test("is followed by a new session when it has failed: the try after it begins anew", () => {
    const play = new Play(flow(`a : ${CODER}, retry: { max_attempts: 2 }`));
    answer(ask(play));
    play.end("a", { status: "failed", failure: failure("timeout", "slow") });
    assert.deepEqual(given(play).goesOn, null);
  });

  test("of an instance goes on with that of the instance", () => {
    const play = new Play(flow(`a : ${CODER}, foreach: { items: [x, y] }`));
    answer(ask(play, "a:1"), "a:1");
    assert.deepEqual(given(play, "a:1").goesOn, { ...said(1), item: 1 });
  });
});

describe("session of a task", () => {
  const of = (session: string, more = "") => new Play(flow(`a : ${CODER}, session: '${session}'${more}`));

  test("fresh: each attempt has its own, and none is kept", () => {
    assert.deepEqual(given(of("fresh")), { goesOn: null, keepsSession: false });
  });

  test("continue: with the last of the task, which is kept whatever it comes to", () => {
    const own = (attempt: number) => ({ why: "own", task: "a", attempt, passes: [] });
    assert.deepEqual(given(of("continue")), { goesOn: own(0), keepsSession: true });
    const retried = of("continue", ", retry: { max_attempts: 2 }");
    retried.end("a", { status: "failed", failure: failure("timeout", "slow") });
    assert.deepEqual(given(retried).goesOn, own(1));
    assert.deepEqual(given(answer(ask(retried))).goesOn, said(2));
  });

  test("continue:TASK: with the last of that task, which keeps it for that", () => {
    const play = new Play(
      flow(
        `a : ${CODER}, retry: { max_attempts: 2 }\nb <- a : ${CODER}, session: 'continue: a'\nc <- a : ${CODER}`,
      ),
    );
    assert.equal(given(play).keepsSession, true);
    play.end("a", { status: "failed", failure: failure("timeout", "slow") });
    play.ok("a");
    const goesOn = { why: "task", task: "a", attempt: 2, passes: [] };
    assert.deepEqual(given(play, "b"), { goesOn, keepsSession: false });
    assert.deepEqual(given(play, "c"), { goesOn: null, keepsSession: false });
  });

  test("by an expression is any of these, and may be of any task", () => {
    const words = (text: string) => `\${1 == 1 ? "${text}" : "fresh"}`;
    assert.equal(given(of(words("continue"))).goesOn?.why, "own");
    assert.deepEqual(given(of(words("fresh"))), { goesOn: null, keepsSession: true });
    assert.equal(given(of(words("continue:a"))).goesOn?.why, "task");
    const both = `a : ${CODER}\nb <- a : ${CODER}, session: '${words("fresh")}'`;
    assert.equal(given(new Play(flow(both))).keepsSession, true);
    for (const [text, told] of [
      [words("contine"), /session must be one of fresh, continue, continue:TASK, not "contine"/],
      ["${1 + 1}", /not 2$/],
      [words("continue:z"), /task "z", which does not exist here/],
    ] as const) {
      const read = assigned(of(text).start("a"), "a");
      assert.ok(!read.ok);
      assert.deepEqual([read.failure.class, told.test(read.failure.message)], ["config_error", true]);
    }
    assert.equal(assigned(of('${1 / 0 == 1 ? "fresh" : "continue"}').start("a"), "a").ok, false);
  });

  test("in a group: also with that of the passes before, the latest first", () => {
    const parent = { run: "PARENT", root: "PARENT", depth: 1, task: "g", attempt: 3 };
    const start: Partial<RunStarted> = { parent };
    const play = new Play(flow(`a : ${CODER}, session: continue`), start);
    const runOf = (attempt: number) =>
      childRunId(timeOfId("RUN"), { ...parent, attempt }, (text) => play.lookup.sha256(text));
    assert.deepEqual(given(play).goesOn?.passes, [runOf(2), runOf(1)]);
  });

  test("of a repair is its own: it mends for others", () => {
    const play = new Play(
      flow(`a : ${CODER}, session: continue, repair: { agent: coder, on: [syntax_error] }`),
    );
    play.fail("a", "syntax_error");
    assert.deepEqual(given(play), { goesOn: null, keepsSession: false });
  });
});
