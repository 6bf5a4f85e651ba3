import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { recover } from "./recover.ts";
import { retrySet } from "./reopen.ts";
import { viewTask } from "./view.ts";

const RESUMED = { type: "run.resumed", by: "kim", interrupted: true } as const;
const LOGIN = "login : rerun: true\n";
const wide = (lines: string, more = "") => new Play(flow(lines, `settings: { max_parallel: 9 }\n${more}`));
const requests = (play: Play) =>
  recover(play.replayed(), play.lookup).effects.flatMap((one) =>
    one.do === "request" ? [one.claim.task] : [],
  );

/** formats.md 1: `rerun`, true: run again when a run is resumed or retried */
describe("rerun", () => {
  test("is done again when the run is taken up; what stands in line behind it steps out and comes after it", () => {
    const play = wide(`${LOGIN}work <- login\nheld <- login : touches: [x]\nother`).ok("login").send(RESUMED);
    assert.deepEqual(play.states(), { login: "queued", work: "pending", held: "pending", other: "queued" });
    assert.deepEqual(
      play.done("withdraw").map((effect) => effect.do === "withdraw" && effect.attempt.task),
      ["work", "held"],
    );
    assert.deepEqual(
      [play.unit("login").attempt, play.run.rerunning, requests(play)],
      [2, [0], ["login", "other"]],
    );
    assert.equal(play.refused({ type: "attempt.started", task: "work", attempt: 1 }), "E_STALE");
    assert.deepEqual(play.ok("login").requested, ["work", "held", "other"]);
    assert.deepEqual([play.run.rerunning, play.ok("work", "held", "other").run.status], [[], "success"]);
    assert.deepEqual(play.replayed(), play.run);
  });

  test("is done again after a pause too, and by children for themselves", () => {
    const inside = "{ id: x, agent: shell, parameters: { command: [x] } }";
    const play = wide(`${LOGIN}g : agent: group, parameters: { tasks: [${inside}] }`).ok("login");
    const attempt = { task: "g", attempt: 1 };
    play.send(RESUMED);
    assert.deepEqual(play.done("resume_child"), [{ do: "resume_child", attempt, interrupted: true }]);
    assert.deepEqual(play.done("release"), []);
    play.ok("login").send({ type: "run.paused", by: "kim" }).send({ type: "run.resumed", by: "kim" });
    assert.deepEqual(play.done("resume_child"), [{ do: "resume_child", attempt, interrupted: false }]);
    assert.deepEqual([play.status("login"), play.unit("login").attempt], ["queued", 3]);
  });

  test("a pause outlasts an interruption, and only a pause can be let go of", () => {
    const play = wide(`${LOGIN}work`).ok("login").send({ type: "run.paused", by: "kim" }).send(RESUMED);
    assert.deepEqual([play.run.status, play.status("login")], ["paused", "queued"]);
    play.send({ type: "run.resumed", by: "kim" });
    assert.equal(play.refused({ type: "run.resumed", by: "kim" }), "E_CONFLICT");
    assert.equal(play.ok("login", "work").refused(RESUMED), "E_CLOSED");
  });

  test("what runs goes on; lost, it comes after it, with what it was", () => {
    const play = wide(`${LOGIN}work <- login : retry: { max_attempts: 3, delay: 60 }\nend <- work`).ok(
      "login",
    );
    play.fail("work").wait("unit:work").start("work").send(RESUMED);
    assert.deepEqual([play.status("work"), play.status("end")], ["running", "pending"]);
    play.lose("work");
    assert.deepEqual([play.status("work"), play.run.live, requests(play)], ["pending", 0, ["login"]]);
    play.ok("login");
    assert.deepEqual([play.requested, play.unit("work").tries, play.unit("work").lost], [["work"], 1, 1]);
    assert.equal(play.ok("work", "end").run.status, "success");
    const done = wide(`${LOGIN}work <- login\nend <- work`)
      .ok("login")
      .start("work")
      .send(RESUMED)
      .ok("work");
    assert.deepEqual([done.status("work"), done.status("end")], ["success", "pending"]);
    assert.equal(done.ok("login", "end").run.status, "success");
  });

  test("what comes after it at a distance waits too, over results that are kept", () => {
    const play = wide(`${LOGIN}build <- login\ndeploy <- build`).ok("login", "build").send(RESUMED);
    assert.deepEqual(play.states(), { login: "queued", build: "success", deploy: "pending" });
    assert.equal(play.ok("login", "deploy").run.status, "success");
    assert.equal(play.unit("build").attempt, 1);
  });

  test("a retry, an answer and a place in a foreach that come meanwhile are waited with", () => {
    const play = wide(
      `${LOGIN}retried <- login : retry: { max_attempts: 2, delay: 60 }
       asked <- login : approval: { mode: ask }
       many <- login : foreach: { items: [1, 2, 3], max_parallel: 2 }`,
    ).ok("login");
    play.fail("retried").start("many:0").send(RESUMED);
    assert.deepEqual(play.states("retried", "asked", "many"), {
      retried: "waiting/retry",
      asked: "waiting/approval",
      many: "running",
    });
    play.wait("unit:retried").decide("asked", "approve").ok("many:0");
    assert.deepEqual(
      [play.states("retried", "asked"), play.requested],
      [{ retried: "pending", asked: "pending" }, ["login"]],
    );
    assert.deepEqual([play.status("many:1"), play.status("many:2")], ["pending", "pending"]);
    play.ok("login");
    assert.deepEqual(play.requested, ["retried", "asked", "many:1", "many:2"]);
    assert.equal(play.ok("retried", "asked", "many:1", "many:2").run.status, "success");
    assert.deepEqual(play.replayed(), play.run);
  });

  test("several are done again in their order, and all of them are waited for", () => {
    const play = wide(`${LOGIN}mount <- login : rerun: true\ndisk : rerun: true\nwork <- mount disk`);
    play.ok("login", "mount", "disk").send(RESUMED);
    assert.deepEqual(play.states(), { login: "queued", mount: "pending", disk: "queued", work: "pending" });
    assert.equal(play.ok("disk").status("work"), "pending");
    assert.deepEqual(play.ok("login").requested, ["mount"]);
    assert.deepEqual(play.send(RESUMED).states("login", "mount"), { login: "queued", mount: "pending" });
    assert.equal(play.ok("disk", "login", "mount", "work").run.status, "success");
  });

  test("until it has ended again others see what it gave before", () => {
    const play = wide(`${LOGIN}work <- login`).give("login", { token: 1 }).start("work").send(RESUMED);
    const seen = () => viewTask(play.task("login"), play.lookup);
    assert.deepEqual([seen().status, seen().output], ["success", { token: 1 }]);
    play.give("login", { token: 2 });
    assert.deepEqual([seen().output, play.task("login").earlier], [{ token: 2 }, null]);
  });

  test("when it fails now, what comes after it is judged by that", () => {
    const play = wide(`${LOGIN}work <- login\nbegun <- login\nclean <- login : trigger_rule: all_done`).ok(
      "login",
    );
    play.start("begun").send(RESUMED).lose("begun").fail("login", "config_error");
    assert.deepEqual(play.states(), {
      login: "failed",
      work: "skipped/upstream_failed",
      begun: "skipped/upstream_failed",
      clean: "queued",
    });
    assert.equal(play.ok("clean").run.status, "failed");
  });

  test("what had begun keeps its tries when something else fails meanwhile", () => {
    const play = wide(`${LOGIN}begun <- login\nbad`).ok("login").start("begun").send(RESUMED).start("login");
    play.lose("begun").fail("bad", "config_error").ok("login");
    assert.deepEqual(play.states(), { login: "success", begun: "queued", bad: "failed" });
  });

  test("nothing is done again that did not succeed, in a run that is ending, or before the tasks", () => {
    const plain = wide("a\nb <- a").ok("a").send(RESUMED);
    assert.deepEqual([plain.states(), plain.last], [{ a: "success", b: "queued" }, []]);
    const failed = wide(`${LOGIN}a`, "").fail("login", "config_error");
    assert.equal(failed.run.status, "failed");
    const ending = wide(`${LOGIN}a`).ok("login").start("a");
    ending.send({ type: "run.cancelled", by: "kim", reason: "" }).send(RESUMED);
    assert.deepEqual(ending.states(), { login: "success", a: "running" });
    const hook = "hooks: { on_start: [{ id: s, agent: shell, parameters: { command: [x] } }] }";
    assert.equal(wide(LOGIN, hook).send(RESUMED).ok("s", "login").run.status, "success");
  });

  test("of a retry: what is tried again waits for it, at a distance too", () => {
    const play = wide(`${LOGIN}build <- login\ndeploy <- build`)
      .ok("login", "build")
      .fail("deploy", "config_error");
    const tasks = [...retrySet(play.run, null)].map((index) => play.run.workflow.tasks[index]?.id ?? "");
    play.send({ type: "run.reopened", by: "kim", tasks });
    assert.deepEqual([tasks, play.requested], [["deploy", "login"], ["login"]]);
    assert.equal(play.ok("login", "deploy").run.status, "success");
    assert.deepEqual(play.replayed(), play.run);
  });
});
