import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitOfAll } from "../../src/core/codes.ts";
import type { Problem } from "../../src/core/problem.ts";
import { readWorkflow } from "../../src/spec/workflow-file.ts";
import { leastMs } from "../support/least.ts";
import { goodWorkflow, problemsOf, surroundings } from "../support/surroundings.ts";
import { tasks } from "../support/written.ts";

/** A workflow of one task with more lines of its own. */
function taskWith(...lines: readonly string[]): string {
  const head = ["name: x", "tasks:", "  - id: a", "    agent: coder", "    parameters: { task: t }"];
  return [...head, ...lines.map((line) => `    ${line}`)].join("\n");
}

function codes(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ code }) => code);
}

/** Every problem has a line and a column; returns the first. */
function only(text: string, code: string, file = "wf.yaml"): Problem {
  const problems = problemsOf(text, file);
  assert.ok(problems.length > 0, "it is refused");
  assert.equal(exitOfAll(problems), 3);
  for (const { at, code: found } of problems)
    assert.ok(at !== undefined && at.line > 0 && at.column > 0, `${found} has a place`);
  const problem = problems.find((one) => one.code === code);
  assert.ok(problem !== undefined, `${code} is among ${codes(problems)}`);
  return problem;
}

describe("Y1 alias bomb", () => {
  it("Y1 refuses a nine-level bomb of nine without unfolding it", () => {
    const bomb = ["a0: &a0 [x]"];
    for (let level = 1; level <= 9; level += 1)
      bomb.push(
        `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      );
    only("a: &a [*a]", "E_YAML_ALIAS");
    const refused = () => only(bomb.join("\n"), "E_YAML_ALIAS");
    assert.equal(refused().at?.line, 1);
    const took = leastMs(refused, 50);
    assert.ok(took < 50, `${took} ms`);
    const memory = process.memoryUsage().heapUsed;
    refused();
    const more = process.memoryUsage().heapUsed - memory;
    assert.ok(more < 10_000_000, `${more} bytes`);
  });
  it("Y1 refuses an alias inside itself, a merge key and an alias of nothing", () => {
    only("a: &a [*a]", "E_YAML_ALIAS");
    only("a: {b: 1}\nc: {<<: {d: 1}}", "E_YAML_ALIAS");
    only("a: *nothing", "E_YAML_ALIAS");
  });
});

describe("Y2 depth", () => {
  for (const [what, text, file] of [
    ["brackets", "[".repeat(20_000), "wf.yaml"],
    ["braces", "a: ".concat("{a: ".repeat(20_000)), "wf.yaml"],
    ["dashes", "- ".repeat(20_000), "wf.yaml"],
    ["brackets of JSON", `{"a":${"[".repeat(20_000)}`, "wf.json"],
    ["brackets of JSON that are closed", `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`, "wf.json"],
  ] as const) {
    it(`Y2 refuses 20,000 ${what} at once`, () => {
      const took = leastMs(() => only(text, "E_DEPTH", file), 20);
      assert.ok(took < 20, `${took} ms`);
    });
  }
  it("Y2 refuses 5,000 nested block maps by size, and fewer by depth", () => {
    const nested = (count: number) =>
      Array.from({ length: count }, (_, index) => `${" ".repeat(index)}a:`).join("\n");
    only(nested(5000), "E_TOO_LARGE");
    only(nested(1400), "E_DEPTH");
    only(nested(100), "E_DEPTH");
  });
  it("Y2 reads 64 levels and refuses 65", () => {
    const nested = (count: number) => `x: ${"[".repeat(count)}1${"]".repeat(count)}`;
    const text = (count: number) => `${taskWith()}\n${nested(count).replace("x:", "metadata: {a:")}}`;
    assert.deepEqual(codes(problemsOf(text(62))), []);
    assert.deepEqual(codes(problemsOf(text(64))), ["E_DEPTH"]);
  });
  it("Y2 counts nothing that stands in a script", () => {
    const script = Array.from({ length: 300 }, (_, line) => `          echo ${"[".repeat(line % 3)} {`).join(
      "\n",
    );
    goodWorkflow(
      `name: x\ntasks:\n  - id: a\n    agent: shell\n    parameters:\n      run: |\n          x=1\n${script.replaceAll("{", "")}`,
    );
  });
});

describe("Y3 width", () => {
  it("Y3 refuses too many keys, bytes, tasks and values", () => {
    const keys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}: 1`).join("\n");
    only(keys(20_000), "E_TOO_LARGE");
    only(keys(100_000), "E_TOO_LARGE");
    only(`a: ${"x".repeat(1024 * 1024)}`, "E_TOO_LARGE");
    only(`{"a":"${"x".repeat(8 * 1024 * 1024)}"}`, "E_TOO_LARGE", "wf.json");
    const list = Array.from({ length: 10_001 }, (_, index) => `{"id":"t${index}","agent":"coder"}`).join(",");
    assert.match(only(`{"name":"x","tasks":[${list}]}`, "E_TOO_LARGE", "wf.json").message, /10,000 tasks/);
    const numbers = `{"name":"x","tasks":[],"metadata":{"a":[${Array(400_001).fill("1").join(",")}]}}`;
    assert.match(only(numbers, "E_TOO_LARGE", "wf.json").message, /400,000 values/);
  });
  it("Y3 says what to do instead", () => {
    assert.match(only(`a: ${"x".repeat(1024 * 1024)}`, "E_TOO_LARGE").hint ?? "", /JSON, or use foreach/);
  });
});

describe("Y4 prototype", () => {
  it("Y4 refuses reserved names at every level, as task id and as variable", () => {
    for (const name of ["__proto__", "constructor", "prototype"]) {
      only(`${name}: {admin: true}\n${taskWith()}`, "E_RESERVED_NAME");
      only(taskWith(`env: {${name}: x}`), "E_RESERVED_NAME");
      only(
        taskWith("output_schema:", "  type: object", "  properties:", `    ${name}: {type: string}`),
        "E_RESERVED_NAME",
      );
      only(tasks(`{id: ${name}, agent: coder, parameters: {task: x}}`), "E_RESERVED_NAME");
      only(`context: {variables: {${name}: 1}}\n${taskWith()}`, "E_RESERVED_NAME");
      only(
        `{"name":"x","tasks":[{"id":"a","agent":"coder","parameters":{"task":"t","${name}":{"admin":true}}}]}`,
        "E_RESERVED_NAME",
        "wf.json",
      );
    }
    assert.equal(({} as { admin?: boolean }).admin, undefined);
  });
});

describe("Y5 tags", () => {
  it("Y5 refuses every tag", () => {
    for (const value of [
      "!!js/function x",
      "!!python/object/apply:os.system [x]",
      "!include /etc/passwd",
      "!!binary eA==",
      "!!str 5",
      "! x",
    ]) {
      only(`name: x\ndescription: ${value}`, "E_YAML_TAG");
    }
  });
  it("Y5 refuses directives", () => {
    only("%YAML 1.1\n---\nname: x", "E_YAML_SYNTAX");
  });
});

describe("what is no YAML or JSON of ours", () => {
  it("a key that is a list, a map or nothing is refused where it stands", () => {
    for (const key of ["? [a]\n: 1", "? { a: 1 }\n: 1", "name: x\n? \n: 1"])
      assert.match(only(key, "E_YAML_KEY").message, /a key must be plain text/);
  });
  it("a .json file that is not JSON is refused with line and column", () => {
    assert.equal(only('{\n"name": x}', "E_JSON", "wf.json").at?.line, 2);
    only("name: x", "E_JSON", "wf.json");
    only("", "E_JSON", "wf.json");
  });
});

describe("Y6 duplicates and documents", () => {
  it("Y6 names the lines of both", () => {
    assert.match(only("a: 1\na: 2", "E_YAML_DUPLICATE").message, /lines 1 and 2/);
    assert.match(
      only('{"name":"x",\n"tasks":[],\n"name":"y"}', "E_YAML_DUPLICATE", "wf.json").message,
      /lines 1 and 3/,
    );
    assert.match(only("a: 1\n---\nb: 2", "E_YAML_DUPLICATE").message, /lines 1 and 2/);
  });
  it("Y6 is not fooled by colons in JSON texts", () => {
    goodWorkflow(
      '{"name":"a: b \\" : \\\\","tasks":[{"id":"a","agent":"coder","parameters":{"task":":::"}}]}',
      "wf.json",
    );
  });
});

describe("Y7 typing traps", () => {
  for (const [text, written] of [
    [taskWith().replace("name: x", "name: 1.10"), "1.10"],
    [taskWith().replace("task: t", "task: 0777"), "0777"],
    [`version: 1e3\n${taskWith()}`, "1e3"],
    [`version: 1.10\n${taskWith()}`, "1.10"],
    [`version: 1.1\n${taskWith()}`, "1.1"],
    [taskWith("env: {VERSION: 1.10}"), "1.10"],
    [taskWith("description: true"), "true"],
  ] as const) {
    it(`Y7 refuses ${written} where a text is meant`, () => {
      const problem = only(text, "E_TYPE");
      assert.ok(`${problem.message} ${problem.hint}`.includes(written));
      assert.match(problem.hint ?? "", /write it in quotes/);
    });
  }
  it("Y7 refuses a number where a name is meant, which quotes would not make one", () => {
    const problem = only(taskWith().replace("id: a", "id: 12345678901234567890"), "E_TYPE");
    assert.match(problem.message, /, not 12345678901234567890$/);
    assert.equal(problem.hint, "begin it with a letter");
  });
  it("Y7 refuses a text where a list is meant: no is a text", () => {
    assert.match(only(taskWith("retry: { on: no }"), "E_TYPE").message, /"no"/);
  });
  it("Y7 reads an unquoted version 1.0", () => {
    assert.match(goodWorkflow(`version: 1.0\n${taskWith()}`).definition, /"version":"1.0"/);
    assert.match(goodWorkflow(`version: "1.10"\n${taskWith()}`).definition, /"version":"1.10"/);
  });
  it("Y7 refuses another version by name", () => {
    assert.match(only(`version: "2.0"\n${taskWith()}`, "E_VERSION").message, /2\.0/);
    assert.match(only(`version: 0.9\n${taskWith()}`, "E_VERSION").message, /0\.9/);
  });
});

describe("Y8 unknown keys", () => {
  it("Y8 names the key, its place and the one that was meant", () => {
    const problem = only(taskWith("depedencies: [b]"), "E_UNKNOWN_KEY");
    assert.equal(problem.message, 'unknown key "depedencies"');
    assert.equal(problem.hint, "dependencies");
    assert.deepEqual(problem.at, { file: "wf.yaml", line: 6, column: 5, length: 11 });
    assert.equal(only(taskWith("retries: 3"), "E_UNKNOWN_KEY").hint, "retry");
    assert.equal(only(taskWith("needs: [b]"), "E_UNKNOWN_KEY").hint, "dependencies");
  });
  it("Y8 goes on with the key that was meant, so that its problems are seen too", () => {
    assert.deepEqual(codes(problemsOf(taskWith("depedencies: [b]"))), ["E_UNKNOWN_KEY", "E_UNKNOWN_TASK"]);
  });
  it("Y8 looks into blocks, bodies, hooks and parameters", () => {
    only(taskWith("retry: { max_attempt: 2 }"), "E_UNKNOWN_KEY");
    only(
      tasks(
        "{id: g, agent: group, parameters: {tasks: [{id: a, agent: coder, parameters: {task: x}, retrie: 1}]}}",
      ),
      "E_UNKNOWN_KEY",
    );
    only(
      `hooks: {on_failure: [{id: h, agent: shell, parameters: {rum: ls}}]}\n${taskWith()}`,
      "E_UNKNOWN_KEY",
    );
    only(`settings: {max_paralel: 2}\n${taskWith()}`, "E_UNKNOWN_KEY");
  });
  it("Y8 ignores keys that start with x-, and keeps them out of the digest", () => {
    const plain = goodWorkflow(taskWith());
    const more = goodWorkflow(`x-owner: me\n${taskWith("x-note: {a: [1]}")}`);
    assert.equal(more.workflow.digest, plain.workflow.digest);
  });
  it("refuses the words kept for later by that word", () => {
    for (const word of ["background: true", "container: node", "services: {}"])
      only(taskWith(word), "E_RESERVED_WORD");
  });
});

describe("Y9 graph", () => {
  it("Y9 names the whole path of a cycle, with lines", () => {
    const text = tasks(
      "{id: a, agent: coder, dependencies: [c], parameters: {task: x}}",
      "{id: b, agent: coder, dependencies: [a], parameters: {task: x}}",
      "{id: c, agent: coder, dependencies: [b], parameters: {task: x}}",
    );
    assert.equal(only(text, "E_CYCLE").message, "a → b → c → a (lines 3, 4, 5)");
  });
  it("Y9 finds a task that waits for itself, one that is missing, two of one name and two that differ in case", () => {
    assert.match(only(taskWith("dependencies: [a]"), "E_CYCLE").message, /^a → a/);
    assert.match(only(taskWith("dependencies: [zz]"), "E_UNKNOWN_TASK").message, /"zz"/);
    const twice = tasks(
      "{id: a, agent: coder, parameters: {task: x}}",
      "{id: a, agent: coder, parameters: {task: x}}",
    );
    assert.match(only(twice, "E_DUPLICATE_ID").message, /line 3/);
    const cased = tasks(
      "{id: Build, agent: coder, parameters: {task: x}}",
      "{id: build, agent: coder, parameters: {task: x}}",
    );
    assert.match(only(cased, "E_DUPLICATE_ID").message, /only in case/);
  });
  it("Y9 reads a chain of 10,000 and refuses it closed to a ring", () => {
    const chain = (first: string) =>
      JSON.stringify({
        name: "chain",
        tasks: Array.from({ length: 10_000 }, (_, index) => ({
          id: `t${index}`,
          agent: "shell",
          dependencies: index === 0 ? (first === "" ? [] : [first]) : [`t${index - 1}`],
          parameters: { run: "true" },
          ...(index > 5000 && { env: { FIRST: "${t0.output}" } }),
        })),
      });
    const { workflow } = goodWorkflow(chain(""), "chain.json");
    assert.equal(workflow.size, 10_000);
    const [ring] = problemsOf(chain("t9999"), "chain.json");
    assert.equal(ring?.code, "E_CYCLE");
    assert.match(ring?.message ?? "", /^t0 → t1 → .* → t9999 → t0/);
  });
  it("Y9 shows only tasks that lie on a cycle", () => {
    const text = tasks(
      "{id: a, agent: coder, dependencies: [b], parameters: {task: x}}",
      "{id: b, agent: coder, dependencies: [a], parameters: {task: x}}",
      "{id: c, agent: coder, dependencies: [b], parameters: {task: x}}",
    );
    assert.deepEqual(codes(problemsOf(text)), ["E_CYCLE"]);
  });
});

describe("Y10 resource bombs", () => {
  for (const [line, range] of [
    ["settings: {max_parallel: 1e9}", "from 1 to 1,000"],
    ["settings: {timeout: 1e400}", "from 1 s"],
    ["settings: {timeout: 999d}", "365d"],
  ] as const) {
    it(`Y10 refuses ${line} with the range`, () => {
      assert.ok(only(`${line}\n${taskWith()}`, "E_RANGE").message.includes(range));
    });
  }
  for (const [line, range] of [
    ["timeout: -1", "from 0.001 s"],
    ["timeout: 400d", "365d"],
    ["retry: {delay: .inf}", "from 0 s"],
    ["retry: {max_attempts: 1e6}", "from 1 to 100"],
    ["repeat: {until: true, max: 101}", "from 1 to 100"],
    ["approval: {expires: 31d}", "30d"],
    ["priority: 1e99", "to 1,000"],
    ["parameters: {n: .nan, task: x}", "not a number"],
  ] as const) {
    it(`Y10 refuses ${line} with the range`, () => {
      const text = line.startsWith("parameters")
        ? tasks(`{id: a, agent: deploy, ${line.replace("task: x", "")}}`)
        : taskWith(line);
      assert.ok(only(text, "E_RANGE").message.includes(range));
    });
  }
});

describe("encoding", () => {
  it("reads UTF-8 with a byte order mark and refuses what is no UTF-8", () => {
    goodWorkflow(`\ufeff${taskWith()}`);
    const bytes = Buffer.concat([
      Buffer.from("name: "),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`\n${taskWith()}`),
    ]);
    const read = readWorkflow("wf.yaml", bytes, surroundings());
    assert.ok(!read.ok);
    assert.equal(read.problems[0]?.code, "E_ENCODING");
    assert.deepEqual(
      { line: read.problems[0]?.at?.line, column: read.problems[0]?.at?.column },
      { line: 1, column: 7 },
    );
    only("name: \0", "E_ENCODING");
    only('{"name":"\\ud800","tasks":[]}', "E_ENCODING", "wf.json");
  });
});
