/** Values of the right type that cannot be meant: code, place and the nearest right word. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Problem } from "../../src/core/problem.ts";
import { readScript } from "../../src/driver/rehearsal-file.ts";
import { cronProblem } from "../../src/spec/cron.ts";
import { tasksNamed } from "../../src/spec/pin-workflows.ts";
import { readWorkflow } from "../../src/spec/workflow-file.ts";
import { goodWorkflow, problemsOf, surroundings } from "../support/surroundings.ts";

const TASK = "{id: z, agent: coder, parameters: {task: x}}";

/** One more line of a task that comes after `z`; `%` shows where the place should be found. */
function taskWith(line: string, agent = "coder, parameters: {task: x}"): string {
  return `name: x\ntasks:\n  - ${TASK}\n  - {id: a, agent: ${agent}, dependencies: [z],\n     ${line}}\n`;
}

function only(text: string, code: string): Problem {
  const problems = problemsOf(text);
  assert.deepEqual(
    problems.map((problem) => problem.code),
    [code],
    `${text}\n${JSON.stringify(problems)}`,
  );
  return problems[0] ?? assert.fail();
}

/** Exactly one problem, on the fifth line, at the sign behind the first `^` of the text. */
function at(line: string, code: string, hint?: string, agent?: string): void {
  const problem = only(taskWith(line.replace("^", ""), agent), code);
  assert.deepEqual([problem.at?.line, problem.at?.column], [5, 6 + line.indexOf("^")], line);
  if (hint !== undefined) assert.equal(problem.hint, hint, line);
}

const SHELL = "shell, parameters: {run: ls}";

