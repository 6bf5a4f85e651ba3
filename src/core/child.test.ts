import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { childJudged, secondsLeft } from "./child.ts";
import { Draft } from "./draft.ts";
import type { Entry, RunStarted } from "./event.ts";
import { type Failure, failure } from "./outcome.ts";
import { recover } from "./recover.ts";

const body = (tasks: string, more = "") => `agent: group, parameters: { tasks: [${tasks}] }${more}`;
const X = "{ id: x, agent: shell, parameters: { command: [x] } }";

function started(play: Play) {
  const [effect] = play.done("start_child");
  assert.ok(effect?.do === "start_child", "a child is asked for");
  return effect.child;
}

describe("group (formats.md 1.4)", () => {
  test("a pass is a child run with the names its body reads, the lanes and the budget of its parents", () => {
    const read = "{ id: x, agent: shell, parameters: { command: ['${a.output}', '${item}'] } }";
    const play = new Play(
      flow(`a\ng <- a : ${body(read, ", foreach: { items: [one] }, concurrency: { group: db, limit: 2 }")}`),
      { lanes: [{ name: "run:P", limit: 3 }], budget: { usd: 5, tokens: null } },
    );
    play.give("a", "text");
    const child = started(play);
    assert.deepEqual(
      { ...child, source: 0 },
      {
        task: "g",
        item: 0,
        attempt: 1,
        source: 0,
        lanes: [
          { name: "run:P", limit: 3 },
          { name: "run:RUN", limit: 3 },
          { name: "group:db", limit: 2 },
        ],
        touches: [],
        budget: { usd: 5, tokens: null },
        notes: { fanned: { runs: 1, isCounted: true } },
      },
    );
    assert.ok(child.source.kind === "body");
    assert.deepEqual(child.source.path, ["g"]);
    const { a, item, iteration, previous, feedback, run } = child.source.scope as Record<
      string,
      { output?: unknown; name?: unknown }
    >;
    assert.deepEqual(
      [a?.output, item, iteration, previous, feedback, run?.name],
      ["text", "one", 1, null, null, "test"],
    );
    assert.doesNotThrow(() => JSON.stringify(child));
  });

  test("its end is the end of the pass: output, tasks, cost", () => {
    const play = new Play(
      flow(`g : ${body(X)}\nz <- g : condition: '\${g.tasks.x.output == 1 && g.output.x == 1}'`),
    );
    assert.deepEqual([play.status("g"), play.run.live], ["running", 1]);
    play.child("g", {
      output: { value: { x: 1 } },
      tasks: { x: { output: 1 } },
      usage: { costUsd: 2, tokens: 7 },
    });
    assert.deepEqual(
      [play.states(), play.run.usage],
      [
        { g: "success", z: "queued" },
        { costUsd: 2, tokens: 7 },
      ],
    );
  });

  test("a child that failed, or that a person cancelled, is child_failed; a retry starts the body anew", () => {
    const play = new Play(flow(`g : ${body(X, ", retry: { max_attempts: 3, delay: 0 }")}`));
    play.child("g", { status: "failed", failure: failure("child_failed", "task x failed") });
    assert.deepEqual(
      [play.unit("g").error?.class, play.unit("g").error?.message, started(play).attempt],
      ["child_failed", "task x failed", 2],
    );
    play.child("g", { status: "failed" });
    assert.equal(play.unit("g").error?.message, "the run inside failed");
    play.child("g", { status: "cancelled" });
    assert.equal(play.error("g").message, "the run inside was cancelled");
    const wrong = new Play(flow(`g : ${body(X, ", retry: { max_attempts: 3 }")}`)).child("g", {
      status: "failed",
      failure: failure("config_error", "no such workflow"),
    });
    assert.equal(wrong.error("g").class, "config_error");
  });

  test("timeout is that of one pass: the child is ended, and that is a timeout", () => {
    const play = new Play(flow(`g : ${body(X, ", timeout: 60, retry: { max_attempts: 2, delay: 0 }")}`)).wait(
      "pass:g",
    );
    assert.deepEqual(play.last, [{ do: "stop_child", attempt: { task: "g", attempt: 1 }, twice: false }]);
    play.child("g", { status: "cancelled" });
    assert.deepEqual([play.unit("g").error?.class, play.unit("g").attempt], ["timeout", 2]);
    play.child("g");
    assert.deepEqual(
      play.done("clear_timer").map((one) => one.do === "clear_timer" && one.timer),
      ["pass:g", "run"],
    );
    assert.equal(play.run.status, "success");
  });

  test("a pass that is being cancelled stays cancelled when its time is over too", () => {
    const play = new Play(flow(`g : ${body(X, ", timeout: 60")}`))
      .send({ type: "run.cancelled", by: "kim", reason: "" })
      .wait("pass:g");
    assert.equal(play.child("g", { status: "cancelled" }).status("g"), "cancelled");
  });

  test("pause and resume go down, also to a child that begins in the pause", () => {
    const play = new Play(
      flow(`a\ng : ${body(X)}\nh <- a : agent: workflow, parameters: { name: other }`),
    ).start("a");
    play.send({ type: "run.paused", by: "kim" });
    assert.deepEqual(
      play.last.map((one) => one.do),
      ["hold", "pause_child", "clear_timer"],
    );
    play.ok("a");
    assert.deepEqual(
      play.last.map((one) => one.do),
      ["start_child", "pause_child"],
    );
    play.send({ type: "run.resumed", by: "kim" });
    assert.deepEqual(
      play.last.map((one) => one.do),
      ["release", "resume_child", "resume_child", "set_timer"],
    );
  });

  test("what cannot be read fails the task before a child begins", () => {
    for (const fields of [
      "timeout: '${trigger.body}'",
      "concurrency: { group: '${trigger.body}' }",
      "concurrency: { group: x, limit: '${trigger.body}' }",
    ]) {
      assert.equal(new Play(flow(`g : ${body(X, `, ${fields}`)}`)).error("g").class, "config_error", fields);
    }
    const large = new Play(
      flow(`a\ng <- a : ${body("{ id: x, agent: shell, parameters: { command: ['${a.output}'] } }")}`),
    );
    assert.match(
      large.end("a", { output: { digest: "d", bytes: 9_000_000, text: true } }).error("g").message,
      /cannot be read/,
    );
    const bug = new Play(
      flow(`a\ng <- a : ${body("{ id: x, agent: shell, parameters: { command: ['${a.output}'] } }")}`),
    ).start("a");
    bug.outputs.get = () => {
      throw new TypeError("a bug");
    };
    assert.throws(() => bug.end("a", { output: { digest: "d", bytes: 1, text: true } }), TypeError);
  });

  test("only a child ends a group, and only an attempt another task", () => {
    const play = new Play(flow(`g : ${body(X)}\na`)).start("a");
    assert.equal(play.refused({ type: "attempt.lost", task: "g", attempt: 1, cause: "x" }), "E_FENCED");
    const ended = {
      type: "child.ended",
      child: "C",
      status: "success",
      output: { value: 1 },
      tasks: {},
      failure: null,
      durationMs: 1,
      usage: null,
    } as const;
    assert.equal(play.refused({ ...ended, task: "a", attempt: 1 }), "E_FENCED");
    assert.equal(play.refused({ ...ended, task: "g", attempt: 2 }), "E_FENCED");
    assert.equal(play.refused({ ...ended, task: "nobody", attempt: 1 }), "E_FENCED");
  });
});

