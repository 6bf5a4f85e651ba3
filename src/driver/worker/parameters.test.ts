import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Worker } from "../../core/worker.ts";
import { argumentsOf, filledIn, parameterTrouble, variablesOf } from "./parameters.ts";

function worker(parameters: Worker["parameters"]): Worker {
  const output = { file: null, patterns: {}, values: {} };
  const nothing = {
    description: null,
    cwd: null,
    env: {},
    credentials: {},
    dryRun: null,
    deploys: false,
    errors: [],
  };
  return { ...nothing, parameters, command: ["x"], output, folder: "workers" };
}

describe("what a worker's program is told", () => {
  it("is one argument for each, whatever the parameter holds", () => {
    const read = argumentsOf(["a", "--to=${to}", "${list}", "x ${n}"], {
      to: "a b; rm -rf /",
      list: [1],
      n: 3,
    });
    assert.deepEqual(read, { ok: true, value: ["a", "--to=a b; rm -rf /", "[1]", "x 3"] });
  });

  it("C1: refuses a value that would stand alone and begin with a dash", () => {
    for (const value of ["--delete", "-rf"]) {
      const read = argumentsOf(["${to}"], { to: value });
      assert.equal(!read.ok && read.problems[0]?.code, "E_ARG");
      assert.ok(argumentsOf(["--to=${to}"], { to: value }).ok);
    }
  });

  it("holds nothing for a parameter that was not given", () => {
    assert.deepEqual(filledIn("${to}", {}), { ok: true, value: "" });
    assert.deepEqual(variablesOf({ TO: "${to}", N: "${n}" }, { n: 0 }), {
      ok: true,
      value: { TO: "", N: "0" },
    });
  });

  it("says what cannot be worked out", () => {
    const read = filledIn("${a + 1}", { a: "x" });
    assert.equal(!read.ok && read.problems[0]?.code, "E_EXPR_TYPE");
  });
});

describe("parameters that expressions gave", () => {
  const asked = worker({
    type: "object",
    required: ["a"],
    properties: { a: { type: "integer", minimum: 2 } },
  });
  for (const [parameters, trouble] of [
    [{ a: 2 }, null],
    [{ a: 1 }, /parameters\/a/],
    [{ a: "2" }, /parameters\/a/],
    [{}, /a/],
    [{ a: 2, b: 1 }, /b/],
  ] as const)
    it(`${JSON.stringify(parameters)}: ${trouble === null ? "fine" : "told"}`, () => {
      const told = parameterTrouble(asked, parameters);
      if (trouble === null) assert.equal(told, null);
      else assert.match(told ?? "", trouble);
    });

  it("may be others where the schema says so", () => {
    assert.equal(parameterTrouble(worker({ type: "object", additionalProperties: true }), { b: 1 }), null);
  });
});
