import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitOfAll } from "../../src/core/codes.ts";
import type { JsonMap } from "../../src/core/json.ts";
import type { Task } from "../../src/core/workflow.ts";
import { linkDefinition, readInline, readWorkflow } from "../../src/spec/workflow-file.ts";
import { goodWorkflow, problemsOf, surroundings } from "../support/surroundings.ts";
import { only, tasks, taskWith } from "../support/written.ts";

function firstTask(text: string): Task {
  return goodWorkflow(text).workflow.tasks[0] ?? assert.fail();
}

describe("a task", () => {
  it("has the defaults of the language", () => {
    const task = firstTask(taskWith());
    assert.equal(task.kind, "attempt");
    assert.equal(task.rule, "all_success");
    assert.equal(task.onFailure, "fail");
    assert.equal(task.effect, "idempotent");
    assert.equal(task.pool, "default");
    assert.equal(task.priority, 0);
    assert.equal(task.retry, null);
    assert.equal(task.line, 3);
  });
  it("has durations in seconds", () => {
    const task = firstTask(
      taskWith(
        "timeout: 2h",
        "idle_timeout: 900",
        "retry: {delay: 1.5m, max_delay: 1d, backoff: exponential}",
      ),
    );
    assert.equal(task.timeout, 7200);
    assert.equal(task.idleTimeout, 900);
    assert.deepEqual(task.retry, {
      maxAttempts: 2,
      delaySeconds: 90,
      backoff: "exponential",
      maxDelaySeconds: 86_400,
      jitter: true,
      on: null,
    });
  });
  it("may have its numbers from expressions", () => {
    const text = `params: {n: {type: number}}\n${taskWith("timeout: ${n * 2}", "priority: ${n}", "concurrency: {group: g, limit: '${n}'}")}`;
    const task = firstTask(text);
    assert.equal(typeof task.timeout, "object");
    assert.equal(typeof task.priority, "object");
  });
  it("gets what it lacks from defaults, hooks and bodies too, maps as a whole", () => {
    const text = [
      "defaults: {timeout: 10, retry: {max_attempts: 5}, foreach: {items: [1]}}",
      tasks(
        "{id: a, agent: coder, parameters: {task: x}, retry: {delay: 1}}",
        "{id: g, agent: group, parameters: {tasks: [{id: b, agent: coder, parameters: {task: x}}]}}",
      ),
      "hooks: {on_start: [{id: h, agent: shell, parameters: {run: ls}}]}",
    ].join("\n");
    const { workflow } = goodWorkflow(text);
    const [a, g, h] = workflow.tasks;
    assert.equal(a?.timeout, 10);
    assert.equal(a?.retry?.maxAttempts, 2);
    assert.equal(g?.body?.tasks[0]?.retry?.maxAttempts, 5);
    assert.equal(h?.timeout, 10);
    assert.equal(h?.map, null);
    assert.equal(h?.hook, "on_start");
    assert.deepEqual(workflow.hooks.on_start, [2]);
    assert.equal(workflow.size, 2);
  });
  it("keeps the written order of matrix axes, in the definition too", () => {
    const one = goodWorkflow(taskWith("matrix: {os: [linux], node: [22]}")).workflow;
    const other = goodWorkflow(taskWith("matrix: {node: [22], os: [linux]}")).workflow;
    const axes = one.tasks[0]?.map?.kind === "matrix" ? one.tasks[0].map.axes : assert.fail();
    assert.ok(Array.isArray(axes));
    assert.deepEqual(
      axes.map(([name]) => name),
      ["os", "node"],
    );
    assert.notEqual(one.digest, other.digest);
  });
  it("keeps its digest when only the layout changes", () => {
    const flow = 'tasks: [{parameters: {task: "t"}, agent: coder, id: a}]\nname: x';
    assert.equal(goodWorkflow(flow).workflow.digest, goodWorkflow(taskWith()).workflow.digest);
  });
  it("refuses rules that can never be met", () => {
    for (const rule of ["one_success", "none_failed_min_one_success", "one_failed", "all_failed"]) {
      only(taskWith(`trigger_rule: ${rule}`), "E_TRIGGER_RULE");
      only(taskWith(`trigger_rule: ${rule}`, "dependencies: []"), "E_TRIGGER_RULE");
    }
    goodWorkflow(taskWith("trigger_rule: all_done"));
  });
  it("refuses foreach with matrix, an effect without its check, and names nobody may take", () => {
    only(taskWith("foreach: {items: [1]}", "matrix: {a: [1]}"), "E_FIELD_CONTEXT");
    only(taskWith("effect: checkable"), "E_REQUIRED");
    only(taskWith("foreach: {items: [1], as: run}"), "E_RESERVED_NAME");
    only(taskWith("foreach: {items: [1], as: a}"), "E_DUPLICATE_ID");
    only(taskWith().replace("id: a", "id: matrix"), "E_RESERVED_NAME");
    only(`params: {a: {}}\n${taskWith()}`, "E_DUPLICATE_ID");
    only(`params: {b: {}}\ncontext: {variables: {b: 1}}\n${taskWith()}`, "E_DUPLICATE_ID");
    only(`params: {api_token: {}}\n${taskWith()}`, "E_SECRET_IN_PARAM");
  });
  it("refuses environment names that choose programs (C4)", () => {
    for (const name of [
      "LD_PRELOAD",
      "NODE_OPTIONS",
      "GIT_SSH_COMMAND",
      "PATH",
      "BASH_ENV",
      "DYLD_INSERT_LIBRARIES",
      "PYTHONSTARTUP",
    ]) {
      only(taskWith(`env: {${name}: x}`), "E_ENV_NAME");
    }
    assert.deepEqual(
      firstTask(taskWith("env: {N: 5, B: true}")).env.map(([, value]) => value),
      [
        { kind: "literal", value: "5" },
        { kind: "literal", value: "true" },
      ],
    );
  });
});

