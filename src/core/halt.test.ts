import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";

const CANCEL = { type: "run.cancelled", by: "kim", reason: "enough" } as const;
const HOOKS = `hooks:
  on_success: [{ id: s1, agent: shell, parameters: { command: [x] } }, { id: s2, agent: shell, parameters: { command: [x] } }]
  on_failure: [{ id: f1, agent: shell, parameters: { command: [x] } }]
  on_complete: [{ id: c1, agent: shell, parameters: { command: [x] } }, { id: c2, agent: shell, parameters: { command: [x] } }]`;

describe("on_failure: stop (formats.md 1.2)", () => {
  test("only the path of the failure goes on; what has not begun ends stopped, what has keeps its tries", () => {
    const play = new Play(
      flow(
        `a
        slow : retry: { max_attempts: 2, delay: 1 }
        later <- slow
        queued
        asked : approval: { mode: ask }
        rollback <- a : trigger_rule: one_failed
        report <- rollback
        other <- queued asked`,
        "settings: { max_parallel: 2 }",
      ),
    );
    play.start("slow").fail("a");
    assert.deepEqual(play.states(), {
      a: "failed",
      slow: "running",
      later: "pending",
      queued: "skipped/stopped",
      asked: "skipped/stopped",
      rollback: "queued",
      report: "pending",
      other: "skipped/stopped",
    });
    assert.equal(play.run.openDecisions, 0);
    play.fail("slow").wait("unit:slow").ok("slow").ok("rollback").ok("report");
    assert.equal(play.status("later"), "skipped/stopped");
    assert.deepEqual([play.run.status, play.run.failed], ["failed", ["a"]]);
    assert.deepEqual(play.replayed(), play.run);
  });

  test("a second failure opens its own path, also when it comes later", () => {
    const play = new Play(
      "a\nb\nundoA <- a : trigger_rule: one_failed\nundoB <- b : trigger_rule: one_failed\nundone <- undoB",
    );
    play.start("a", "b").fail("a").fail("b");
    assert.deepEqual(play.requested, ["undoA", "undoB"]);
    play.fail("undoB");
    assert.deepEqual(
      [play.status("undone"), play.run.failed],
      ["skipped/upstream_failed", ["a", "b", "undoB"]],
    );
  });

  test("continue: everything goes on by its rules, and one failure is enough for the run to have failed", () => {
    const play = new Play(
      flow("a\nb\nc <- a : trigger_rule: one_failed", "settings: { on_failure: continue }"),
    );
    play.fail("a").ok("b").ok("c");
    assert.deepEqual(
      [play.run.status, play.run.failure?.task, play.run.failure?.class],
      ["failed", "a", "transient"],
    );
  });
});

