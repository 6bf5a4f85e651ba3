import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { FOUND } from "../../test/support/measured-found.ts";
import { plainRole } from "../../test/support/plain-role.ts";
import { assign } from "./assignment.ts";
import type { Assignment, Entry } from "./event.ts";
import { isMap } from "./json.ts";
import { failure } from "./outcome.ts";
import type { Worker } from "./worker.ts";

function assigned(play: Play, place: string) {
  const entry: Entry = {
    run: "RUN",
    sequence: play.run.sequence,
    at: play.at,
    tick: play.tick,
    key: null,
    event: { type: "run.resumed", by: "test" },
  };
  return assign(play.run, play.ref(place), entry, play.lookup);
}

function given(play: Play, place: string): Assignment {
  const read = assigned(play, place);
  if (!read.ok) assert.fail(read.failure.message);
  return read.assignment;
}

const GIVEN = {
  parameters: { task: "Mend x.md" },
  options: { model: "big" },
  env: { TITLE: "x.md", KEY: ["x ", { secret: "KEY" }] },
};

const REPAIR = "repair: { agent: coder, on: [syntax_error] }";

describe("what an attempt is given", () => {
  test("every expression of its task read, secrets still by name", () => {
    const fields = [
      "agent: coder",
      "parameters: { task: 'Mend ${a.output.file}' }",
      "options: { model: '${a.output.model}' }",
      "env: { TITLE: '${a.output.file}', KEY: 'x ${secrets.KEY}' }",
      "timeout: '${trigger.kind == \"manual\" ? 60 : 1}'",
      "idle_timeout: 5m",
      "cache: { key: '${a.output.file}', files: [src/**], paths: [out/] }",
      "artifacts: [public/**]",
      "session: continue",
      "budget: { usd: 2 }",
      "output_schema: { type: object }",
    ].join(", ");
    const play = new Play(flow(`a\nb <- a : ${fields}`, "context: { secrets: { KEY: { env: KEY } } }"));
    play.give("a", { file: "x.md", model: "big" }).start("b");
    assert.deepEqual(given(play, "b"), {
      run: "RUN",
      task: "b",
      attempt: 1,
      key: null,
      role: "task",
      effect: "idempotent",
      agent: "coder",
      agentRole: null,
      ...GIVEN,
      timeoutMs: 60_000,
      idleTimeoutMs: 300_000,
      check: null,
      cache: {
        scope: {
          task: "b",
          agent: "coder",
          agentRole: null,
          outputSchema: { type: "object" },
          expects: [],
          until: null,
          feedback: null,
          key: "x.md",
          items: null,
          given: [GIVEN],
        },
        files: ["src/**"],
        paths: ["out/"],
      },
      artifacts: ["public/**"],
      goesOn: { why: "own", task: "b", attempt: 0, passes: [] },
      keepsSession: true,
      outputSchema: { type: "object" },
      feedback: null,
      answers: [],
      budget: { usd: 2, tokens: null },
      dependencies: [{ id: "a", status: "success", output: { value: { file: "x.md", model: "big" } } }],
    });
  });

  test("a plain task has the plain values", () => {
    const { options, env, timeoutMs, idleTimeoutMs, check, cache, artifacts, goesOn } = given(
      new Play("a").start("a"),
      "a",
    );
    assert.deepEqual(
      { options, env, timeoutMs, idleTimeoutMs, check, cache, artifacts, goesOn },
      {
        options: {},
        env: {},
        timeoutMs: null,
        idleTimeoutMs: null,
        check: null,
        cache: null,
        artifacts: [],
        goesOn: null,
      },
    );
    const kept =
      "a : cache: { files: [x] }, expected_outputs: [n], success_criteria: ['n > 1', { site.url: x }]";
    const asked = given(new Play(kept).start("a"), "a").cache;
    assert.ok(isMap(asked?.scope));
    assert.deepEqual(asked.scope.expects, ["n", "n > 1", 'site.url: "x"']);
    assert.deepEqual(
      given(new Play("a : effect: checkable, check: [look, '${run.name}']").start("a"), "a").check,
      ["look", "test"],
    );
  });

  test("an agent comes with its role as it was pinned, a fallback with its own", () => {
    const roles = new Map([
      ["planner", plainRole("Plan.")],
      ["coder", plainRole("Code.")],
    ]);
    const linked = flow("a : agent: planner, parameters: { task: x }, fallback: { agent: coder }");
    const play = new Play({ ...linked, roles }).start("a");
    assert.equal(given(play, "a").agentRole?.instructions, "Plan.");
    play.end("a", { failure: failure("transient", "x"), status: "failed" }).start("a");
    assert.equal(given(play, "a").agentRole?.instructions, "Code.");
  });

  test("an item has its key and value, and a mapped dependency gives its list", () => {
    const play = new Play(
      "m : parameters: { command: ['${item}', '${key}', '${index}'] }, foreach: { items: [x, y], key: 'k${item}' }, on_failure: skip\nz <- m",
    );
    play.start("m:1");
    const { key, parameters } = given(play, "m:1");
    assert.deepEqual([key, parameters], ["ky", { command: ["y", "ky", 1] }]);
    play.give("m:1", { n: 1 }).fail("m:0").start("z");
    assert.deepEqual(given(play, "z").dependencies, [
      { id: "m", status: "success", output: { value: [null, { n: 1 }] } },
    ]);
  });

  test("feedback reaches the target of a send-back, and only it", () => {
    const play = new Play(
      "a : parameters: { command: ['${feedback}'] }\nb <- a : agent: approval, parameters: { send_back_to: a }",
    ).ok("a");
    play.decide("b", "send_back", { comment: "shorter" }).start("a");
    assert.deepEqual(
      [given(play, "a").feedback, given(play, "a").parameters],
      ["shorter", { command: ["shorter"] }],
    );
  });

  test("a repair gets the failure, and nothing that belongs to the work itself", () => {
    const play = new Play(
      "a : agent: coder, parameters: { task: x }, effect: once, repair: { agent: planner, on: [syntax_error] }, cache: { key: k }, artifacts: [x], options: { model: big }, output_schema: { type: object }",
    );
    play.fail("a", "syntax_error", "line 3").start("a");
    const { agent, parameters, options, outputSchema, cache, artifacts, effect, role } = given(play, "a");
    assert.deepEqual(
      { agent, options, outputSchema, cache, artifacts, effect, role },
      {
        agent: "planner",
        options: {},
        outputSchema: null,
        cache: null,
        artifacts: [],
        effect: "idempotent",
        role: "repair",
      },
    );
    assert.deepEqual(given(play, "a").mends, {
      attempt: 1,
      agent: "coder",
      parameters: { task: "x" },
      class: "syntax_error",
      message: "line 3",
    });
    assert.deepEqual(parameters, {
      task: "Task a failed (syntax_error): line 3. Mend the cause; it is then run again.",
    });
  });

  test("a repair has neither the time, the secrets nor the answers of the work, and works where that worked", () => {
    const fields =
      "timeout: 60, idle_timeout: 20, env: { X: y }, workspace: { mode: worktree, keep: never }, touches: [x]";
    const play = new Play(`a : agent: coder, parameters: { task: x }, ${fields}, ${REPAIR}`);
    assert.equal(given(play.start("a"), "a").worktree?.of, undefined);
    play.fail("a", "syntax_error").start("a");
    const { timeoutMs, idleTimeoutMs, env, answers, worktree } = given(play, "a");
    assert.deepEqual(
      { timeoutMs, idleTimeoutMs, env, answers, worktree },
      {
        timeoutMs: null,
        idleTimeoutMs: null,
        env: {},
        answers: [],
        worktree: { merge: "squash", keep: "on_failure", mustChange: false, of: 1 },
      },
    );
    play.ok("a").start("a");
    assert.equal(given(play, "a").worktree?.of, 1);
    assert.equal(given(play, "a").timeoutMs, 60_000);
  });

  test("a fallback does the same work with its own options over the task's", () => {
    const play = new Play(
      "a : agent: planner, parameters: { task: x }, options: { model: big, effort: high }, fallback: { agent: coder, options: { model: '${run.name}' } }",
    );
    play.fail("a").start("a");
    const { agent, parameters, options } = given(play, "a");
    assert.deepEqual(
      { agent, parameters, options },
      { agent: "coder", parameters: { task: "x" }, options: { model: "test", effort: "high" } },
    );
  });

  test("an output too large to be read fails the attempt, wherever it is named", () => {
    for (const fields of [
      "env: { X: '${a.output}' }",
      "env: { X: 'is ${fn:length(a.output)}' }",
      "parameters: { command: ['${a.output}'] }",
    ]) {
      const play = new Play(`a\nb <- a : ${fields}`);
      play.end("a", { output: { digest: "d", bytes: 2_000_002, text: true } }).start("b");
      const read = assigned(play, "b");
      if (read.ok) assert.fail(fields);
      assert.equal(read.failure.class, "config_error", fields);
      assert.match(read.failure.message, /2000002 bytes cannot be read here/);
    }
  });

  test("an expression that errors fails the attempt as config_error", () => {
    for (const fields of [
      "parameters: { command: ['${trigger.body}'] }",
      "agent: coder, parameters: { task: x }, options: { model: '${trigger.body}' }",
      "env: { X: '${trigger.body}' }",
      "timeout: '${trigger.body}'",
      "idle_timeout: '${trigger.kind}'",
      "effect: checkable, check: ['${trigger.body}']",
      "artifacts: ['${trigger}']",
      "cache: { key: '${trigger.body}' }",
      "cache: { files: ['${trigger.body}'] }",
      "agent: coder, parameters: { task: x }, session: '${trigger.body}'",
    ]) {
      const read = assigned(new Play(`a : ${fields}`).start("a"), "a");
      assert.equal(read.ok ? "read" : read.failure.class, "config_error", fields);
    }
    const fallback = new Play(
      "a : agent: coder, parameters: { task: x }, fallback: { agent: coder, options: { model: '${trigger.body}' } }",
    )
      .fail("a")
      .start("a");
    assert.equal(assigned(fallback, "a").ok, false);
  });

  test("for a worktree the runs of a group before it, of each item the last; and what is kept for it", () => {
    const inner = "agent: group, parameters: { tasks: [{ id: ID, agent: shell, parameters: { run: ls } }] }";
    const lines = [
      `g : ${inner.replace("ID", "in-g")}, retry: { max_attempts: 2, delay: 0 }`,
      `m : ${inner.replace("ID", "in-m")}, foreach: { items: [1, 2] }`,
      "p : artifacts: [out]",
      "z <- g m p : workspace: worktree",
      "q <- g p",
    ];
    const play = new Play(flow(lines.join("\n")));
    const runsOf = (task: string) => {
      const { dependencies } = given(play, task);
      return dependencies.map(({ id, runs }) => [id, runs?.length ?? null]);
    };
    assert.deepEqual(runsOf("z"), [
      ["g", 1],
      ["m", 2],
      ["p", null],
    ]);
    assert.deepEqual(runsOf("q").flat(), ["g", null, "p", null]);
    const [group] = given(play, "z").dependencies;
    assert.ok(play.effects.some((one) => one.do === "start_child" && one.child.task === "g"));
    assert.match(group?.runs?.[0] ?? "", /^[0-9a-hjkmnp-tv-z]{26}$/);
    assert.deepEqual([given(play, "p").carries, given(play, "z").carries], [true, undefined]);
  });

  test("what a task leaves is kept where it works in the project, as its expression says", () => {
    const lines = ["p : artifacts: [out], workspace: '${t}'", "z <- p : workspace: worktree"].join("\n");
    const carries = (t: string) =>
      given(new Play(flow(lines, "params: { t: { type: string } }"), { params: { t } }), "p").carries;
    assert.deepEqual([carries("shared"), carries("worktree")], [true, undefined]);
  });

  test("what a task in a group leaves is kept for a worktree after the group", () => {
    const inner = new Play(flow("p : artifacts: [out]"));
    const parent = { run: "R0", root: "R0", depth: 1, task: "g", attempt: 1 };
    const child = { ...inner.run, start: { ...inner.run.start, parent } };
    const carries = (after: string) => {
      const group =
        "g : agent: group, parameters: { tasks: [{ id: p, agent: shell, parameters: { run: ls } }] }";
      const outer = new Play(flow(`${group}\nz <- g : workspace: ${after}`)).run;
      const read = assign(child, inner.ref("p"), inner.entries.at(-1) as Entry, inner.lookup, outer);
      assert.ok(read.ok);
      return read.assignment.carries;
    };
    assert.deepEqual(
      [carries("worktree"), carries("shared"), given(inner, "p").carries],
      [true, undefined, undefined],
    );
  });
});