describe("agents", () => {
  it("names the nearest agent", () => {
    assert.equal(only(tasks("{id: a, agent: codr, parameters: {task: x}}"), "E_UNKNOWN_AGENT").hint, "coder");
    assert.equal(
      only(taskWith("fallback: {agent: nobody}"), "E_UNKNOWN_AGENT").hint,
      "a role is a file: .claude/agents/nobody.md",
    );
  });
  for (const [parameters, code] of [
    ["agent: shell, parameters: {}", "E_REQUIRED"],
    ["agent: shell", "E_REQUIRED"],
    ["agent: shell, parameters: {run: ls, command: [ls]}", "E_FIELD_CONTEXT"],
    ["agent: shell, parameters: {run: ls, cwd: ../x}", "E_OUTSIDE_ROOT"],
    ["agent: shell, parameters: {command: [sleep, 1.10]}", "E_TYPE"],
    ["agent: wait, parameters: {}", "E_REQUIRED"],
    ["agent: wait, parameters: {for: 1m, timeout: 1m}", "E_FIELD_CONTEXT"],
    ["agent: finish", "E_REQUIRED"],
    ["agent: finish, parameters: {status: succeeded}", "E_CHOICE"],
    ["agent: workflow, parameters: {name: x, path: y}", "E_FIELD_CONTEXT"],
    ["agent: workflow, parameters: {name: x, secrets: [K]}", "E_SECRET_UNKNOWN"],
    ["agent: group, parameters: {tasks: []}", "E_REQUIRED"],
    ["agent: http, parameters: {method: GET}", "E_REQUIRED"],
    ["agent: coder, parameters: {}", "E_REQUIRED"],
    ["agent: coder, parameters: {task: x, taks: y}", "E_UNKNOWN_KEY"],
    ["agent: approval, parameters: {mode: phrase}", "E_REQUIRED"],
    ['agent: approval, parameters: {phrase: "\\e[2J SHIP"}', "E_ENCODING"],
    ['agent: approval, parameters: {phrase: "SHIP\\nIT"}', "E_ENCODING"],
    ["agent: approval, parameters: {mode: conditional}", "E_REQUIRED"],
    ["agent: approval, parameters: {send_back_to: b}", "E_UNKNOWN_TASK"],
    ["agent: approval, parameters: {fields: {n: {type: nmber}}}", "E_CHOICE"],
    ["agent: approval, parameters: {fields: {n: {type: number, least: 3}}}", "E_UNKNOWN_KEY"],
    ["agent: approval, parameters: {fields: {n: {type: number, max: 5, default: 9}}}", "E_FIELD"],
    ["agent: approval, parameters: {fields: [why]}", "E_TYPE"],
    ["agent: approval, approval: {mode: ask}", "E_FIELD_CONTEXT"],
  ] as const) {
    it(`refuses ${parameters} with ${code}`, () => {
      only(tasks(`{id: a, ${parameters}}`), code);
    });
  }
  it("asks a driver's own check, and shows its problem at the key it names", () => {
    const check = () => [{ code: "E_ARG", message: "site_path may not begin with -", hint: "a folder" }];
    const problems = problemsOf(tasks("{id: a, agent: hugo-build, parameters: {site_path: -v}}"), "wf.yaml", {
      checks: new Map([["hugo-build", check]]),
    });
    assert.deepEqual(
      problems.map(({ code, at }) => [code, at?.column]),
      [["E_ARG", 56]],
    );
  });
  it("keeps a script as it is, whatever stands beside it", () => {
    const task = firstTask(
      tasks("{id: a, agent: shell, parameters: {run: 'echo ${x} $${y}', cwd: '${folder}'}}"),
    );
    assert.ok(task.parameters.kind === "map");
    assert.deepEqual(task.parameters.entries.find(([key]) => key === "run")?.[1], {
      kind: "literal",
      value: "echo ${x} $${y}",
    });
  });
});