describe("cancel (formats.md 1.11)", () => {
  test("once: waits and questions are withdrawn, attempts stopped, the rest ends; on_complete follows", () => {
    const play = new Play(
      flow(
        "work\nqueued\nwait : agent: wait, parameters: { for: 60 }\nask : agent: approval, parameters: {}\nlater <- work",
        `settings: { max_parallel: 1 }\n${HOOKS}`,
      ),
    );
    play.start("work").send(CANCEL);
    assert.deepEqual(play.states(), {
      work: "running",
      queued: "cancelled",
      wait: "cancelled",
      ask: "cancelled",
      later: "cancelled",
    });
    assert.deepEqual(play.done("stop"), [
      { do: "stop", attempt: { task: "work", attempt: 1 }, cause: "cancelled" },
    ]);
    assert.equal(play.done("withdraw").length + play.done("withdraw_decision").length, 2);
    play.end("work", { status: "cancelled" });
    assert.deepEqual(play.requested, ["c1"]);
    play.ok("c1", "c2");
    assert.deepEqual([play.run.status, play.run.failure], ["cancelled", null]);
  });

  test("twice: no hook runs any more", () => {
    const play = new Play(flow("work", HOOKS)).start("work").send(CANCEL).send(CANCEL);
    play.end("work", { status: "cancelled" });
    assert.equal(play.run.phase, "closed");
    const later = new Play(flow("work", HOOKS)).start("work").send(CANCEL);
    later.end("work", { status: "cancelled" }).start("c1").send(CANCEL);
    assert.deepEqual(later.done("stop").length, 1);
    later.end("c1", { status: "success" });
    assert.deepEqual(
      [later.run.phase, later.status("c1"), later.status("c2")],
      ["closed", "cancelled", "skipped/stopped"],
    );
  });

  test("in the hooks: the first time ends on_success, on_complete still runs; the second time that too", () => {
    const play = new Play(flow("work", HOOKS)).ok("work").send(CANCEL);
    assert.deepEqual(play.requested, ["c1"]);
    assert.equal(play.status("s1"), "cancelled");
    play.send(CANCEL);
    assert.deepEqual([play.run.phase, play.run.status], ["closed", "success"]);
  });

  test("while on_complete runs the first cancel leaves it alone", () => {
    const play = new Play(flow("work", HOOKS)).ok("work", "s1", "s2").start("c1").send(CANCEL);
    assert.deepEqual(play.last, []);
    play.ok("c1", "c2");
    assert.equal(play.run.status, "success");
  });

  test("in on_start: nothing begins, and the run is cancelled, not failed", () => {
    const top = `hooks: { on_start: [{ id: s, agent: shell, parameters: { command: [x] } }] }`;
    const play = new Play(flow("work", top)).start("s").send(CANCEL).end("s", { status: "cancelled" });
    assert.deepEqual(
      [play.run.status, play.status("work"), play.run.failure],
      ["cancelled", "cancelled", null],
    );
  });

  test("while it waits for its group it closes at once", () => {
    const play = new Play(flow("work", `settings: { concurrency: { group: one } }\n${HOOKS}`)).send(CANCEL);
    assert.deepEqual([play.run.phase, play.run.status], ["closed", "cancelled"]);
    assert.deepEqual(play.done("leave_group"), [{ do: "leave_group", group: "one" }]);
  });

  test("a paused run is let go, or its hooks could not run", () => {
    const play = new Play(flow("work", HOOKS)).send({ type: "run.paused", by: "kim" }).send(CANCEL);
    assert.equal(play.done("release").length, 1);
    assert.equal(play.ok("c1", "c2").run.status, "cancelled");
  });

  test("work that was done before it could be stopped is not denied", () => {
    const play = new Play(
      flow("done\nrepeated : repeat: { until: false, max: 3 }\nwrong : expected_outputs: [x]"),
    );
    play.start("done", "repeated", "wrong").send(CANCEL);
    play.give("done", { x: 1 }).ok("repeated").give("wrong", {});
    assert.deepEqual(play.states(), { done: "success", repeated: "cancelled", wrong: "cancelled" });
    assert.equal(play.run.status, "cancelled");
  });

  test("an attempt that is lost while it is being stopped ends cancelled, and nothing is tried again", () => {
    const play = new Play(flow("a : effect: once\nb : retry: { max_attempts: 5 }"))
      .start("a", "b")
      .send(CANCEL);
    play.lose("a").fail("b");
    assert.deepEqual(play.states(), { a: "cancelled", b: "cancelled" });
  });

  test("a child is cancelled once by its parent, however often that is said, and a second time by another word", () => {
    const parent = { run: "P", root: "P", depth: 1, task: "g", attempt: 1 };
    const play = new Play(flow("work", HOOKS), { parent }).start("work");
    play.send({ ...CANCEL, reason: "parent" }).send({ ...CANCEL, reason: "parent" });
    assert.equal(play.run.cancels, 1);
    play.end("work", { status: "cancelled" }).send({ ...CANCEL, reason: "parent_twice" });
    assert.deepEqual([play.run.cancels, play.run.phase], [2, "closed"]);
  });

  test("the second cancel goes down to children", () => {
    const play = new Play(
      flow(
        "g : agent: group, parameters: { tasks: [{ id: x, agent: shell, parameters: { command: [x] } }] }\na",
      ),
    )
      .start("a")
      .send(CANCEL);
    assert.deepEqual(play.done("stop_child"), [
      { do: "stop_child", attempt: { task: "g", attempt: 1 }, twice: false },
    ]);
    play.send(CANCEL);
    assert.deepEqual(play.done("stop_child"), [
      { do: "stop_child", attempt: { task: "g", attempt: 1 }, twice: true },
    ]);
    play.child("g", { status: "cancelled" }).end("a", { status: "cancelled" });
    assert.deepEqual(play.states(), { g: "cancelled", a: "cancelled" });
  });
});

