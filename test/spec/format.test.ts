import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { formatWorkflow } from "../../src/spec/format.ts";
import { belowOf, type Form, WORKFLOW } from "../../src/spec/format-order.ts";
import { KEYS } from "../../src/spec/schema-words.ts";
import { goodWorkflow } from "../support/surroundings.ts";

const ROOT = join(import.meta.dirname, "../..");

function formatted(text: string, file = "a.yaml"): string {
  const read = formatWorkflow(file, text);
  if (read.ok) return read.value;
  throw new Error(read.problems.map(({ code, message }) => `${code} ${message}`).join("\n"));
}

describe("the layout of workflow files", () => {
  const FOLDERS = ["templates", "examples", "test/data/example-workflows", "test/data/founding"];
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith(".yaml") && !name.includes("rehearsal") && !name.includes("schema"))
      .map((name) => join(folder, name)),
  );

  for (const file of files) {
    it(`${file}: keeps its digest, and formatting it again changes nothing`, () => {
      const text = readFileSync(join(ROOT, file), "utf8");
      const once = formatted(text);
      assert.equal(goodWorkflow(once).workflow.digest, goodWorkflow(text).workflow.digest);
      assert.equal(formatted(once), once);
    });
  }

  it("is the one of everything that comes with decapod, but for the founding texts", () => {
    for (const file of files.filter((name) => /^(?:templates|examples)/.test(name)))
      if (!file.includes("-template."))
        assert.equal(
          formatted(readFileSync(join(ROOT, file), "utf8")),
          readFileSync(join(ROOT, file), "utf8"),
          file,
        );
  });

  it("has a place for every key of the language", () => {
    const at = (form: Form, ...path: readonly string[]): Form =>
      path.reduce((above, key) => {
        const below = belowOf(above, key, "group");
        assert.ok(below !== null, `there is something below ${key}`);
        return below.form();
      }, form);
    const PLACES: readonly (readonly [name: string, path: readonly string[]])[] = [
      ["a workflow", []],
      ["a task", ["tasks"]],
      ["a task", ["tasks", "parameters", "tasks"]],
      ["a task", ["hooks", "on_failure"]],
      ["a param", ["params"]],
      ["settings", ["settings"]],
      ["a budget", ["settings", "budget"]],
      ["concurrency of a run", ["settings", "concurrency"]],
      ["a workspace of a run", ["settings", "workspace"]],
      ["a trigger", ["triggers"]],
      ["context", ["context"]],
      ["hooks", ["hooks"]],
      ["options", ["tasks", "options"]],
      ["a retry", ["tasks", "retry"]],
      ["an approval", ["tasks", "approval"]],
      ["foreach", ["tasks", "foreach"]],
      ["repeat", ["tasks", "repeat"]],
      ["repair", ["tasks", "repair"]],
      ["fallback", ["tasks", "fallback"]],
      ["a cache", ["tasks", "cache"]],
    ];
    for (const [name, path] of PLACES) {
      const known = at(WORKFLOW, ...path).keys;
      assert.deepEqual(
        (KEYS.get(name) ?? assert.fail(name)).filter((key) => !known.includes(key)),
        [],
        name,
      );
    }
  });

  it("orders the keys of the language, and leaves alone the names that people choose", () => {
    const text = `outputs: { z: 1, a: 2 }
tasks:
- parameters: {b: 1, a: 2}
  env: {Z: 'z', A: "a"}
  id: one
  agent: coder
  x-own: 1
  matrix: {os: [b, a], max_parallel: 2, node: [1]}
  retry: {on: [timeout], max_attempts: 2}
params: { z: {default: 1, type: number}, a: {} }
name: x
version: "1.0"
`;
    assert.equal(
      formatted(text),
      `version: "1.0"
name: x
params: { z: { type: number, default: 1 }, a: {} }
tasks:
  - id: one
    agent: coder
    parameters: { b: 1, a: 2 }
    retry: { max_attempts: 2, on: [timeout] }
    matrix: { os: [b, a], max_parallel: 2, node: [1] }
    env: { Z: 'z', A: "a" }
    x-own: 1
outputs: { z: 1, a: 2 }
`,
    );
  });

  it("puts a script and the body of a group behind what is short", () => {
    const text = `name: x
tasks:
  - id: g
    agent: group
    parameters:
      outputs: {}
      tasks:
        - { agent: shell, parameters: { run: ls }, id: a }
    timeout: 5
  - id: s
    agent: shell
    parameters:
      run: |
        ls
    env: { A: "1" }
`;
    assert.equal(
      formatted(text),
      `name: x
tasks:
  - id: g
    agent: group
    timeout: 5
    parameters:
      tasks:
        - { id: a, agent: shell, parameters: { run: ls } }
      outputs: {}
  - id: s
    agent: shell
    env: { A: "1" }
    parameters:
      run: |
        ls
`,
    );
  });

  it("keeps every comment with what it stands at, and what stands on top of a map on top", () => {
    const text = `# head of the file

name:   x   # the name
# about the tasks
tasks:
# about the first
- agent: shell   # its agent
  # about its parameters
  parameters: { run: "echo # none" }

  # about its id
  id: a
# about the settings, which are none
settings:
outputs: {}
# end of the file
`;
    assert.equal(
      formatted(text),
      `# head of the file

name: x # the name
# about the settings, which are none
settings: null
# about the tasks
tasks:
  # about the first
  # about its id
  - id: a
    agent: shell # its agent
    # about its parameters
    parameters: { run: "echo # none" }
outputs: {}

# end of the file
`,
    );
  });

  it("keeps how values are written, folds again what was folded, and joins nothing that stood apart", () => {
    const text = `name: 'x'
x-all: [1.10, 0x1F, 1e3, ~, true, "a\\tb", 'it''s', plain text,
  .5]
description: >-
    words that are folded
    over lines

    and a paragraph
tasks: [{id: a, agent: shell, parameters: {run: "ls"}}]
`;
    assert.equal(
      formatted(text),
      `name: 'x'
description: >-
  words that are folded over lines

  and a paragraph
tasks: [{ id: a, agent: shell, parameters: { run: "ls" } }]
x-all: [1.10, 0x1F, 1e3, ~, true, "a\\tb", 'it''s', plain text, .5]
`,
    );
    const long = `name: x\ntasks: []\nx-long: "${"word ".repeat(60)}"\nx-list: [${"word, ".repeat(40)}word]\n`;
    assert.equal(formatted(long), long, "what stands on one line stays on it");
  });

  it("leaves a script as it is, to the last space and the last line", () => {
    const scripts = [
      "|\n        a  \n\n          b\t\n        # c\n",
      "|-\n        x\n",
      "|+\n        x\n\n\n",
      "|2\n          x\n",
    ];
    for (const script of scripts) {
      const text = `name: x\ntasks:\n  - id: a\n    agent: shell\n    parameters:\n      run: ${script}`;
      assert.equal(
        goodWorkflow(formatted(text)).workflow.digest,
        goodWorkflow(text).workflow.digest,
        JSON.stringify(script),
      );
    }
  });

  it("takes files with other line ends, a byte order mark or a document start, and gives plain ones", () => {
    const plain = "name: x\ntasks: []\n";
    assert.equal(formatted(plain.replaceAll("\n", "\r\n")), plain);
    assert.equal(formatted(`\ufeff${plain}`), plain);
    assert.equal(formatted(`---\n${plain}`), `---\n${plain}`);
    assert.equal(formatted("name: x\ntasks: []"), plain);
  });

  it("formats JSON as JSON, each number as it is written", () => {
    const text =
      '{"tasks":[{"x-n":1.10,"agent":"shell","id":"a","parameters":{"run":"ls"}}],"name":"x","x-n":1e3}';
    assert.equal(
      formatted(text, "a.json"),
      `${JSON.stringify(
        {
          name: "x",
          tasks: [{ id: "a", agent: "shell", parameters: { run: "ls" }, "x-n": 1 }],
          "x-n": 2,
        },
        null,
        2,
      )
        .replace('"x-n": 1\n', '"x-n": 1.10\n')
        .replace('"x-n": 2\n', '"x-n": 1e3\n')}\n`,
    );
    assert.equal(formatted(formatted(text, "a.json"), "a.json"), formatted(text, "a.json"));
  });

  it("refuses what is no workflow file, with its place", () => {
    for (const [text, code] of [
      ["name: [", "E_YAML_SYNTAX"],
      ["- a", "E_TYPE"],
      ["", "E_TYPE"],
      ["a: &x 1", "E_YAML_ALIAS"],
      ["a: 1\na: 2", "E_YAML_DUPLICATE"],
    ] as const) {
      const read = formatWorkflow("a.yaml", text);
      assert.deepEqual(read.ok ? [] : read.problems.map((problem) => problem.code), [code], text);
    }
  });
});
