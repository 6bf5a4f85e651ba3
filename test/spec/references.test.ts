import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitOfAll } from "../../src/core/codes.ts";
import { bodyAt, linkDefinition, readWorkflow } from "../../src/spec/workflow-file.ts";
import { goodWorkflow, problemsOf, surroundings } from "../support/surroundings.ts";
import { only, tasks } from "../support/written.ts";

const A = "{id: a, agent: coder, parameters: {task: x}}";

describe("X1 values and shells", () => {
  for (const [script, hint] of [
    ["echo ${title}", 'env: { TITLE: "${title}" } and "$TITLE" in the script'],
    ["echo ${title:-none}", 'env: { TITLE: "${title}" } and "${TITLE:-none}" in the script'],
    ["echo ${title-none}", 'env: { TITLE: "${title}" } and "${TITLE-none}" in the script'],
    ["echo ${#title}", 'env: { TITLE: "${title}" } and "${#TITLE}" in the script'],
    ["echo ${params.title}", 'env: { TITLE: "${params.title}" } and "$TITLE" in the script'],
    ["echo ${site}", 'env: { SITE: "${site}" } and "$SITE" in the script'],
    ["echo ${b.output.url}", 'env: { B_URL: "${b.output.url}" } and "$B_URL" in the script'],
    [
      "echo ${fn:uppercase(title)}",
      'env: { UPPERCASE_TITLE: "${fn:uppercase(title)}" } and "$UPPERCASE_TITLE" in the script',
    ],
    ["echo ${secrets.KEY}", 'env: { KEY: "${secrets.KEY}" } and "$KEY" in the script'],
  ] as const) {
    it(`X1 refuses ${script} with the line to write instead`, () => {
      const text = [
        "name: x",
        "params: {title: {type: string}}",
        "context: {variables: {site: s}, secrets: {KEY: {env: KEY}}}",
        "tasks:",
        "  - {id: b, agent: shell, parameters: {run: ls}}",
        "  - id: a",
        "    agent: shell",
        "    dependencies: [b]",
        "    parameters:",
        `      run: ${script}`,
      ].join("\n");
      const problem = only(text, "E_EXPR_IN_SHELL");
      assert.equal(problem.hint, hint);
      assert.deepEqual([problem.at?.line, problem.at?.column], [10, 17]);
      assert.equal(exitOfAll([problem]), 3);
    });
  }
  it("X1 leaves to bash what is bash's, and what env defines", () => {
    goodWorkflow(
      [
        "name: x",
        "params: {title: {type: string}}",
        "tasks:",
        "  - id: a",
        "    agent: shell",
        '    env: { title: "${title}" }',
        "    parameters:",
        "      run: |",
        '        echo "${HOME}" ${x:-1} ${#list[@]} ${title} ${1} ${index} ${key%.*} $((1+1)) ${a} ${!ref} ${a-b}',
      ].join("\n"),
    );
  });
  it("X1 finds the item of a foreach, and the names of the groups around", () => {
    const body = "{id: s, agent: shell, parameters: {run: 'echo ${file}'}}";
    const text = tasks(
      `{id: g, agent: group, foreach: {items: [1], as: file}, parameters: {tasks: [${body}]}}`,
    );
    only(text, "E_EXPR_IN_SHELL");
  });
  it("X1 lets every item of a command hold values", () => {
    goodWorkflow(tasks("{id: a, agent: shell, parameters: {command: [echo, '${title}', 5]}}"));
  });
});