describe("finish (formats.md 1.2)", () => {
  const finish = (status: string, top = "") =>
    new Play(
      flow(
        `slow\nmany : foreach: { items: [1, 2, 3], max_parallel: 1 }\na\nend <- a : agent: finish, parameters: { status: ${status}, message: enough }\nlater <- end`,
        top,
      ),
    );

  test("ends the run with its status: what runs is stopped, the rest is skipped, hooks follow", () => {
    const play = finish("success", HOOKS).start("slow").ok("a");
    assert.deepEqual(play.states(), {
      slow: "running",
      many: "skipped/finished",
      a: "success",
      end: "success",
      later: "skipped/finished",
    });
    assert.deepEqual(play.done("stop"), [
      { do: "stop", attempt: { task: "slow", attempt: 1 }, cause: "finished" },
    ]);
    play.end("slow", { status: "cancelled" });
    assert.deepEqual([play.status("slow"), play.requested], ["cancelled", ["s1"]]);
    assert.deepEqual(play.task("end").output, { value: { status: "success", message: "enough" } });
  });

  test("failed and cancelled are said as they are", () => {
    const failed = finish("failed").ok("a");
    assert.deepEqual(
      [failed.run.status, failed.run.failure?.class, failed.run.failure?.message],
      ["failed", "finished", "enough"],
    );
    assert.equal(finish("cancelled").ok("a").run.status, "cancelled");
    const silent = new Play("end : agent: finish, parameters: { status: failed }");
    assert.equal(silent.run.failure?.message, "the workflow ended itself as failed");
  });

  test("success cannot hide a failed task", () => {
    const play = new Play(
      flow("a\nend <- a : agent: finish, parameters: { status: success }, trigger_rule: all_done"),
    );
    assert.equal(play.fail("a").run.status, "failed");
  });

  test("items that run are stopped and the whole is cancelled, those not begun are skipped", () => {
    const play = finish("success").start("many:0").ok("a");
    assert.deepEqual([play.status("many"), play.unit("many:0").stopping], ["running", "finished"]);
    play.end("many:0", { status: "cancelled" });
    assert.deepEqual(
      [play.status("many"), play.status("many:2"), play.run.status],
      ["cancelled", "skipped/finished", "success"],
    );
  });

  test("a message that cannot be read fails the task, and the run goes on", () => {
    const play = new Play(
      "a\nend <- a : agent: finish, parameters: { status: success, message: '${a.output.x}' }",
    );
    assert.equal(play.give("a", {}).error("end").class, "config_error");
    const silent = new Play("end : agent: finish, parameters: { status: cancelled }");
    assert.deepEqual(silent.task("end").output, { value: { status: "cancelled", message: null } });
  });

  test("a cancel while it is ending changes nothing but the hooks that follow a second one", () => {
    const play = finish("success", HOOKS).start("slow").ok("a").send(CANCEL);
    assert.deepEqual(play.last, []);
    play.end("slow", { status: "cancelled" });
    assert.deepEqual([play.run.outcome, play.requested], ["success", ["s1"]]);
  });

  test("the first finish counts, a later one changes nothing", () => {
    const play = new Play(
      "a\none <- a : agent: finish, parameters: { status: cancelled }\ntwo <- a : agent: finish, parameters: { status: failed }",
    );
    assert.equal(play.ok("a").run.status, "cancelled");
  });
});

describe("the run's own timeout", () => {
  test("ends it like a cancel, but failed, with on_failure", () => {
    const play = new Play(
      flow("a : retry: { max_attempts: 9 }\nb <- a", `settings: { timeout: 60 }\n${HOOKS}`),
    )
      .start("a")
      .wait("run");
    assert.deepEqual(play.done("stop"), [
      { do: "stop", attempt: { task: "a", attempt: 1 }, cause: "timeout" },
    ]);
    play.fail("a", "timeout");
    assert.deepEqual(play.states(), { a: "cancelled", b: "cancelled" });
    assert.deepEqual(play.requested, ["f1"]);
    play.ok("f1", "c1", "c2");
    assert.deepEqual([play.run.status, play.run.failure?.class], ["failed", "timeout"]);
    assert.deepEqual(play.replayed(), play.run);
  });
});
