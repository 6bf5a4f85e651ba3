import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { recover } from "./recover.ts";
import { transition } from "./transition.ts";

const found = (play: Play) => recover(play.replayed(), play.lookup);
const PARENT = { run: "P", root: "P", depth: 1, task: "g", attempt: 1 };
const words = (play: Play) => found(play).effects.map((effect) => effect.do);

describe("what a run has open, from its state alone", () => {
  test("requests, running attempts with their claims, timers, questions, children", () => {
    const play = new Play(
      flow(
        `line
         live
         stopped
         retried : retry: { max_attempts: 2, delay: 60 }
         ask : approval: { mode: ask }
         asked : agent: approval, parameters: { expires: 60 }
         forever : agent: approval, parameters: { expires: 60, on_expiry: escalate }
         held : concurrency: { group: db }
         group : agent: group, timeout: 60, parameters: { tasks: [{ id: x, agent: shell, parameters: { command: [x] } }] }
         many : foreach: { items: [1, 2] }
         done`,
        "settings: { max_parallel: 9 }",
      ),
    );
    play.start("live", "many:1").fail("retried").ok("done").wait("expire:forever@1");
    const { effects, live } = found(play);
    assert.deepEqual(
      live.map(({ task, item }) => [task, item]),
      [
        ["live", undefined],
        ["many", 1],
      ],
    );
    assert.deepEqual(live[0]?.lanes, [{ name: "run:RUN", limit: 9 }]);
    const requests = effects.flatMap((effect) => (effect.do === "request" ? [effect.claim.task] : []));
    assert.deepEqual(requests, ["line", "stopped", "held", "many"]);
    const timers = effects.flatMap((effect) => (effect.do === "set_timer" ? [effect.timer.id] : []));
    assert.deepEqual(timers, ["run", "unit:retried", "expire:ask#0", "expire:asked@1", "pass:group"]);
    assert.deepEqual(effects.filter((effect) => effect.do === "ask").length, 3);
    assert.deepEqual(effects.filter((effect) => effect.do === "start_child").length, 1);
  });

  test("stops are asked for again, of attempts and of children", () => {
    const play = new Play(
      flow(
        "a\ng : agent: group, parameters: { tasks: [{ id: x, agent: shell, parameters: { command: [x] } }] }",
      ),
    ).start("a");
    play.send({ type: "run.cancelled", by: "kim", reason: "" });
    assert.deepEqual(
      found(play).effects.filter(({ do: what }) => what.startsWith("stop")),
      [
        { do: "stop", attempt: { task: "a", attempt: 1 }, cause: "cancelled" },
        { do: "stop_child", attempt: { task: "g", attempt: 1 }, twice: false },
      ],
    );
  });

  test("a child is taken up again even when what it was given is gone", () => {
    const inside = "{ id: x, agent: shell, parameters: { command: ['${a.output}'] } }";
    const play = new Play(
      flow(
        `a\ng <- a : agent: group, parameters: { tasks: [${inside}] }\nw : agent: workflow, parameters: { name: other }`,
      ),
    ).start("a");
    play.outputs.set("d", "text");
    play.end("a", { output: { digest: "d", bytes: 99, text: true } });
    const sources = () =>
      found(play).effects.flatMap((effect) => (effect.do === "start_child" ? [effect.child.source] : []));
    assert.deepEqual(
      sources().map(({ kind }) => kind),
      ["body", "workflow"],
    );
    play.outputs.clear();
    assert.deepEqual(
      recover(play.run, play.lookup).effects.flatMap((effect) =>
        effect.do === "start_child" ? [effect.child.source] : [],
      )[0],
      { kind: "body", path: ["g"], scope: {} },
    );
  });

  test("a pause holds again, children too", () => {
    const play = new Play(
      flow(
        "a\ng : agent: group, parameters: { tasks: [{ id: x, agent: shell, parameters: { command: [x] } }] }",
      ),
    );
    play.send({ type: "run.paused", by: "kim" });
    assert.deepEqual(words(play), ["hold", "request", "start_child", "pause_child"]);
  });

  test("the group: held again, or stood in line for", () => {
    const play = new Play(
      flow("a", "settings: { concurrency: { group: one, on_conflict: cancel_running } }"),
    );
    assert.deepEqual(found(play).effects, [
      { do: "join_group", group: "one", limit: 1, onConflict: "cancel_running" },
    ]);
    play.send({ type: "group.granted", group: "one" });
    assert.deepEqual(found(play).effects[0], {
      do: "join_group",
      group: "one",
      limit: 1,
      onConflict: "queue",
    });
  });

  test("hooks with what is left of their time, the budget question of the run", () => {
    const play = new Play(
      flow(
        "a\nb <- a",
        "settings: { budget: { usd: 1 } }\nhooks: { on_start: [{ id: s, agent: shell, parameters: { command: [x] } }] }",
      ),
    );
    assert.deepEqual(found(play).effects[0], {
      do: "set_timer",
      timer: { id: "hooks", kind: "tick", due: 300_000 },
    });
    play.ok("s").end("a", { usage: { costUsd: 2, tokens: null } });
    assert.deepEqual(words(play), ["ask"]);
  });

  test("items that were asked for but not yet sent back are read again", () => {
    const play = new Play("a\nm <- a : foreach: { items: '${a.output}' }").start("a");
    const outcome = {
      status: "success",
      exitCode: 0,
      output: { value: [1, 2] },
      failure: null,
      durationMs: 1,
      usage: null,
    } as const;
    const entry = {
      run: "RUN",
      sequence: 3,
      at: play.at,
      tick: 0,
      key: null,
      event: { type: "attempt.ended", task: "a", attempt: 1, outcome },
    } as const;
    const { run, effects } = transition(play.run, entry, play.lookup);
    const expand = effects.at(-1);
    assert.equal(expand?.do, "expand");
    assert.deepEqual(recover(run, play.lookup).effects.at(-1), expand);
  });

  test("a child says again whether anything goes on in it", () => {
    const child = new Play(flow("a : agent: approval, parameters: {}\nb <- a"), { parent: PARENT });
    assert.deepEqual(found(child).effects.at(-1), { do: "tell_parent", news: "child.waits" });
    child.decide("a", "approve");
    assert.deepEqual(found(child).effects.at(-1), { do: "tell_parent", news: "child.moves" });
  });

  test("a closed run has nothing open", () => {
    assert.deepEqual(found(new Play("a").ok("a")), { effects: [], live: [] });
  });
});
