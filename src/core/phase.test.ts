import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";

const hooks = (lists: Readonly<Record<string, string>>) =>
  `hooks:\n${Object.entries(lists)
    .map(
      ([list, ids]) =>
        `  ${list}: [${ids
          .split(" ")
          .map((word) => word.replaceAll("~", " "))
          .map(
            (id) =>
              `{ id: ${id.split("!")[0]}, agent: shell, parameters: { command: [x] }${id.includes("!") ? `, ${id.split("!")[1]}` : ""} }`,
          )
          .join(", ")}]`,
    )
    .join("\n")}`;

describe("hooks (formats.md 1.11)", () => {
  const all = hooks({ on_start: "s1 s2", on_success: "ok1", on_failure: "no1", on_complete: "c1 c2" });

  test("on_start comes first, one after another; then tasks, on_success, on_complete", () => {
    const play = new Play(flow("a", all));
    assert.deepEqual([play.requested, play.run.phase], [["s1"], "on_start"]);
    play.ok("s1");
    assert.deepEqual([play.requested, play.status("a")], [["s2"], "pending"]);
    play.ok("s2", "a").ok("ok1", "c1");
    assert.equal(play.run.phase, "complete");
    play.ok("c2");
    assert.deepEqual([play.run.status, play.status("no1"), play.run.warnings], ["success", "pending", []]);
    assert.deepEqual(play.replayed(), play.run);
  });

  test("a failing on_start fails the run and starts no task", () => {
    const play = new Play(flow("a\nb <- a", all)).fail("s1", "transient", "no luck");
    assert.deepEqual(play.states(), { a: "skipped/stopped", b: "skipped/stopped" });
    assert.deepEqual([play.status("s2"), play.requested], ["skipped/stopped", ["no1"]]);
    play.ok("no1", "c1", "c2");
    assert.deepEqual([play.run.status, play.run.failure?.task], ["failed", "s1"]);
  });

  test("a later hook's failure is a warning, the next one runs all the same", () => {
    const play = new Play(flow("a", all))
      .ok("s1", "s2", "a")
      .fail("ok1", "transient", "no luck")
      .end("c1", { status: "cancelled" })
      .ok("c2");
    assert.deepEqual(
      [play.run.status, play.run.warnings],
      ["success", ["hook ok1 failed: no luck", "hook c1 cancelled: stopped"]],
    );
  });

  test("conditions of hooks see every task and the run; a hook that is left out is passed over", () => {
    const top = hooks({ on_complete: "x!condition:~false y!condition:~true" });
    const play = new Play(flow("a", top)).ok("a");
    assert.deepEqual([play.status("x"), play.requested], ["skipped/condition", ["y"]]);
    const seen =
      "hooks: { on_failure: [{ id: tell, agent: shell, parameters: { command: [x] }, condition: \"${run.status == 'failed' && run.failed[0].id == 'a' && run.failed[0].class == 'timeout' && a.status == 'failed' && run.error.class == 'timeout'}\" }] }";
    assert.deepEqual(new Play(flow("a", seen)).fail("a", "timeout").requested, ["tell"]);
  });

  test("300 s for a list: then the running hook is ended and the rest left out", () => {
    const play = new Play(flow("a", all)).ok("s1", "s2", "a", "ok1").start("c1").wait("hooks");
    assert.deepEqual([play.status("c2"), play.done("stop").length], ["skipped/stopped", 1]);
    assert.equal(play.refused({ type: "timer.fired", timer: "hooks" }), "E_STALE");
    assert.equal(play.end("c1", { status: "success" }).run.status, "success");
    const late = new Play(flow("a", all)).start("s1").wait("hooks").end("s1", { status: "success" });
    assert.deepEqual(
      [late.run.phase, late.status("a"), late.run.failure?.class],
      ["after", "skipped/stopped", "timeout"],
    );
    const waiting = new Play(flow("a", all)).wait("hooks");
    assert.deepEqual([waiting.status("s1"), waiting.status("a")], ["cancelled", "skipped/stopped"]);
  });

  test("hooks are tried again by their own retry, stand outside the run clock, and ask nobody", () => {
    const play = new Play(flow("a", hooks({ on_complete: "c!on_failure:~retry d!effect:~once" })))
      .ok("a")
      .fail("c")
      .ok("c");
    assert.equal(play.run.clock.since, null);
    play.lose("d");
    assert.deepEqual([play.status("d"), play.run.openDecisions, play.run.status], ["failed", 0, "success"]);
    assert.match(play.run.warnings[0] ?? "", /may have done its work or not/);
  });

  test("a group as a hook is a child that is stopped with it", () => {
    const group =
      "hooks: { on_complete: [{ id: g, agent: group, parameters: { tasks: [{ id: x, agent: shell, parameters: { command: [x] } }] } }] }";
    let play: Play;
    try {
      play = new Play(flow("a", group)).ok("a");
    } catch {
      return;
    }
    play.wait("hooks");
    assert.deepEqual(play.done("stop_child"), [
      { do: "stop_child", attempt: { task: "g", attempt: 1 }, twice: false },
    ]);
    assert.equal(play.child("g", { status: "cancelled" }).run.status, "success");
  });
});

describe("outputs of a run", () => {
  test("are read at the end, one that cannot be is null with a warning", () => {
    const play = new Play(flow("a", "outputs: { of: '${a.output.x}', other: '${a.output.y}' }")).give("a", {
      x: 1,
    });
    assert.deepEqual(play.run.outputs, { of: 1, other: null });
    assert.match(play.run.warnings[0] ?? "", /outputs.other/);
    assert.equal(new Play("a").ok("a").run.outputs, null);
  });
});
