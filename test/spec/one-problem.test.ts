/** One mistake gives one problem, with its place: what follows from it is not told as well. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { problemsOf } from "../support/surroundings.ts";

const T = "{id: a, agent: coder, parameters: {task: x}}";
const f = (task: string, top = "") => `name: x\n${top}\ntasks:\n  - ${task}\n`;
const two = (second: string, first = "{id: build, agent: coder, parameters: {task: x}}") =>
  `name: x\ntasks:\n  - ${first}\n  - ${second}\n`;

const CASES: Readonly<Record<string, string>> = {
  unknownParamKey: f("{id: a, agent: coder, parameters: {tsak: x}}"),
  paramKeyOther: f("{id: a, agent: coder, parameters: {zzz: x}}"),
  shellKey: f("{id: a, agent: shell, parameters: {rn: ls}}"),
  shellKey2: f("{id: a, agent: shell, parameters: {script: ls}}"),
  runNumber: f("{id: a, agent: shell, parameters: {run: 5}}"),
  cmdText: f("{id: a, agent: shell, parameters: {command: ls}}"),
  badDep: two("{id: b, agent: coder, parameters: {task: '${build.output}'}, dependencies: [biuld]}"),
  depText: two("{id: b, agent: coder, parameters: {task: '${build.output}'}, dependencies: build}"),
  idMissing: f("{agent: coder, parameters: {task: x}}"),
  agentMissing: f("{id: a, parameters: {task: x}}"),
  agentTypo: f("{id: a, agent: codr, parameters: {task: x}}"),
  agentShellTypo: f("{id: a, agent: shel, parameters: {run: x}}"),
  taskVar: f("{id: a, agent: coder, parameters: {task: '${a}'}}", "context: {variables: {a: 1}}"),
  dupId: two("{id: build, agent: coder, parameters: {task: '${build.output}'}}"),
  repeatMax: f("{id: a, agent: coder, parameters: {task: x}, repeat: {until: true, max: 0}}"),
  repeatUntil: f("{id: a, agent: coder, parameters: {task: x}, repeat: {until: 5, max: 2}}"),
  repeatNoMax: f("{id: a, agent: coder, parameters: {task: x}, repeat: {until: true}}"),
  foreachItems: f("{id: a, agent: coder, parameters: {task: '${item}'}, foreach: {items: 5}}"),
  foreachKey: f("{id: a, agent: coder, parameters: {task: '${item}'}, foreach: {itms: [1]}}"),
  foreachText: f("{id: a, agent: coder, parameters: {task: '${item}'}, foreach: list}"),
  matrixAxis: f("{id: a, agent: coder, parameters: {task: '${matrix.node}'}, matrix: {node: 5}}"),
  matrixText: f("{id: a, agent: coder, parameters: {task: '${matrix.node}'}, matrix: 5}"),
  paramType: f(T, "params: {p: {type: strng, default: 5}}"),
  paramDefault: f(T, "params: {p: {type: number, default: x}}"),
  paramEnum: f(T, "params: {p: {type: number, enum: [a], default: 1}}"),
  paramNotMap: f("{id: a, agent: coder, parameters: {task: '${p}'}}", "params: {p: 5}"),
  secretWrong: f(
    "{id: a, agent: shell, env: {K: '${secrets.K}'}, parameters: {run: ls}}",
    "context: {secrets: {K: {env: 5}}}",
  ),
  secretKey: f(
    "{id: a, agent: shell, env: {K: '${secrets.K}'}, parameters: {run: ls}}",
    "context: {secrets: {K: {evn: X}}}",
  ),
  secretText: f(
    "{id: a, agent: shell, env: {K: '${secrets.K}'}, parameters: {run: ls}}",
    "context: {secrets: {K: X}}",
  ),
  varsList: f("{id: a, agent: coder, parameters: {task: '${v}'}}", "params: {}\ncontext: {variables: [v]}"),
  ctxTypo: f("{id: a, agent: coder, parameters: {task: '${v}'}}", "params: {}\ncontext: {variabels: {v: 1}}"),
  groupTypo: f("{id: g, agent: group, parameters: {taks: [{id: i, agent: coder, parameters: {task: x}}]}}"),
  groupNoTasks: f("{id: g, agent: group}"),
  groupRef: two(
    "{id: b, agent: coder, dependencies: [g], parameters: {task: '${g.tasks.i.output}'}}",
    "{id: g, agent: group, parameters: {tasks: 5}}",
  ),
  waitNone: f("{id: a, agent: wait}"),
  waitBad: f("{id: a, agent: wait, parameters: {for: soon}}"),
  finishBad: f("{id: a, agent: finish, parameters: {status: ok}}"),
  httpNone: f("{id: a, agent: http}"),
  approvalMode: f("{id: a, agent: approval, parameters: {mode: phrse}}"),
  approvalPhrase: f("{id: a, agent: approval, parameters: {mode: phrase, phrase: 5}}"),
  triggerBad: f(T, "triggers: [{cron: 5}]"),
  triggerKey: f(T, "triggers: [{crn: '0 7 * * *'}]"),
  retryText: f("{id: a, agent: coder, parameters: {task: x}, retry: 3}"),
  timeoutText: f("{id: a, agent: coder, parameters: {task: x}, timeout: long}"),
  exprSyntax: f("{id: a, agent: coder, parameters: {task: '${a +}'}}"),
  cond: two(
    "{id: b, agent: coder, dependencies: [build], condition: '${build.output.x = 1}', parameters: {task: x}}",
  ),
  cyc: two(
    "{id: b, agent: coder, dependencies: [build], parameters: {task: x}}",
    "{id: build, agent: coder, parameters: {task: '${b.output}'}, dependencies: [b]}",
  ),
  rule: two("{id: b, agent: coder, dependencies: [biuld], trigger_rule: one_success, parameters: {task: x}}"),
  ruleBadDep: two(
    "{id: b, agent: coder, dependencies: biuld, trigger_rule: one_success, parameters: {task: x}}",
  ),
  effect: f("{id: a, agent: shell, parameters: {run: ls}, effect: checkabel, check: [x]}"),
  effect2: f("{id: a, agent: shell, parameters: {run: ls}, effect: checkable, check: x}"),
  schema: f("{id: a, agent: coder, parameters: {task: x}, output_schema: {type: objct}}"),
  defaultsBad: `name: x\ndefaults: {retry: {max_attempts: 0}}\ntasks:\n  - ${T}\n  - ${T.replace("id: a", "id: b")}\n`,
  defaultsDuration: `name: x\ndefaults: {timeout: 400d}\ntasks:\n  - ${T}\n  - ${T.replace("id: a", "id: b")}\n`,
  defaultsExpr: `name: x\nparams: {}\ndefaults: {timeout: "\${nope}"}\ntasks:\n  - ${T}\n  - ${T.replace("id: a", "id: b")}\n`,
  defaultsKey: `name: x\ndefaults: {timout: 5}\ntasks:\n  - ${T}\n`,
  defaultsFallback: `name: x\ndefaults: {fallback: {agent: codr}}\ntasks:\n  - ${T}\n  - ${T.replace("id: a", "id: b")}\n`,
  defaultsCriteria: `name: x\ndefaults: {success_criteria: ["a b c"]}\ntasks:\n  - ${T}\n  - ${T.replace("id: a", "id: b")}\n`,
  defaultsCheckable: `name: x\ndefaults: {effect: checkable}\ntasks:\n  - ${T}\n  - ${T.replace("id: a", "id: b")}\n`,
  defaultsEnv: `name: x\ndefaults: {env: {PATH: x}}\ntasks:\n  - ${T}\n  - ${T.replace("id: a", "id: b")}\n`,
  defaultsCache: `name: x\ndefaults: {cache: {paths: [../x]}}\ntasks:\n  - ${T}\n  - ${T.replace("id: a", "id: b")}\n`,
  noName: `tasks:\n  - ${T}`,
  noTasks: "name: x",
  tasksMap: "name: x\ntasks: {a: 1}",
  tasksEmpty: "name: x\ntasks: []",
  nul: "",
  taskText: "name: x\ntasks: [a]",
};

describe("one mistake", () => {
  for (const [name, text] of Object.entries(CASES)) {
    it(`gives one problem with its place: ${name}`, () => {
      const problems = problemsOf(text);
      assert.equal(problems.length, 1, JSON.stringify(problems));
      const place = problems[0]?.at;
      assert.ok(place !== undefined && place.line > 0 && place.column > 0);
    });
  }

  it("in defaults is told once, where it is written, however many tasks have it", () => {
    for (const [field, code] of [
      ["timeout: 400d", "E_RANGE"],
      ["env: {PATH: x}", "E_ENV_NAME"],
      ["fallback: {agent: codr}", "E_UNKNOWN_AGENT"],
      ["effect: checkable", "E_REQUIRED"],
    ] as const) {
      const tasks = ["a", "b", "c"].map((id) => `  - ${T.replace("id: a", `id: ${id}`)}`).join("\n");
      const problems = problemsOf(`name: x\ndefaults:\n  ${field}\ntasks:\n${tasks}\n`);
      assert.deepEqual(
        problems.map((problem) => [problem.code, problem.at?.line]),
        [[code, 3]],
      );
    }
  });

  it("in a list is told once for each of its items, and the other items are checked all the same", () => {
    const told = (text: string) => problemsOf(text).map(({ message }) => message);
    assert.deepEqual(told(`name: x\ntasks: [hello, null, ${T.replace("task: x", "tsak: x")}, [a]]\n`), [
      'each of tasks must be a task, a map, not "hello"',
      "each of tasks must be a task, a map, not empty",
      'unknown key "tsak"',
      "each of tasks must be a task, a map, not a list",
    ]);
    assert.deepEqual(told(f("{id: a, agent: coder, parameters: {task: x}, dependencies: [5, null]}")), [
      "each of dependencies must be text, not 5",
      "each of dependencies must be text, not empty",
    ]);
    assert.deepEqual(
      told(`name: x\ntasks:\n  - ${T}\nhooks: { on_start: [hello, null] }\ntriggers: [foo, null]\n`),
      [
        'each of on_start must be a task, a map, not "hello"',
        "each of on_start must be a task, a map, not empty",
        'each of triggers must be a trigger, a map, not "foo"',
        "each of triggers must be a trigger, a map, not empty",
      ],
    );
  });

  it("in two ids is none of a third one: that they are the same", () => {
    const problems = problemsOf(
      two("{id: 5, agent: coder, parameters: {task: x}}", T.replace("id: a", "id: a b")),
    );
    assert.deepEqual(
      problems.map(({ code, hint }) => [code, hint ?? null]),
      [
        ["E_TYPE", null],
        ["E_TYPE", "begin it with a letter"],
      ],
    );
  });

  it("in the parameters of a script is no lack of a script", () => {
    const problems = problemsOf(f("{id: a, agent: shell, parameters: {run: 5, x: 3}}"));
    assert.deepEqual(
      problems.map(({ message }) => message),
      ["run must be text, not 5", 'unknown key "x"'],
    );
  });

  it("beside another mistake hides none", () => {
    const codes = (text: string) => problemsOf(text).map(({ code }) => code);
    const wrong =
      "{id: a, agent: coder, parameters: {tsak: x}, retry: {max_attempts: 0}, dependencies: [zz]}";
    assert.deepEqual(codes(f(wrong)), ["E_UNKNOWN_KEY", "E_RANGE", "E_UNKNOWN_TASK"]);
    const refs = "{id: b, agent: coder, parameters: {task: '${build.output} ${nope.output}'}}";
    assert.deepEqual(codes(two(refs)), ["E_REF_NOT_ANCESTOR", "E_EXPR_NAME"]);
  });
});