describe("X7 secrets in expressions", () => {
  const head = "context: {secrets: {KEY: {env: KEY}}}\n";
  for (const line of [
    "{id: a, agent: coder, description: 'x ${secrets.KEY}', parameters: {task: x}}",
    "{id: a, agent: coder, parameters: {task: 'use ${secrets.KEY}'}}",
    "{id: a, agent: coder, condition: \"${secrets.KEY == 'a'}\", parameters: {task: x}}",
    "{id: a, agent: coder, touches: ['${secrets.KEY}'], parameters: {task: x}}",
    "{id: a, agent: http, parameters: {url: 'https://x.example/${secrets.KEY}'}}",
    '{id: a, agent: coder, parameters: {task: x}, success_criteria: ["x == secrets.KEY"]}',
    "{id: a, agent: notify, parameters: {message: '${context.secrets.KEY}'}}",
  ]) {
    it(`X7 refuses a secret in ${line.slice(0, 70)}`, () => {
      const problems = problemsOf(head + tasks(line));
      assert.equal(problems[0]?.code, "E_SECRET_CONTEXT", JSON.stringify(problems));
    });
  }
  it("X7 takes it in env and in a credential, and only one that is declared", () => {
    goodWorkflow(head + tasks("{id: a, agent: shell, parameters: {run: ls}, env: {K: '${secrets.KEY}'}}"));
    goodWorkflow(
      head +
        tasks("{id: a, agent: http, parameters: {url: 'https://x.example', credential: '${secrets.KEY}'}}"),
    );
    assert.equal(
      only(
        head + tasks("{id: a, agent: shell, parameters: {run: ls}, env: {K: '${secrets.KEI}'}}"),
        "E_SECRET_UNKNOWN",
      ).hint,
      "KEY",
    );
  });
  it("takes what a caller hands down, and reads the checked definition back without the caller", () => {
    const text = head + tasks("{id: a, agent: shell, parameters: {run: ls}, env: {K: '${secrets.GIVEN}'}}");
    assert.match(only(text, "E_SECRET_UNKNOWN").hint ?? "", /^declare it there; what a parent hands down/);
    const { definition } = goodWorkflow(text, "wf.yaml", { secretsGiven: new Set(["GIVEN"]) });
    assert.equal(linkDefinition(definition, surroundings()).tasks[0]?.id, "a");
  });
  it("hands secrets down by names that it has, and none to a plan", () => {
    const call = (more: string) => head + tasks(`{id: w, agent: workflow, parameters: {${more}}}`);
    goodWorkflow(call("name: other, secrets: [KEY]"));
    assert.equal(only(call("name: other, secrets: [KEI]"), "E_SECRET_UNKNOWN").hint, "KEY");
    only(call("name: other, secrets: ['${trigger.body}']"), "E_SECRET_UNKNOWN");
    only(call("inline: {tasks: []}, secrets: [KEY]"), "E_FIELD_CONTEXT");
  });
  it("takes a secret from a command only in the project's own files", () => {
    const text = `context: {secrets: {KEY: {command: [pass, key]}}}\n${tasks(A)}`;
    goodWorkflow(text);
    const read = readWorkflow("wf.yaml", text, surroundings({ secretCommandsAllowed: false }));
    assert.ok(!read.ok);
    assert.equal(read.problems[0]?.code, "E_SECRET_COMMAND");
    assert.equal(exitOfAll(read.problems), 4);
  });
});

describe("X8 names", () => {
  it("X8 refuses a path below a name nobody declares, in a workflow without params too", () => {
    const text = tasks("{id: a, agent: coder, parameters: {task: 'x ${nope.output}'}}");
    const problem = only(text, "E_EXPR_NAME");
    assert.equal(problem.at?.column, (text.split("\n")[2] ?? "").indexOf("nope") + 1);
  });
  it("X8 refuses a bare name only where params are declared", () => {
    const text = tasks("{id: a, agent: coder, parameters: {task: 'x ${topic}'}}");
    assert.deepEqual(
      goodWorkflow(text).workflow.params.map(({ name }) => name),
      ["topic"],
    );
    assert.equal(only(`params: {topics: {}}\n${text}`, "E_EXPR_NAME").hint, "topics");
  });
  it("warns when a bare name is like a known one", () => {
    const text = `context: {variables: {topics: 1}}\n${tasks("{id: a, agent: coder, parameters: {task: 'x ${topic}'}}")}`;
    const { warnings } = goodWorkflow(text);
    assert.deepEqual(
      warnings.map(({ code, at }) => [code, at?.line]),
      [["W_NAME_LIKE", 4]],
    );
  });
  it("refuses fields that tasks, runs and triggers do not have", () => {
    const reader = (text: string) =>
      tasks(A, `{id: b, agent: coder, dependencies: [a], parameters: {task: '${text}'}}`);
    assert.equal(only(reader("${a.outputs}"), "E_EXPR_NAME").hint, "output");
    assert.equal(only(reader("${a.error.code}"), "E_EXPR_NAME").hint, "class or message");
    only(reader("${run.status}"), "E_EXPR_NAME");
    only(reader("${trigger.bodi}"), "E_EXPR_NAME");
    only(reader("${env.HOME}"), "E_EXPR_NAME");
    only(reader("${item}"), "E_EXPR_NAME");
    goodWorkflow(
      reader(
        "${a.output.x} ${a.error.class} ${run.id} ${trigger.body.a} ${iteration} ${previous.output} ${feedback}",
      ),
    );
    goodWorkflow(reader("${env.HOME}"), "wf.yaml", { environmentPass: ["HOME"] });
  });
});