describe("approvals by environment", () => {
  const deploy = (more: string) =>
    tasks(`{id: a, agent: deploy, parameters: {environment: production}${more}}`);
  it("asks for the phrase before production, whatever the file says", () => {
    for (const more of [
      "",
      ", approval: {mode: ask}",
      ", approval: {mode: conditional, when: false}",
      ", approval: {mode: phrase, phrase: yes please}",
    ]) {
      const { approval } = firstTask(deploy(more));
      assert.equal(approval?.mode, "phrase");
      assert.equal(approval?.phrase, "DEPLOY TO PRODUCTION");
      assert.equal(approval?.when, null);
    }
    const worker = deploy("").replace("agent: deploy", "agent: hugo-deploy-production");
    const { workflow } = goodWorkflow(worker, "wf.yaml", { workers: new Set(["hugo-deploy-production"]) });
    assert.equal(workflow.tasks[0]?.approval?.mode, "phrase");
  });
  it("A7 refuses a file that turns the gate off, as policy", () => {
    const problem = only(deploy(", approval: {mode: none}"), "E_GATE_REQUIRED");
    assert.equal(exitOfAll([problem]), 4);
  });
  it("A7 refuses a deploy that stands in for something else, and gates that only a name shows", () => {
    const instead = tasks("{id: a, agent: shell, parameters: {run: x}, fallback: {agent: deploy}}");
    assert.match(only(instead, "E_GATE_REQUIRED").message, /deploy would be done in place of shell/);
    only(deploy(", approval: {mode: none}").replace("production}", "Production}"), "E_GATE_REQUIRED");
  });
  it("A7 refuses what would let a rejected or unasked gate pass", () => {
    assert.match(only(deploy(", on_failure: skip"), "E_GATE_REQUIRED").message, /would count as done/);
    const gate = (more: string) =>
      tasks(`{id: a, agent: approval, parameters: {phrase: DEPLOY TO PRODUCTION}${more}}`);
    assert.match(only(gate(", on_failure: skip"), "E_GATE_REQUIRED").message, /let the tasks after it go on/);
    for (const never of ["false", "'false'", "'${false}'"])
      assert.match(only(gate(`, condition: ${never}`), "E_GATE_REQUIRED").message, /asks nobody/);
    assert.equal(firstTask(gate(", condition: '${run.name == \"x\"}'")).approval?.mode, "phrase");
  });
  it("A7 knows production by its bucket as well", () => {
    const isProduction = ({ bucket }: JsonMap) => bucket === "live";
    const alias = tasks(
      "{id: a, agent: deploy, approval: {mode: none}, parameters: {environment: preview, bucket: live}}",
    );
    const read = readWorkflow("wf.yaml", alias, surroundings({ isProduction }));
    assert.deepEqual(read.ok ? [] : read.problems.map(({ code }) => code), ["E_GATE_REQUIRED"]);
  });
  it("asks by phrase when the target turns out to be production", () => {
    const late = (approval: string) =>
      `params: {target: {type: string}}\n${tasks(`{id: a, agent: deploy, parameters: {environment: '\${target}'}${approval}}`)}`;
    const bare = firstTask(late("")).approval;
    assert.equal(bare?.mode, "phrase");
    assert.ok(typeof bare?.when === "object" && bare.when?.source.includes("== 'production'"));
    assert.equal(firstTask(late(", approval: {mode: ask}")).approval?.when, null);
    const conditional = firstTask(late(", approval: {mode: conditional, when: '${target == 1}'}")).approval;
    assert.ok(typeof conditional?.when === "object" && conditional.when?.source.includes("||"));
  });
  it("asks conditionally before staging, and for nothing else", () => {
    const at = (environment: string) =>
      firstTask(tasks(`{id: a, agent: deploy, parameters: {environment: ${environment}}}`)).approval;
    assert.equal(at("staging")?.mode, "conditional");
    assert.equal(at("dev")?.mode, "none");
    assert.equal(
      firstTask(tasks("{id: a, agent: hugo-build, parameters: {environment: production}}")).approval,
      null,
    );
  });
  it("sends work back to an ancestor only", () => {
    const text = tasks(
      "{id: w, agent: coder, parameters: {task: x}}",
      "{id: a, agent: approval, dependencies: [w], parameters: {send_back_to: w}}",
    );
    assert.equal(goodWorkflow(text).workflow.tasks[1]?.approval?.sendBackTo, 0);
    only(text.replace("dependencies: [w], ", ""), "E_REF_NOT_ANCESTOR");
  });
});