describe("a group that touches paths holds them for its whole pass", () => {
  const touching = (more = "") => new Play(flow(`g : ${body(X, `, touches: [content/**]${more}`)}`));

  test("the pass is asked for, needs no arm, and begins when its paths are free", () => {
    const play = touching(", timeout: 60, priority: 2");
    assert.deepEqual(
      [play.status("g"), play.run.live, play.run.clock.since],
      ["waiting/concurrency", 0, null],
    );
    const claim = {
      task: "g",
      attempt: 1,
      run: "RUN",
      lanes: [],
      touches: ["content/**"],
      within: [],
      pool: null,
      labels: [],
      priority: 2,
      order: 0,
    };
    assert.deepEqual(play.last, [{ do: "request", claim }]);
    play.pass(600_000).start("g");
    assert.deepEqual(started(play).touches, ["content/**"]);
    assert.deepEqual(play.done("set_timer").length, 2);
    assert.deepEqual(
      [play.unit("g").timer, play.run.live],
      [{ id: "pass:g", kind: "tick", due: 660_000 }, 1],
    );
    assert.equal(play.refused({ type: "attempt.started", task: "g", attempt: 1 }), "E_STALE");
    assert.equal(play.child("g").run.status, "success");
  });

  test("what waits for its paths is withdrawn by a cancel, held back by a pause and asked for again", () => {
    const play = touching().send({ type: "run.paused", by: "kim" });
    assert.deepEqual(
      recover(play.replayed(), play.lookup).effects.map((effect) => effect.do),
      ["hold", "request"],
    );
    play.send({ type: "run.cancelled", by: "kim", reason: "" });
    assert.deepEqual(play.done("withdraw"), [{ do: "withdraw", attempt: { task: "g", attempt: 1 } }]);
    assert.equal(play.run.status, "cancelled");
  });

  test("each item and each try asks anew", () => {
    const play = touching(", foreach: { items: [1, 2] }, retry: { max_attempts: 2, delay: 0 }");
    assert.deepEqual(play.requested, ["g:0", "g:1"]);
    play.start("g:0").child("g:0", { status: "failed" });
    assert.deepEqual([play.requested, play.unit("g:0").attempt], [["g:0", "g:1"], 2]);
  });

  test("what cannot be read fails the task, before it stands in line or when its turn has come", () => {
    const play = new Play(flow(`g : ${body(X, ", touches: ['${trigger.body}']")}`));
    assert.equal(play.error("g").class, "config_error");
    assert.equal(
      new Play(flow(`g : ${body(X, ", priority: '${trigger.body}'")}`)).error("g").class,
      "config_error",
    );
    const late = touching(", timeout: '${trigger.body}'").start("g");
    assert.deepEqual([late.error("g").class, late.run.live], ["config_error", 0]);
  });
});

describe("sub-workflow (formats.md 1.5)", () => {
  const source = (fields: string, give: unknown = null) => {
    const play = new Play(
      flow(
        `a\nw <- a : agent: workflow, parameters: { ${fields} }`,
        "context: { secrets: { KEY: { env: KEY } } }",
      ),
    ).give("a", give as null);
    return play.status("w") === "failed" ? play.error("w").message : started(play).source;
  };

  test("by name or path, with params and the secrets it names", () => {
    assert.deepEqual(source("name: other, params: { n: '${a.output}' }, secrets: [KEY]", 7), {
      kind: "workflow",
      name: "other",
      path: null,
      params: { n: 7 },
      secrets: ["KEY"],
      detached: false,
    });
    assert.deepEqual(source("path: flows/x.yaml, detached: true"), {
      kind: "workflow",
      name: null,
      path: "flows/x.yaml",
      params: {},
      secrets: [],
      detached: true,
    });
  });

  test("a name that turns out to be no text fails as config_error", () => {
    assert.equal(source("name: '${a.output}'", 7), "a sub-workflow needs name, path or inline");
  });

  test("inline is data of a planner, with its limits", () => {
    const definition = { name: "plan", tasks: [] };
    assert.deepEqual(source("inline: '${a.output}', allow: [shell], max_tasks: 5", definition), {
      kind: "inline",
      definition,
      params: {},
      allow: ["shell"],
      maxTasks: 5,
    });
    assert.deepEqual(source("inline: '${a.output}'", definition), {
      kind: "inline",
      definition,
      params: {},
      allow: [],
      maxTasks: 50,
    });
    assert.equal(
      source("inline: '${a.output}'", "text"),
      "inline is no workflow: a map with tasks is needed",
    );
    assert.match(String(source("inline: '${a.output.x}'", {})), /in parameters/);
  });

  test("a plan hands on no agent and no more tasks than it has itself", () => {
    const within = (fields: string, start: Partial<RunStarted> = {}) => {
      const plan = { allow: ["coder", "workflow"], maxTasks: 6 };
      const inline = "inline: { tasks: [] }";
      const play = new Play(flow(`w : agent: workflow, parameters: { ${inline}${fields} }`), {
        plan,
        ...start,
      });
      if (play.status("w") === "failed") return play.error("w").message;
      const { source } = started(play);
      return source.kind === "inline" ? [source.allow, source.maxTasks] : [];
    };
    assert.deepEqual(within(""), [["coder", "workflow"], 6]);
    assert.deepEqual(within(", allow: [coder], max_tasks: 4"), [["coder"], 4]);
    assert.deepEqual(within(", max_tasks: 40"), [["coder", "workflow"], 6]);
    assert.equal(
      within(", allow: [coder, shell, deploy]"),
      "E_NOT_ALLOWED a plan cannot allow what it may not use itself: shell, deploy",
    );
  });

  test("what is left of the time is the run's, the pass's, or that of the hooks", () => {
    const left = (play: Play, place: string) => secondsLeft(play.run, play.ref(place), play.tick);
    const play = new Play(
      flow(
        "w : agent: workflow, parameters: { name: x }, timeout: 30\nv : agent: workflow, parameters: { name: x }",
        "settings: { timeout: 100 }",
      ),
    );
    assert.deepEqual([left(play.pass(30), "w"), left(play, "v")], [30, 100]);
    play.pass(19_970);
    assert.deepEqual([left(play, "w"), left(play, "v")], [10, 80]);
    const paused = new Play(
      flow("v : agent: workflow, parameters: { name: x }", "settings: { timeout: 100 }"),
    );
    paused.pass(30_000).send({ type: "run.paused", by: "kim" }).pass(30_000);
    assert.equal(left(paused, "v"), 70);
    play.pass(90_000);
    assert.deepEqual([left(play, "w"), left(play, "v")], [0, 0]);
    const hooked = new Play(
      flow("a", "hooks: { on_start: [{ id: h, agent: workflow, parameters: { name: x } }] }"),
    ).pass(100_000);
    assert.equal(left(hooked, "h"), 200);
  });
});

describe("a group in a worktree (formats.md 1.9)", () => {
  const asked = (fields: string) => started(new Play(flow(`g : ${body(X)}, ${fields}`))).notes.worktree;

  test("hands on to its run how that is merged; without a word there is none", () => {
    assert.equal(asked("timeout: 5"), undefined);
    assert.deepEqual(asked("workspace: worktree"), { merge: "squash", keep: "on_failure" });
    assert.deepEqual(asked("workspace: { mode: worktree, merge: none, keep: always }"), {
      merge: "none",
      keep: "always",
    });
    const detached = "w : agent: workflow, parameters: { name: x, detached: true }, workspace: worktree";
    assert.equal(started(new Play(flow(detached))).notes.worktree, undefined);
  });

  test("that could not be merged has failed as that, and is tried again only when it is told to", () => {
    const failed = { status: "failed", failure: failure("git_merge_conflict", "a.txt") } as const;
    const plain = new Play(
      flow(`g : ${body(X, ", retry: { max_attempts: 2, delay: 0 }")}, workspace: worktree`),
    );
    plain.child("g", failed);
    assert.deepEqual([plain.status("g"), plain.error("g").class], ["failed", "git_merge_conflict"]);
    assert.deepEqual(plain.replayed(), plain.run);
    const on = ", retry: { max_attempts: 2, delay: 0, on: [git_merge_conflict] }";
    const again = new Play(flow(`g : ${body(X, on)}, workspace: worktree`));
    again.child("g", failed);
    assert.equal(again.status("g"), "running");
  });

  test("whose time ran out while it was merged has failed by what became of that", () => {
    const late = (failed: Failure) => {
      const play = new Play(flow(`g : ${body(X)}, workspace: worktree, timeout: 5`));
      play.pass(5000).send({ type: "timer.fired", timer: "pass:g" });
      return play.child("g", { status: "failed", failure: failed }).error("g").class;
    };
    assert.equal(late(failure("git_merge_conflict", "a.txt")), "git_merge_conflict");
    assert.equal(late(failure("child_failed", "task x failed")), "timeout");
  });

  test("is judged before it is merged, by what its criteria will say afterwards", () => {
    const play = new Play(flow(`g : ${body(X)}, success_criteria: ["x == 1"], workspace: worktree`));
    const judged = (x: number) => {
      const moment = { ...play.entries[0], sequence: play.run.sequence } as Entry;
      const draft = new Draft(play.run, moment, play.lookup);
      const spot = draft.spot({ task: "g" });
      assert.ok(spot !== undefined);
      const ended = { status: "success", output: { value: { x } }, tasks: {}, failure: null } as const;
      const rest = {
        type: "child.ended",
        task: "g",
        attempt: 1,
        child: "C",
        durationMs: 1,
        usage: null,
      } as const;
      return childJudged(draft, spot, { ...ended, ...rest })?.class ?? null;
    };
    assert.deepEqual([judged(1), judged(2)], [null, "criteria_failed"]);
    assert.equal(play.status("g"), "running");
  });
});