const MANIFEST: Worker = {
  description: null,
  parameters: { type: "object" },
  command: ["publish"],
  cwd: null,
  env: {},
  output: { file: null, patterns: {}, values: {} },
  credentials: {},
  dryRun: null,
  deploys: false,
  errors: [],
  folder: "workers",
};

describe("what an attempt of a worker is given", () => {
  test("its manifest as it was when the run began", () => {
    const workflow = { ...flow("a : agent: hugo-build"), workers: new Map([["hugo-build", MANIFEST]]) };
    assert.equal(given(new Play(workflow).start("a"), "a").worker, MANIFEST);
    assert.equal(given(new Play(flow("a")).start("a"), "a").worker, undefined);
  });
});

describe("what was approved goes along with the attempt", () => {
  const looked = (lines: string) =>
    new Play(flow(lines), { measures: true }).send({ type: "task.measured", task: "a", found: FOUND });

  test("by a person, or why nobody was asked; not with what mends a failure, nor where nothing was approved", () => {
    const person = looked("a : approval: { message: Go?, significant: { files: 1 } }")
      .decide("a", "approve")
      .start("a");
    assert.deepEqual([given(person, "a").approved?.found, given(person, "a").approved?.why], [FOUND, null]);
    const policy = looked("a : approval: { message: Go?, significant: { files: 9 } }").start("a");
    assert.match(given(policy, "a").approved?.why ?? "", /^2 files changed/);
    const repaired = looked(`a : approval: { message: Go?, significant: { files: 9 } }, ${REPAIR}`).start(
      "a",
    );
    repaired.fail("a", "syntax_error").start("a");
    assert.equal(given(repaired, "a").approved, undefined);
    const dev = looked("a : agent: deploy, parameters: { environment: dev }").start("a");
    assert.equal(given(dev, "a").approved, undefined);
    assert.equal(given(new Play(flow("a")).start("a"), "a").approved, undefined);
  });
});