describe("hooks, triggers, settings", () => {
  it("refuses what a hook may not be or have", () => {
    const hook = (line: string) => `${taskWith()}\nhooks: {on_failure: [{id: h, ${line}}]}`;
    only(hook("agent: approval"), "E_FIELD_CONTEXT");
    only(hook("agent: wait, parameters: {for: 1}"), "E_FIELD_CONTEXT");
    only(hook("agent: shell, parameters: {run: ls}, foreach: {items: [1]}"), "E_FIELD_CONTEXT");
    only(hook("agent: finish, parameters: {status: success}"), "E_FIELD_CONTEXT");
    only(hook("agent: shell, parameters: {run: ls}, dependencies: [a]"), "E_FIELD_CONTEXT");
    assert.match(
      only(
        `${taskWith("dependencies: [h]")}\nhooks: {on_start: [{id: h, agent: shell, parameters: {run: ls}}]}`,
        "E_UNKNOWN_TASK",
      ).message,
      /is a hook/,
    );
  });
  it("checks triggers", () => {
    const trigger = (line: string) => `triggers: [${line}]\n${taskWith()}`;
    goodWorkflow(trigger('{cron: "0 7 * * 1-5", timezone: Europe/Berlin}'));
    only(trigger('{cron: "0 7 * *"}'), "E_TYPE");
    only(trigger('{cron: "0 7 * * *", timezone: Mars/Olympus}'), "E_TYPE");
    only(trigger("{name: x}"), "E_REQUIRED");
    only(trigger("{webhook: w, debounce: 5}"), "E_FIELD_CONTEXT");
    only(trigger("{webhook: w, condition: '${a.output}'}"), "E_EXPR_NAME");
  });
  it("W warns of timeouts longer than the run's, of contains in until and of short silences", () => {
    const text = tasks(
      "{id: a, agent: coder, timeout: 40m, parameters: {task: x}}",
      "{id: b, agent: coder, timeout: 40m, dependencies: [a], parameters: {task: x}, idle_timeout: 60}",
      "{id: c, agent: coder, dependencies: [b], parameters: {task: x}, repeat: {until: \"${fn:contains(c.output, 'DONE')}\", max: 3}}",
    );
    assert.deepEqual(
      goodWorkflow(text)
        .warnings.map(({ code }) => code)
        .sort(),
      ["W_CONTAINS_IN_UNTIL", "W_IDLE_TIMEOUT", "W_TIMEOUTS"],
    );
  });
  it("W warns of self_approval where nobody is named to approve", () => {
    const warned = (more: string) =>
      goodWorkflow(tasks(`{id: a, agent: approval, parameters: {message: Go?, ${more}}}`)).warnings.map(
        ({ code, at }) => [code, at?.line],
      );
    assert.deepEqual(warned("self_approval: false"), [["W_NO_EFFECT", 3]]);
    assert.deepEqual(warned("self_approval: true, approvers: []"), [["W_NO_EFFECT", 3]]);
    assert.deepEqual(warned("self_approval: true, approvers: [ann]"), []);
    assert.deepEqual(warned("approvers: [ann]"), []);
  });
});