describe("values that cannot be meant", () => {
  it("failure classes and exit codes of retry and repair", () => {
    at("retry: {on: [^timeot]}", "E_CHOICE", "timeout");
    at("retry: {on: ['transient', ^exit:300]}", "E_RANGE");
    at("retry: {on: [^'exit:many']}", "E_CHOICE", '"exit:75"');
    at("retry: {on: ^[]}", "E_REQUIRED");
    at("repair: {agent: coder, on: [^sintax_error]}", "E_CHOICE", "syntax_error");
    at("repair: {agent: coder, on: [^'exit:75']}", "E_CHOICE");
    goodWorkflow(taskWith("retry: {on: [timeout, transient, 'exit:75', 'exit:0', 'exit:255']}"));
    const read = readWorkflow("wf.yaml", taskWith("retry: {on: [own_thing]}"), surroundings());
    assert.deepEqual(read.ok && read.value.warnings.map(({ code, at: place }) => [code, place?.line]), [
      ["W_NO_EFFECT", 5],
    ]);
    const defaults = only(`defaults: {retry: {on: [timeot]}}\n${taskWith("timeout: 5")}`, "E_CHOICE");
    assert.deepEqual([defaults.at?.line, defaults.at?.column], [1, 25]);
  });

  it("choices of an approval", () => {
    at("approval: {choices: ^[]}", "E_REQUIRED");
    at("approval: {choices: [go, stop, ^go]}", "E_DUPLICATE_ID", "remove one");
    at("approval: {choices: [^send_back]}", "E_RESERVED_NAME", "send_back_to: TASK");
    at("parameters: {choices: ^[]}", "E_REQUIRED", undefined, "approval");
    goodWorkflow(taskWith("approval: {choices: [go, stop]}"));
  });

  it("exit codes and commands of shell, checks, and what means something only beside them", () => {
    at("parameters: {run: ls, success_exit_codes: ^[]}", "E_REQUIRED", undefined, "shell");
    at("parameters: {command: ^[]}", "E_REQUIRED", undefined, "shell");
    at("^check: [ls]", "E_FIELD_CONTEXT", "effect: checkable", SHELL);
    at("effect: checkable, check: ^[]", "E_REQUIRED", undefined, SHELL);
    at("foreach: {items: [1], ^min_success: 1}", "E_FIELD_CONTEXT", "on_failure: ignore");
    goodWorkflow(taskWith("foreach: {items: [1], min_success: 1, on_failure: ignore}"));
    goodWorkflow(taskWith("effect: checkable, check: [ls]", SHELL));
  });

  it("fields of agents where no agent works", () => {
    for (const agent of [
      SHELL,
      "approval",
      "wait, parameters: {for: 5}",
      "finish, parameters: {status: failed}",
    ]) {
      at("^options: {model: x}", "E_FIELD_CONTEXT", "it is for roles", agent);
      at("^session: fresh", "E_FIELD_CONTEXT", "it is for roles", agent);
    }
    goodWorkflow(`defaults: {session: fresh, options: {model: x}}\n${taskWith("timeout: 5", SHELL)}`);
    at("options: {driver: ^claude-cod}", "E_CHOICE", "claude-code");
    at("options: {driver: ^nobody}", "E_CHOICE");
    at("fallback: {agent: coder, options: {driver: ^codx}}", "E_CHOICE", "codex");
    goodWorkflow(
      taskWith("options: {driver: codex}, fallback: {agent: coder, options: {driver: '${1 + 1}'}}"),
    );
  });

  it("sessions of tasks that are none, or need not have ended", () => {
    at("session: ^contine", "E_CHOICE", "continue");
    at("session: ^'continue:zz'", "E_UNKNOWN_TASK", "z");
    goodWorkflow(taskWith("session: 'continue:z'"));
    for (const [other, why] of [
      ["agent: shell, parameters: {run: ls}", /^z is done by shell, which has no session$/],
      [
        "agent: coder, parameters: {task: x}, foreach: {items: [1]}",
        /^z has a session for each of its items$/,
      ],
    ] as const) {
      const text = taskWith("session: 'continue:z'").replace(TASK, `{id: z, ${other}}`);
      assert.match(only(text, "E_CHOICE").message, why);
    }
    goodWorkflow(taskWith("session: '${1 == 1 ? ''fresh'' : ''continue''}'"));
    const other = only(
      taskWith("session: 'continue:b'").replace(
        "  - {id: a",
        `  - ${TASK.replace("id: z", "id: b")}\n  - {id: a`,
      ),
      "E_REF_NOT_ANCESTOR",
    );
    assert.equal(other.hint, "dependencies: [b]");
  });

  it("axes that a matrix does not have, and lists of something else", () => {
    at("matrix: {node: [1], exclude: [{^nod: 1}]}", "E_UNKNOWN_KEY", "node");
    at("matrix: {node: [1], include: [{os: mac}], exclude: [{^os: mac}]}", "E_UNKNOWN_KEY");
    at("matrix: {node: [1], exclude: ^{node: 1}}", "E_TYPE");
    at("matrix: {node: [1], include: [^mac]}".replace("[^", "^["), "E_TYPE");
    goodWorkflow(
      taskWith("matrix: {node: [1], exclude: ['${trigger.body}', {node: 1}], include: '${trigger.body}'}"),
    );
  });

  it("paths outside of the workspace", () => {
    for (const field of ["artifacts", "touches"]) {
      for (const path of ["../out/**", "/etc", "~/x", "a/../../b"])
        at(`${field}: [ok, ^"${path}"]`, "E_OUTSIDE_ROOT");
      at(`${field}: ^"../x"`, "E_OUTSIDE_ROOT");
      at(`${field}: [^""]`, "E_REQUIRED");
      goodWorkflow(taskWith(`${field}: ["public/**", a..b, "\${trigger.body}"]`));
    }
    at("cache: {files: ^[]}", "E_REQUIRED");
  });

  it("times of a wait", () => {
    for (const until of ["tomorrow", "2026-02-30T00:00:00Z", "18:00"])
      at(`parameters: {until: ^"${until}"}`, "E_TYPE", "RFC 3339, such as 2026-12-24T18:00:00Z", "wait");
    at("parameters: {for: ^soon}", "E_TYPE", undefined, "wait");
    at("parameters: {for: ^366d}", "E_RANGE", undefined, "wait");
    at('timeout: ^"0s"', "E_RANGE");
    goodWorkflow(taskWith('parameters: {until: "2026-12-24T18:00:00+01:00"}', "wait"));
  });

  it("fields of tasks inside a group, and of an iteration", () => {
    const group =
      "{id: g, agent: group, parameters: {tasks: [{id: h, agent: group, parameters: {tasks: [{id: i, agent: shell, parameters: {run: ls}}]}}]}}";
    const reads = (path: string) =>
      `name: x\ntasks:\n  - ${group}\n  - {id: a, agent: coder, parameters: {task: "\${${path}}"}, dependencies: [g]}\n`;
    assert.equal(only(reads("g.tasks.h.stat"), "E_EXPR_NAME").hint, "status");
    assert.equal(only(reads("g.tasks.h.tasks.i.outputs"), "E_EXPR_NAME").hint, "output");
    assert.equal(only(reads("g.tasks.h.tasks.ii.output"), "E_EXPR_NAME").hint, "i");
    only(reads("g.tasks.h.error.clas"), "E_EXPR_NAME");
    goodWorkflow(reads("g.tasks.h.tasks.i.output.anything"));
    goodWorkflow(reads("g.tasks"));
    const repeated = (path: string) =>
      `name: x\ntasks:\n  - {id: a, agent: coder, parameters: {task: "\${${path}}"}, repeat: {until: true, max: 2}}\n`;
    assert.equal(only(repeated("previous.outptu"), "E_EXPR_NAME").hint, "output");
    assert.equal(only(repeated("previous.foo"), "E_EXPR_NAME").hint, "previous.output.foo");
    for (const path of [
      "previous",
      "previous.output.foo",
      "previous.error.class",
      "previous.tasks.x",
      "previous.status",
    ])
      goodWorkflow(repeated(path));
  });

  it("params without a choice, with a pattern that never closes, and what triggers give", () => {
    const param = (text: string) => `name: x\nparams:\n  p: ${text}\ntasks:\n  - ${TASK}\n`;
    assert.equal(only(param("{enum: []}"), "E_REQUIRED").at?.column, 13);
    assert.match(only(param("{pattern: 'v[0-9'}"), "E_TYPE").message, /opens \[ and does not close it/);
    assert.match(only(param("{pattern: 'v{a,b'}"), "E_TYPE").message, /opens \{/);
    for (const pattern of ["v\\\\[0", "[!a-z]*", "{a,b}/**", "[{]", "[]a]"])
      goodWorkflow(param(`{pattern: "${pattern}"}`));
    const trigger = (text: string) => `${param("{enum: [dev, live]}")}triggers:\n  - ${text}\n`;
    only(trigger("{webhook: go, params: {p: moon}}"), "E_PARAM_CHOICE");
    const unknown = trigger("{webhook: go, params: {p: dev, pp: dev}}");
    assert.deepEqual(
      [only(unknown, "E_PARAM_UNKNOWN").hint, only(unknown, "E_PARAM_UNKNOWN").at?.line],
      ["p", 7],
    );
    assert.equal(only(trigger("{webhook: go}"), "E_PARAM_MISSING").message, "x needs p");
    goodWorkflow(trigger("{webhook: go, params: {p: '${trigger.body.p}'}}"));
    only(trigger("{files: [], params: {p: dev}}"), "E_REQUIRED");
    only(trigger("{workflow: y, on: [], params: {p: dev}}"), "E_REQUIRED");
  });
});

describe("schedules", () => {
  it("takes numbers, names, lists, ranges and steps", () => {
    for (const text of [
      "0 7 * * 1-5",
      "*/15 0,12 1-7/2 JAN-mar Mon,fri",
      "59 23 31 12 7",
      " 0  0 29 2 * ",
      "0 0 31 2 mon",
      "0 7 * * fri-sun",
      "0 7 * * Sat-SUN/2",
      "0 7 * * sun-tue",
      "@hourly",
      "@daily",
      "@weekly",
      "@monthly",
      " @Yearly ",
    ])
      assert.equal(cronProblem(text), null, text);
  });
  for (const [text, told, hint] of [
    ["60 * * * *", /^minute "60": there is no minute "60"$/, "minutes are 0 to 59"],
    ["* 24 * * *", /no hour "24"/, "hours are 0 to 23"],
    ["* * 0 * *", /no day "0"/, undefined],
    ["* * * 13 *", /no month "13"/, undefined],
    ["* * * jam *", /no month "jam"/, "jan"],
    ["* * * * 8", /no weekday "8"/, undefined],
    ["* * * * mnday", /no weekday "mnday"/, undefined],
    ["5-1 * * * *", /the range ends before it begins/, "1-5, or 5-59,0-1"],
    ["0 22-2 * * *", /the range ends before it begins/, "2-22, or 22-23,0-2"],
    ["0 0 * * fri-mon", /the range ends before it begins/, "1-5, or 5-7,1"],
    ["0 0 * * 5-0", /the range ends before it begins/, "5-7"],
    ["0 0 * 12-2 *", /the range ends before it begins/, "2-12, or 12,1-2"],
    ["1-2-3 * * * *", /a range has two ends/, undefined],
    ["*/0 * * * *", /a step is a whole number from 1 to 59/, "*/15"],
    ["*/60 * * * *", /a step is a whole number from 1 to 59/, "*/15"],
    ["0 */24 * * *", /a step is a whole number from 1 to 23/, "*/6"],
    ["*/5/5 * * * *", /no number, list, range or step/, undefined],
    ["1,, * * * *", /no number, list, range or step/, undefined],
    ["-1 * * * *", /no minute ""/, undefined],
    ["0 0 31 2 *", /names a day that no month of it has/, undefined],
    ["0 0 31 feb,apr *", /names a day that no month of it has/, undefined],
    ["0 7 * *", /no schedule of five fields/, undefined],
    ["@dayly", /"@dayly" is no schedule/, "@daily"],
    ["@reboot", /"@reboot" is no schedule/, undefined],
  ] as const) {
    it(`refuses ${text}`, () => {
      const problem = only(`name: x\ntriggers:\n  - {cron: "${text}"}\ntasks:\n  - ${TASK}\n`, "E_TYPE");
      assert.match(problem.message, told);
      assert.deepEqual([problem.at?.line, problem.at?.column], [3, 12]);
      if (hint !== undefined) assert.equal(problem.hint, hint);
    });
  }
});

describe("a rehearsal file", () => {
  const wrong = (text: string, tasks: ReadonlySet<string> | null = new Set(["build", "check"])) => {
    const read = readScript("x.rehearsal.yaml", text, tasks);
    return read.ok
      ? []
      : read.problems.map(({ code, hint, at: place }) => [code, hint, place?.line, place?.column]);
  };

  it("names tasks that are there, and parts and classes of outcomes, all at once with their places", () => {
    const text =
      "biuld:\n  - { fail: timeot }\ncheck:\n  - { exit_cod: 1, delay: -1, limit: often, exit_code: 256 }\n  - 5\n";
    assert.deepEqual(wrong(text), [
      ["E_UNKNOWN_TASK", "build", 1, 1],
      ["E_CHOICE", "timeout", 2, 13],
      ["E_TYPE", undefined, 4, 3],
    ]);
    assert.deepEqual(wrong(text.replace("  - 5\n", "")).slice(2), [
      ["E_UNKNOWN_KEY", "exit_code", 4, 7],
      ["E_RANGE", undefined, 4, 27],
      ["E_TYPE", undefined, 4, 38],
      ["E_RANGE", undefined, 4, 56],
    ]);
    assert.deepEqual(wrong("biuld: [{ fail: own_class }]", null), []);
    assert.deepEqual(wrong("- 1"), [["E_TYPE", undefined, 1, 1]]);
    assert.deepEqual(wrong("a: {")[0]?.[0], "E_YAML_SYNTAX");
  });

  it("may name tasks of groups and of workflows that are called, and any where an expression decides", () => {
    const named = (text: string) => tasksNamed(JSON.parse(goodWorkflow(text).definition));
    const group =
      "{id: g, agent: group, parameters: {tasks: [{id: i, agent: shell, parameters: {run: ls}}]}}";
    assert.deepEqual([...(named(`name: x\ntasks:\n  - ${TASK}\n  - ${group}\n`) ?? [])], ["z", "g", "i"]);
    assert.equal(
      named("name: x\ntasks:\n  - {id: w, agent: workflow, parameters: {name: '${trigger.body}'}}\n"),
      null,
    );
  });
});