describe("only ancestors may be named", () => {
  it("names the dependency to add", () => {
    const text = tasks(A, "{id: b, agent: coder, parameters: {task: '${a.output}'}}");
    assert.equal(only(text, "E_REF_NOT_ANCESTOR").hint, "add it: dependencies: [a]");
    goodWorkflow(text.replace("{id: b,", "{id: b, dependencies: [a],"));
  });
  it("takes an ancestor that is no direct dependency", () => {
    goodWorkflow(
      tasks(
        A,
        "{id: b, agent: coder, dependencies: [a], parameters: {task: x}}",
        "{id: c, agent: coder, dependencies: [b], parameters: {task: '${a.output}'}}",
      ),
    );
  });
  it("exempts hooks, outputs and until", () => {
    const text = [
      tasks("{id: a, agent: coder, parameters: {task: x}, repeat: {until: '${a.output.done}', max: 3}}"),
      "hooks: {on_complete: [{id: h, agent: notify, parameters: {message: '${a.output} ${run.failed}'}}]}",
      "outputs: {x: '${a.output}'}",
    ].join("\n");
    goodWorkflow(text);
  });
  it("refuses a task's own output in its condition, and items before there are any", () => {
    only(
      tasks("{id: a, agent: coder, condition: '${a.output.x}', parameters: {task: x}}"),
      "E_REF_NOT_ANCESTOR",
    );
    only(
      tasks("{id: a, agent: coder, foreach: {items: [1]}, condition: '${item > 1}', parameters: {task: x}}"),
      "E_EXPR_NAME",
    );
  });
  it("refuses outputs in what is read before a task may start", () => {
    const problem = only(
      tasks(A, "{id: b, agent: coder, dependencies: [a], timeout: '${a.output}', parameters: {task: x}}"),
      "E_REF_NOT_ANCESTOR",
    );
    assert.match(problem.hint ?? "", /params, variables/);
  });
  it("checks the axes of a matrix", () => {
    const line = (axis: string) =>
      tasks(
        `{id: a, agent: shell, matrix: {node: [22], include: [{node: 24, extra: 1}]}, labels: ['\${matrix.${axis}}'], parameters: {run: ls}}`,
      );
    goodWorkflow(line("extra"));
    assert.equal(only(line("nod"), "E_EXPR_NAME").hint, "node");
  });
});

describe("bodies of groups", () => {
  const text = [
    "name: x",
    "params: {topic: {type: string}}",
    "context: {variables: {site: s}, secrets: {KEY: {env: K}}}",
    "tasks:",
    "  - {id: list, agent: shell, parameters: {run: ls}}",
    "  - id: each",
    "    agent: group",
    "    dependencies: [list]",
    "    foreach: {items: '${list.output}', as: file}",
    "    repeat: {until: '${check.output.ok}', max: 2}",
    "    parameters:",
    "      outputs: {done: '${check.output}'}",
    "      tasks:",
    "        - {id: edit, agent: coder, parameters: {task: '${file} ${topic} ${site} ${list.status} ${previous.status}'}}",
    "        - id: write",
    "          agent: group",
    "          dependencies: [edit]",
    "          parameters:",
    "            tasks:",
    "              - {id: check, agent: shell, env: {K: '${secrets.KEY}', F: '${file}', E: '${edit.output}'}, parameters: {run: ls}}",
    "outputs: {a: '${each.tasks.write}'}",
  ];
  it("notes which names of outside they read", () => {
    const good = text
      .join("\n")
      .replace("${check.output.ok}", "${write.output.check.ok}")
      .replace("${check.output}'}", "${write.output}'}");
    const { workflow } = goodWorkflow(good);
    const body = bodyAt(workflow, ["each"]);
    assert.deepEqual([...body.outerNames].sort(), ["file", "list", "previous", "site", "topic"]);
    assert.deepEqual([...bodyAt(workflow, ["each", "write"]).outerNames].sort(), ["edit", "file"]);
    assert.equal(body.digest, `${workflow.digest}#each`);
    assert.equal(bodyAt(workflow, ["each", "write"]).digest, `${workflow.digest}#each/write`);
    assert.deepEqual(Object.keys(body.secrets), ["KEY"]);
    assert.throws(() => bodyAt(workflow, ["list"]), /is a group/);
  });
  it("does not show the inside of an inner group, and says how to reach it", () => {
    const problems = problemsOf(text.join("\n"));
    assert.deepEqual(
      problems.map(({ code, hint }) => [code, hint]),
      [
        ["E_EXPR_NAME", "each.tasks.write.tasks.check"],
        ["E_EXPR_NAME", "each.tasks.write.tasks.check"],
      ],
    );
  });
  it("refuses ids that come twice in the file, in bodies and hooks too", () => {
    const twice = tasks(
      A,
      "{id: g, agent: group, parameters: {tasks: [{id: a, agent: coder, parameters: {task: x}}]}}",
    );
    only(twice, "E_DUPLICATE_ID");
    only(`${tasks(A)}\nhooks: {on_start: [${A}]}`, "E_DUPLICATE_ID");
  });
  it("refuses groups more than five deep", () => {
    let inner = A;
    for (let depth = 1; depth <= 6; depth += 1)
      inner = `{id: g${depth}, agent: group, parameters: {tasks: [${inner}]}}`;
    assert.equal(problemsOf(tasks(inner))[0]?.code, "E_DEPTH");
  });
});
