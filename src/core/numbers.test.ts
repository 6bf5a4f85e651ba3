import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";

const PARAMS = "params: { n: { type: number, default: 2 }, t: { type: string, default: 90s } }";
const given = (fields: string, params: { n: unknown; t?: unknown }, top = "") =>
  new Play(flow(`a : ${fields}`, `${PARAMS}\n${top}`), { params: params as never });

describe("numbers that expressions give (formats.md 2)", () => {
  test("settings are read once, when the run starts", () => {
    const top = [
      PARAMS,
      "context: { variables: { usd: 5 } }",
      "settings: { max_parallel: '${n}', timeout: '${t}', budget: { usd: '${usd}', tokens: '${n * 1000}' } }",
    ].join("\n");
    const play = new Play(flow("a\nb\nc", top), { params: { n: 2, t: "90s" } });
    assert.deepEqual(play.run.settings, {
      maxParallel: 2,
      timeoutSeconds: 90,
      budget: { usd: 5, tokens: 2000 },
    });
    assert.equal(play.run.clock.remainingMs, 90_000);
    const [request] = play.done("request");
    assert.ok(request?.do === "request");
    assert.deepEqual(request.claim.lanes, [{ name: "run:RUN", limit: 2 }]);
    assert.deepEqual(play.replayed(), play.run);
    play
      .ok("b")
      .ok("c")
      .fail("a")
      .send({ type: "run.reopened", tasks: ["a"], by: "kim" });
    assert.equal(play.run.clock.remainingMs, 90_000);
  });

  for (const [settings, told] of [
    ["max_parallel: '${n}'", "settings.max_parallel gave 0, a whole number from 1 to 1,000 is needed"],
    ["timeout: '${n}'", /^settings.timeout gave 0, seconds or a duration .* from 1 s to 365d is needed$/],
    ["budget: { usd: '${n - 1}' }", "settings.budget.usd gave -1, a number from 0 to 1,000,000 is needed"],
    ["budget: { tokens: '${n + 0.5}' }", /^settings.budget.tokens gave 0.5, a whole number/],
    ["concurrency: { group: x, limit: '${n}' }", /^settings.concurrency.limit gave 0, a whole number from 1/],
    ["workspace: '${t}'", 'settings.workspace.mode gave "90s", one of shared, worktree is needed'],
    [
      "workspace: { merge: '${t}' }",
      'settings.workspace.merge gave "90s", one of squash, commits, none is needed',
    ],
    ["workspace: { branch: '${trigger.body}' }", /^E_EXPR_NAME .*\(in settings.workspace.branch\)$/],
    ["max_parallel: '${trigger.body}'", /^E_EXPR_NAME .*\(in settings.max_parallel\)$/],
  ] as const) {
    test(`Y10 ${settings} out of its range fails the run before its first task`, () => {
      const play = given("timeout: 5", { n: 0, t: "90s" }, `settings: { ${settings} }`);
      assert.deepEqual([play.run.phase, play.run.failure?.class], ["closed", "config_error"]);
      assert.match(play.run.failure?.message ?? "", typeof told === "string" ? exactly(told) : told);
      assert.deepEqual([play.states(), play.requested], [{ a: "skipped/stopped" }, []]);
    });
  }

  test("G7: a branch from an expression is a name, or the run does not begin", () => {
    const top = "settings: { workspace: { mode: worktree, branch: '${t}' } }";
    assert.equal(given("timeout: 5", { n: 1, t: "release/5" }, top).run.status, "running");
    const play = given("timeout: 5", { n: 1, t: "--output=x" }, top);
    assert.match(play.run.failure?.message ?? "", /^E_REF settings.workspace.branch gave "--output=x"/);
  });

  test("retry: how often, how long, at most how long", () => {
    const retry =
      "retry: { max_attempts: '${n}', delay: '${t}', backoff: exponential, max_delay: '${n * 50}', jitter: false }";
    const play = given(retry, { n: 3, t: "90s" }).fail("a");
    assert.deepEqual([play.status("a"), play.unit("a").timer?.kind], ["waiting/retry", "delay"]);
    const { timer } = play.unit("a");
    assert.equal(timer?.kind === "delay" && timer.delayMs, 90_000);
    play.wait("unit:a").fail("a");
    const second = play.unit("a").timer;
    assert.equal(second?.kind === "delay" && second.delayMs, 150_000);
    assert.equal(play.wait("unit:a").fail("a").status("a"), "failed");
  });

  test("repeat, repair and the rounds of an approval", () => {
    const repeated = given("repeat: { until: false, max: '${n}' }", { n: 2 }).ok("a").ok("a");
    assert.equal(repeated.error("a").message, "until was not met after 2 iterations");
    const mended = given("repair: { agent: coder, on: [transient], max: '${n}' }", { n: 1 });
    assert.equal(mended.fail("a").unit("a").role, "repair");
    assert.equal(mended.ok("a").fail("a").status("a"), "failed");
    const asked = flow(
      "a\nb <- a : approval: { mode: ask, send_back_to: a, max_rounds: '${n}' }",
      "params: { n: { type: number } }",
    );
    const play = new Play(asked, { params: { n: 1 } }).ok("a");
    assert.equal(play.decide("b", "send_back").status("a"), "queued");
    play.ok("a");
    assert.equal(play.refused(play.decision("b", "send_back")), "E_ROUNDS");
    const wrong = new Play(asked, { params: { n: 0 } }).ok("a");
    assert.match(
      wrong.error("b").message,
      /^approval.max_rounds gave 0, a whole number from 1 to 100 is needed$/,
    );
  });

  test("the budget of a task is that of all its items", () => {
    const play = given("budget: { usd: '${n}', tokens: '${n * 10}' }, retry: { max_attempts: 5, delay: 0 }", {
      n: 1,
    });
    const failed = { class: "transient", message: "x", action: "retry" } as const;
    play.end("a", { status: "failed", failure: failed, usage: { costUsd: 1, tokens: null } });
    assert.equal(play.status("a"), "waiting/budget");
  });

  for (const [fields, told] of [
    ["retry: { max_attempts: '${n}' }", /^retry.max_attempts gave 1000, a whole number from 1 to 100/],
    ["retry: { delay: '${-n}' }", /^retry.delay gave -1000, seconds/],
    ["retry: { max_delay: '${t}' }", /^retry.max_delay gave "soon", seconds/],
    ["repeat: { until: true, max: '${n}' }", /^repeat.max gave 1000, /],
    [
      "repair: { agent: coder, on: [unknown], max: '${n}' }",
      /^repair.max gave 1000, a whole number from 1 to 10/,
    ],
    ["budget: { usd: '${t}' }", /^budget.usd gave "soon", a number from 0/],
    ["budget: { tokens: '${t}' }", /^budget.tokens gave "soon", a whole number from 0/],
    [
      "workspace: { keep: '${t}' }",
      /^workspace.keep gave "soon", one of on_failure, always, never is needed$/,
    ],
    ["priority: '${n + 1}'", /^priority gave 1001, a whole number from -1,000 to 1,000/],
    ["concurrency: { group: x, limit: '${n + 1}' }", /^concurrency.limit gave 1001, /],
    ["foreach: { items: [1], max_parallel: '${n + 1}' }", /^foreach.max_parallel gave 1001, /],
    ["matrix: { x: [1], max_parallel: '${n + 1}' }", /^matrix.max_parallel gave 1001, /],
  ] as const) {
    test(`Y10 ${fields} is refused before anything is done`, () => {
      const play = given(fields, { n: 1000, t: "soon" });
      assert.equal(play.status("a"), "failed");
      const { class: failureClass, message } = play.run.failure ?? assert.fail("it fails");
      assert.equal(failureClass, "config_error");
      assert.match(message.replace(/^1 of 1 items failed: .; first: /, ""), told);
      assert.deepEqual(play.requested, []);
    });
  }

  test("a number that was good for the first pass and is none for a later one fails the task", () => {
    const play = given("repeat: { until: false, max: '${iteration > 1 ? 0 : 5}' }", { n: 1 }).ok("a");
    assert.match(play.error("a").message, /^repeat.max gave 0/);
    const tried = given(
      "retry: { max_attempts: '${feedback == null ? n : 0}', delay: 0 }, repeat: { until: false, max: 3, on_failure: continue }",
      { n: 1 },
    );
    assert.equal(tried.fail("a").unit("a").iteration, 2);
  });

  test("a group takes its own max_parallel, and what its file says by an expression by the lanes around it", () => {
    const body = "agent: group, parameters: { tasks: [{ id: x, agent: shell, parameters: { command: [x] } }]";
    const top = "params: { n: {type: number} }\nsettings: { max_parallel: '${n}', timeout: '${n}' }";
    const lanes = (settings: string) => {
      const workflow = flow(`g : ${body}${settings} }`, top);
      const inside = workflow.tasks[0]?.body ?? assert.fail("it has a body");
      const parent = { run: "P", root: "P", depth: 1, task: "g", attempt: 1 };
      const over = { params: { n: 7 }, scope: { n: 7 }, parent, lanes: [{ name: "run:P", limit: 7 }] };
      const [request] = new Play(inside, over).done("request");
      assert.ok(request?.do === "request");
      return request.claim.lanes.map(({ limit }) => limit);
    };
    assert.deepEqual(lanes(""), [7, 1000]);
    assert.deepEqual(lanes(", settings: { max_parallel: '${n - 4}' }"), [7, 3]);
  });
});

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}
