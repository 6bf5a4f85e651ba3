import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { retrySet } from "./reopen.ts";

const again = (play: Play, from: string | null = null) => {
  const tasks = [...retrySet(play.run, from)].map((index) => play.run.workflow.tasks[index]?.id ?? "");
  return play.send({ type: "run.reopened", by: "kim", tasks });
};
const named = (play: Play, from: string | null = null) =>
  [...retrySet(play.run, from)].map((index) => play.run.workflow.tasks[index]?.id).sort();
const HOOK = (id: string) => `[{ id: ${id}, agent: shell, parameters: { command: [x] } }]`;

describe("a retry of an ended run", () => {
  test("takes failed and stopped tasks with the dependants that were skipped for them; results are kept", () => {
    const play = new Play(
      flow(
        "ok\nbad\nafter <- bad\nstopped\nclean <- bad : trigger_rule: all_done\nforgiven : on_failure: skip\nfine <- ok\nlogin : rerun: true",
        "settings: { max_parallel: 9 }",
      ),
    );
    play.ok("ok", "login").fail("forgiven").ok("fine").start("bad").fail("bad").ok("clean");
    assert.deepEqual(named(play), ["after", "bad", "login", "stopped"]);
    assert.deepEqual(named(play, "ok"), ["fine", "login", "ok"]);
    assert.deepEqual(named(play, "nobody"), []);
    again(play);
    assert.deepEqual(play.states(), {
      ok: "success",
      bad: "queued",
      after: "pending",
      stopped: "queued",
      clean: "success",
      forgiven: "skipped/failure",
      fine: "success",
      login: "queued",
    });
    assert.deepEqual(
      [play.run.status, play.run.phase, play.run.failed, play.run.failure, play.unit("bad").attempt],
      ["running", "main", [], null, 2],
    );
    play.ok("bad", "after", "stopped", "login");
    assert.deepEqual([play.run.status, play.run.reopened], ["success", 1]);
    assert.deepEqual(play.replayed(), play.run);
  });

  test("a run that succeeded has nothing to retry, unless it is told from where", () => {
    const play = new Play("a : rerun: true\nb <- a").ok("a", "b");
    assert.deepEqual(named(play), []);
    again(play, "b").ok("a", "b");
    assert.equal(play.run.status, "success");
  });

  test("is refused while the run lives, for tasks it does not have, for hooks, and for nothing", () => {
    const play = new Play(flow("a", `hooks: { on_complete: ${HOOK("c")} }`));
    const event = (tasks: readonly string[]) => ({ type: "run.reopened", by: "kim", tasks }) as const;
    assert.equal(play.refused(event(["a"])), "E_BUSY");
    play.fail("a").ok("c");
    assert.equal(play.refused(event(["nobody"])), "E_UNKNOWN_TASK");
    assert.equal(play.refused(event(["c"])), "E_UNKNOWN_TASK");
    assert.equal(play.refused(event([])), "E_NOTHING_TO_DO");
  });

  test("the hooks come again at the end; on_start only if it did not succeed", () => {
    const top = `hooks: { on_start: ${HOOK("s")}, on_failure: ${HOOK("f")}, on_complete: ${HOOK("c")} }`;
    const play = new Play(flow("a", top)).ok("s").fail("a").ok("f", "c");
    again(play).ok("a");
    assert.deepEqual(play.requested, ["c"]);
    assert.equal(play.ok("c").run.status, "success");
    const start = new Play(flow("a", top)).fail("s").ok("f", "c");
    again(start);
    assert.deepEqual([start.requested, start.status("a")], [["s"], "pending"]);
    assert.equal(start.ok("s", "a", "c").run.status, "success");
    const skipped = new Play(flow("a", top.replace("[x] } }]", "[x] }, on_failure: skip }]")))
      .fail("s")
      .fail("a")
      .ok("f", "c");
    assert.deepEqual(again(skipped).requested, ["a"]);
  });

  test("the run clock begins anew, a timed-out run could not go on otherwise", () => {
    const play = new Play(flow("a", "settings: { timeout: 60 }"))
      .start("a")
      .wait("run")
      .end("a", { status: "failed" });
    assert.deepEqual(again(play).run.clock, { remainingMs: 60_000, since: play.tick });
  });

  test("it stands in line for its group again", () => {
    const play = new Play(flow("a", "settings: { concurrency: { group: one } }"))
      .send({ type: "group.granted", group: "one" })
      .fail("a");
    again(play);
    assert.deepEqual([play.run.status, play.run.phase, play.requested], ["queued", "queued", []]);
    assert.equal(play.done("join_group").length, 1);
    assert.equal(play.send({ type: "group.granted", group: "one" }).ok("a").run.status, "success");
  });

  test("failures that are not tried again stay failures", () => {
    const play = new Play(flow("a\nb", "settings: { on_failure: continue }")).fail("a", "timeout").fail("b");
    play.send({ type: "run.reopened", by: "kim", tasks: ["b"] }).ok("b");
    assert.deepEqual(
      [play.run.status, play.run.failed, play.run.failure?.task, play.run.failure?.class],
      ["failed", ["a"], "a", "timeout"],
    );
  });

  test("after a cancel in the queue everything begins, on_start too", () => {
    const play = new Play(
      flow("a", `settings: { concurrency: { group: one } }\nhooks: { on_start: ${HOOK("s")} }`),
    ).send({ type: "run.cancelled", by: "kim", reason: "" });
    again(play).send({ type: "group.granted", group: "one" });
    assert.deepEqual(play.requested, ["s"]);
  });
});
