import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitOf } from "../../src/core/codes.ts";
import type { Scope } from "../../src/core/expression/expression.ts";
import type { Json, JsonMap } from "../../src/core/json.ts";
import { bad, good } from "../../src/core/problem.ts";
import { completeParams, readParams } from "../../src/spec/params.ts";
import { goodWorkflow, problemsOf } from "../support/surroundings.ts";

const HEAD = `name: x
params:
  text: { type: string, min: 2, max: 4 }
  count: { type: number, default: 3, min: 1 }
  flag: { type: boolean, default: false }
  list: { type: array, default: [] }
  map: { type: object, required: false }
  place: { type: string, enum: [dev, staging], default: dev }
  tag: { type: string, pattern: "v*.[0-9]", default: "v1.0" }
  late: { type: string, default: "\${run.started_at} \${count}" }
`;
const TASKS = "tasks: [{id: a, agent: coder, parameters: {task: x}}]";
const LAST = TASKS.replace("id: a", "id: last");
const { workflow } = goodWorkflow(HEAD + TASKS);
const readFile = (path: string) =>
  path === "there.txt" ? good("abc") : bad<string>({ code: "E_NOT_FOUND", message: `no ${path}` });

function given(pairs: readonly string[], values: JsonMap = {}) {
  return readParams(workflow, { pairs, values, readFile });
}

function refused(pairs: readonly string[], values: JsonMap = {}): readonly string[] {
  const read = given(pairs, values);
  return read.ok ? [] : read.problems.map(({ code }) => code);
}

it("what nobody has to give may be said to be null, as a run that did not get it has it; nothing else may", () => {
  const read = given([], { map: null, text: "abc" });
  assert.deepEqual(read.ok && read.value, { map: null, text: "abc" });
  assert.deepEqual(refused([], { text: null, place: null }), ["E_PARAM_TYPE", "E_PARAM_TYPE"]);
});

describe("defaults and variables that read each other", () => {
  const read = (params: string, variables: string, pairs: readonly string[] = []) => {
    const checked = goodWorkflow(`name: x\nparams: ${params}\ncontext: {variables: ${variables}}\n${LAST}`);
    const values = readParams(checked.workflow, { pairs, values: {}, readFile });
    assert.ok(values.ok);
    const scope: Scope = { sha256: () => "", get: () => undefined };
    const complete = completeParams(checked.workflow, values.value, { trigger: {}, scope });
    return complete.ok ? complete.value : complete.problems;
  };

  it("are read in an order that fits, wherever they are written", () => {
    const params =
      "{c: {default: '${params.b}3'}, b: {default: '${v}2'}, a: {default: '1'}, o: {required: false}}";
    const variables = "{w: '${context.variables.v}', v: '${a}-${o ?? 0}', unused: '${trigger.body}'}";
    assert.deepEqual(read(params, variables), { o: null, a: "1", b: "1-02", c: "1-023" });
    assert.deepEqual(read(params, variables, ["b=given"]), { b: "given", o: null, a: "1", c: "given3" });
    const order = goodWorkflow(`name: x\ncontext: {variables: {a: '\${b}', c: 1, b: '\${c}'}}\n${LAST}`);
    assert.deepEqual(
      order.workflow.variables.map(([name]) => name),
      ["c", "b", "a"],
    );
  });

  it("in a circle are refused by the whole way with lines, once, before anything starts", () => {
    const circle = (lines: readonly string[]) => problemsOf(`name: x\n${lines.join("\n")}\n${LAST}`);
    const told = (lines: readonly string[]) => circle(lines).map(({ code, message }) => `${code} ${message}`);
    const variables = [
      "context:",
      "  variables:",
      "    a: '${b}'",
      "    b: '${context.variables.c}'",
      "    c: '${a} ${b}'",
    ];
    assert.deepEqual(told([...variables, "    d: '${a}'"]), ["E_CYCLE a → b → c → a (lines 4, 5, 6)"]);
    assert.deepEqual(told(["context: {variables: {a: 'x ${a}'}}"]), ["E_CYCLE a → a (line 2)"]);
    const both = ["params:", "  p: {default: '${v}'}", "context: {variables: {v: '${params.p}'}}"];
    assert.deepEqual(told(both), ["E_CYCLE p → v → p (lines 3, 4)"]);
    assert.deepEqual([circle(both)[0]?.at?.line, exitOf("E_CYCLE")], [3, 3]);
  });

  it("may be a chain as long as a map", () => {
    const names = Array.from({ length: 9_000 }, (_, at) => `v${at}: '\${v${at + 1}}'`);
    const { workflow: long } = goodWorkflow(
      `name: x\ncontext: {variables: {${names.join(", ")}, v9000: 1}}\n${LAST}`,
    );
    assert.equal(long.variables[0]?.[0], "v9000");
  });
});

describe("numbers that JSON cannot hold", () => {
  it("are refused however they come", () => {
    assert.deepEqual(refused(['map={"a":[1e999]}', "text=abc"]), ["E_PARAM_RANGE"]);
    assert.deepEqual(refused([], { text: "abc", map: { a: Number.NaN } }), ["E_PARAM_RANGE"]);
  });
});

const RUN: Readonly<Record<string, Json>> = { run: { started_at: "2026-01-01T00:00:00Z" } };
const scope: Scope = { get: (name) => RUN[name], sha256: (text) => text };