describe("definitions and schema files", () => {
  it("throws on a definition that was never checked", () => {
    assert.throws(() => linkDefinition("[]", surroundings()), /no workflow/);
    assert.throws(
      () =>
        linkDefinition(
          '{"name":"x","tasks":[{"id":"a","agent":"coder","dependencies":["z"]}]}',
          surroundings(),
        ),
      /never checked: E_UNKNOWN_TASK/,
    );
  });
  it("links a definition whose role is gone by now", () => {
    const { definition } = goodWorkflow(taskWith());
    assert.equal(linkDefinition(definition, surroundings({ roles: new Set() })).tasks[0]?.agent, "coder");
  });
  it("puts the text of a schema file into the definition", () => {
    const text = taskWith("output_schema: schemas/a.json");
    assert.equal(problemsOf(text)[0]?.code, "E_NOT_FOUND");
    const schemaFile = () => ({ ok: true, value: { type: "object" } }) as const;
    const { workflow } = goodWorkflow(text, "wf.yaml", { schemaFile });
    assert.deepEqual(workflow.tasks[0]?.outputSchema, { type: "object" });
    assert.equal(firstTask(taskWith("output_schema: decapod:workflow")).outputSchema, "decapod:workflow");
    only(taskWith("output_schema: {type: object, $dynamicRef: x}"), "E_SCHEMA_KEYWORD");
  });
});

describe("inline workflows", () => {
  const rules = {
    allow: new Set(["coder", "checker"]),
    tasksMax: 2,
    timeoutSeconds: 100,
    maxParallel: 2,
    budget: { usd: 1, tokens: null },
  };
  const plan = (more: object, ...list: object[]) =>
    ({
      tasks: list.length > 0 ? list : [{ id: "a", agent: "coder", parameters: { task: "x ${goal}" } }],
      ...more,
    }) as never;
  it("reads a plan without a name, and its bare names as params", () => {
    const read = readInline(plan({}), surroundings(), rules);
    assert.ok(read.ok);
    assert.deepEqual(
      read.value.workflow.params.map(({ name }) => name),
      ["goal"],
    );
  });
  for (const [what, more, list, code] of [
    ["secrets", { context: { secrets: { K: { env: "K" } } } }, [], "E_NOT_ALLOWED"],
    ["triggers", { triggers: [{ webhook: "w" }] }, [], "E_NOT_ALLOWED"],
    ["hooks", { hooks: { on_start: [] } }, [], "E_NOT_ALLOWED"],
    ["shell", {}, [{ id: "a", agent: "shell", parameters: { run: "ls" } }], "E_NOT_ALLOWED"],
    ["other roles", {}, [{ id: "a", agent: "planner", parameters: { task: "x" } }], "E_NOT_ALLOWED"],
    [
      "shell in a group",
      {},
      [
        {
          id: "g",
          agent: "group",
          parameters: { tasks: [{ id: "a", agent: "shell", parameters: { run: "ls" } }] },
        },
      ],
      "E_NOT_ALLOWED",
    ],
    ["a longer timeout", { settings: { timeout: "2h" } }, [], "E_RANGE"],
    ["more money", { settings: { budget: { usd: 2 } } }, [], "E_RANGE"],
    [
      "names of outside",
      {},
      [{ id: "a", agent: "coder", parameters: { task: "${other.output}" } }],
      "E_EXPR_NAME",
    ],
    [
      "too many tasks",
      {},
      ["a", "b", "c"].map((id) => ({ id, agent: "coder", parameters: { task: "x" } })),
      "E_TOO_LARGE",
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      const read = readInline(plan(more, ...list), surroundings(), rules);
      assert.ok(!read.ok);
      assert.deepEqual(
        read.problems.map((problem) => problem.code),
        [code],
      );
    });
  }
  it("takes no secrets and triggers whatever is allowed, and hooks when they are", () => {
    const allow = new Set(["coder", "secrets", "triggers", "hooks"]);
    const codes = (more: object) => {
      const read = readInline(plan(more), surroundings(), { ...rules, allow });
      return read.ok ? [] : read.problems.map(({ code }) => code);
    };
    assert.deepEqual(codes({ context: { secrets: { K: { env: "K" } } } }), ["E_NOT_ALLOWED"]);
    assert.deepEqual(codes({ triggers: [{ webhook: "w" }] }), ["E_NOT_ALLOWED"]);
    assert.deepEqual(codes({ hooks: { on_start: [] } }), []);
  });
  it("says where, without a line", () => {
    const read = readInline(
      plan({}, { id: "a", agent: "shell", parameters: { run: "ls" } }),
      surroundings(),
      rules,
    );
    assert.ok(!read.ok && read.problems[0]?.message.includes("(at tasks[0].agent)"));
  });
});

it("reads what the same text as bytes gives", () => {
  const read = readWorkflow("wf.yaml", Buffer.from(taskWith()), surroundings());
  assert.ok(read.ok);
});

describe("fields that an agent cannot carry out", () => {
  const QUESTION = "{id: a, agent: approval, parameters: {message: Go?}";
  const PAUSE = "{id: a, agent: wait, parameters: {for: 5}";
  const GROUP = "{id: a, agent: group, parameters: {tasks: [{id: s, agent: shell, parameters: {run: ls}}]}";
  for (const [line, field, hint] of [
    [`${QUESTION}, repeat: {until: "a.output.decision == 'approve'", max: 3}}`, "repeat", /group/],
    [`${QUESTION}, timeout: 60}`, "timeout", /expires/],
    [`${PAUSE}, retry: {max_attempts: 3}}`, "retry", /no attempt/],
    [`${PAUSE}, success_criteria: ["x == 1"]}`, "success_criteria", /no attempt/],
    [`${GROUP}, output_schema: {type: object}}`, "output_schema", /inside/],
    [`${GROUP}, env: {A: b}}`, "env", /inside/],
  ] as const) {
    it(`refuses ${field} in ${line.slice(8, 24)}`, () => {
      const problem = only(tasks(line), "E_FIELD_CONTEXT");
      assert.match(problem.message, new RegExp(`^${field} has no effect on a task of agent`));
      assert.match(problem.hint ?? "", hint);
    });
  }
  it("leaves alone what comes from defaults, and what does fit", () => {
    goodWorkflow(
      `defaults: {retry: {max_attempts: 2}, timeout: 60}\n${tasks(`${QUESTION}, on_failure: skip}`)}`,
    );
    goodWorkflow(tasks(`${GROUP}, timeout: 60, retry: {max_attempts: 2}, expected_outputs: [s]}`));
  });
});

describe("limits of nesting, and paths", () => {
  const nested = (depth: number) =>
    Array.from({ length: depth }, (_, level) => depth - level).reduce(
      (inside, level) => `{id: g${level}, agent: group, parameters: {tasks: [${inside}]}}`,
      "{id: s, agent: shell, parameters: {run: ls}}",
    );
  it("takes one limit for all users of a concurrency group", () => {
    const user = (id: string, more: string) =>
      `{id: ${id}, agent: shell, parameters: {run: ls}, concurrency: {group: db${more}}}`;
    goodWorkflow(tasks(user("a", ", limit: 2"), user("b", ", limit: 2"), user("c", "-other")));
    const problem = only(tasks(user("a", ""), user("b", ", limit: 2")), "E_FIELD_CONTEXT");
    assert.equal(problem.message, "group db has the limit 1 on line 3 and 2 here");
  });
  it("lets what lies in a group that touches paths touch only those", () => {
    const inside = (outer: string, inner: string) => {
      const script = `{id: s, agent: shell, parameters: {run: ls}, touches: ${inner}}`;
      const middle = `{id: m, agent: group, parameters: {tasks: [${script}]}}`;
      return tasks(`{id: g, agent: group, touches: ${outer}, parameters: {tasks: [${middle}]}}`);
    };
    goodWorkflow(inside("content/**", "[content/a.md, content/b/**]"));
    goodWorkflow(inside("content/**", "['${run.name}/x']"));
    goodWorkflow(inside("['${run.name}/**', data]", "content/a.md"));
    goodWorkflow(tasks("{id: a, agent: shell, touches: [x], parameters: {run: ls}}"));
    const { message, at } = only(
      inside("[content/**, public]", "[content/a.md, data, '${run.name}']"),
      "E_FIELD_CONTEXT",
    );
    assert.equal(message, "data lies outside of what group g touches: content/**, public");
    assert.equal(at?.line, 3);
  });
  it("takes groups 5 deep, and no deeper", () => {
    goodWorkflow(tasks(nested(5)));
    only(tasks(nested(6)), "E_DEPTH");
  });
  it("keeps what a cache puts back inside the workspace", () => {
    goodWorkflow(taskWith("cache: {key: x, paths: [public/, a/..b]}"));
    for (const path of ["../x", "/x", "a/../../x", ".", "./"])
      only(taskWith(`cache: {key: x, paths: ["${path}"]}`), "E_OUTSIDE_ROOT");
  });
});