describe("values from the command line", () => {
  it("reads each by its declared type", () => {
    const read = given(["text=abc", "count=-0", "flag=true", 'list=["a",1]', 'map={"a":{"b":null}}']);
    assert.deepEqual(refused(["count=0"]), ["E_PARAM_RANGE"]);
    assert.ok(!read.ok || read.value !== null);
    const fine = given([
      "text=a=b",
      "count=2.5e1",
      "flag=true",
      'list=["a",1]',
      'map={"a":{"b":null}}',
      "tag=v12.3",
    ]);
    assert.ok(fine.ok);
    assert.deepEqual(
      { ...fine.value },
      { text: "a=b", count: 25, flag: true, list: ["a", 1], map: { a: { b: null } }, tag: "v12.3" },
    );
  });
  it("reads a value from a file", () => {
    const read = given(["text=@there.txt"]);
    assert.ok(read.ok && read.value.text === "abc");
    assert.deepEqual(refused(["text=@gone.txt"]), ["E_NOT_FOUND"]);
  });
  it("refuses what does not fit, all at once", () => {
    assert.deepEqual(
      [
        ...refused(["count=many", "flag=yes", "list={}", "map=[1]", "place=prod", "tag=1.0", "text=a"]),
      ].sort(),
      [
        "E_PARAM_CHOICE",
        "E_PARAM_PATTERN",
        "E_PARAM_RANGE",
        "E_PARAM_TYPE",
        "E_PARAM_TYPE",
        "E_PARAM_TYPE",
        "E_PARAM_TYPE",
      ],
    );
    assert.deepEqual(refused(["count=1e999"]), ["E_PARAM_TYPE"]);
    assert.deepEqual(refused([], { count: "3" }), ["E_PARAM_TYPE"]);
  });
  it("refuses a key given twice and a text that is no pair as usage", () => {
    assert.deepEqual(refused(["text=ab", "text=cd"]), ["E_USAGE"]);
    assert.deepEqual(refused(["text"]), ["E_USAGE"]);
    assert.deepEqual(refused(["=x"]), ["E_USAGE"]);
    assert.equal(exitOf("E_USAGE"), 2);
  });
  it("refuses unknown names with the nearest, secrets and reserved names", () => {
    const read = given(["txt=ab"]);
    assert.ok(!read.ok && read.problems[0]?.code === "E_PARAM_UNKNOWN" && read.problems[0].hint === "text");
    assert.ok(refused(["api_key=x"]).includes("E_SECRET_IN_PARAM"));
    assert.ok(refused(["__proto__=x"]).includes("E_RESERVED_NAME"));
    assert.ok(refused(['map={"__proto__":{"admin":true}}']).includes("E_RESERVED_NAME"));
  });
  it("takes any name where no params are declared", () => {
    const free = goodWorkflow(
      "name: x\ntasks: [{id: a, agent: coder, parameters: {task: '${topic}'}}]",
    ).workflow;
    const read = readParams(free, { pairs: ["topic=x", "other=y"], values: {}, readFile });
    assert.ok(read.ok);
  });
});

describe("missing values", () => {
  it("lists all that are missing", () => {
    const two = goodWorkflow(
      `name: x\nparams: {a: {type: string}, b: {type: number}, c: {default: 1}}\n${TASKS.replace("id: a", "id: t")}`,
    ).workflow;
    const read = completeParams(two, {}, { trigger: {}, scope });
    assert.ok(!read.ok);
    assert.deepEqual(read.problems, [
      { code: "E_PARAM_MISSING", message: "no value for a, b", hint: "-i a=… -i b=…" },
    ]);
    assert.equal(exitOf("E_PARAM_MISSING"), 3);
  });
  it("takes the command line, then the trigger, then the default, in which other params may stand", () => {
    const read = completeParams(workflow, { text: "abc" }, { trigger: { text: "no", count: 9 }, scope });
    assert.ok(read.ok, JSON.stringify(read));
    assert.equal(read.value.text, "abc");
    assert.equal(read.value.count, 9);
    assert.equal(read.value.late, "2026-01-01T00:00:00Z 9");
    assert.equal(read.value.map, null);
  });
});

describe("params as declared", () => {
  for (const [line, code] of [
    ["p: { type: string, default: 5 }", "E_PARAM_TYPE"],
    ["p: { type: number, enum: [1, two] }", "E_PARAM_TYPE"],
    ["p: { type: string, enum: [a, b], default: c }", "E_PARAM_CHOICE"],
    ["p: { type: number, min: 5, max: 1 }", "E_RANGE"],
    ["p: { type: number, pattern: 'v*' }", "E_FIELD_CONTEXT"],
    ["p: { default: x, required: true }", "E_FIELD_CONTEXT"],
    ["p: { type: text }", "E_CHOICE"],
    ["run: { type: string }", "E_RESERVED_NAME"],
    ["9x: { type: string }", "E_TYPE"],
  ] as const) {
    it(`refuses ${line} with ${code}`, () => {
      const problems = problemsOf(`name: x\nparams:\n  ${line}\n${TASKS}`);
      assert.deepEqual(
        problems.map((problem) => problem.code),
        [code],
        JSON.stringify(problems),
      );
      assert.equal(problems[0]?.at?.line, 3);
    });
  }
});
