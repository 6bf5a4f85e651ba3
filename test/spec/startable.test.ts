import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitOf } from "../../src/core/codes.ts";
import type { Json } from "../../src/core/json.ts";
import type { AskedOfDriver } from "../../src/driver/driver.ts";
import { type Machine, secretsUsed, startProblems } from "../../src/spec/startable.ts";
import { goodWorkflow } from "../support/surroundings.ts";

const machine: Machine = {
  refuses: () => [],
  hasSecret: () => true,
  pools: new Set(["default"]),
  labels: new Set(["linux"]),
  rehearse: false,
};
const HEAD = "name: x\ncontext: {secrets: {K: {env: KEY}, L: {file: l}, M: {env: UNUSED}}}\ntasks:\n";

function codes(text: string, changes: Partial<Machine> = {}): readonly string[] {
  return startProblems(goodWorkflow(HEAD + text).workflow, { ...machine, ...changes }).map(
    ({ code }) => code,
  );
}

describe("what stops a start", () => {
  const plain = "  - {id: a, agent: coder, parameters: {task: x}}\n";
  it("nothing, for a plain workflow", () => assert.deepEqual(codes(plain), []));
  it("repairs of groups, and what this version does not carry out of worktrees", () => {
    assert.deepEqual(codes(plain.replace("}}", "}, workspace: worktree}")), []);
    const group =
      "  - {id: g, agent: group, parameters: {tasks: [{id: a, agent: coder, parameters: {task: x}}]}, %}\n";
    for (const mode of ["worktree", "{mode: worktree}", "'${run.name}'", "shared"])
      assert.deepEqual(codes(group.replace("%", `workspace: ${mode}`)), []);
    const items = "}, workspace: worktree, foreach: {items: [1]}, cache: {key: x}}";
    assert.deepEqual(codes(plain.replace("}}", items)), ["E_NOT_IN_THIS_VERSION"]);
    const repair = "repair: {agent: coder, on: [syntax_error]}";
    assert.deepEqual(codes(plain.replace("}}", `}, ${repair}}`)), []);
    assert.deepEqual(codes(group.replace("%", repair)), ["E_NOT_IN_THIS_VERSION"]);
    for (const way of [
      "worktree",
      "{mode: worktree, merge: squash}",
      "{mode: '${run.name}', merge: commits}",
    ])
      assert.deepEqual(codes(`${plain}settings: {workspace: ${way}}\n`), [], way);
  });
  it("what its driver says of a task and of its fallback, with what is written out of both", () => {
    const asked: Json[] = [];
    const refuses = ({ agent, options, environmentNames }: AskedOfDriver) => {
      asked.push([agent, options, [...environmentNames]]);
      return [{ code: "E_DRIVER_MISSING", message: "no program" }];
    };
    const more =
      "}, options: {driver: codex, model: '${run.name}'}, env: {X: y}, fallback: {agent: planner, options: {effort: low}}, repair: {agent: checker, on: [timeout]}}";
    assert.deepEqual(codes(plain.replace("}}", more), { refuses }), ["E_DRIVER_MISSING"]);
    assert.deepEqual(asked, [
      ["coder", { driver: "codex" }, ["X"]],
      ["planner", { driver: "codex", effort: "low" }, ["X"]],
      ["checker", {}, []],
    ]);
    for (const code of ["E_DRIVER_MISSING", "E_DRIVER_VERSION", "E_DRIVER_LOGIN"])
      assert.equal(exitOf(code), 6);
  });
  it("E_REQUIRED: a deploy to an environment of a project that says of none where it is", () => {
    const deploy = (given: string) => `  - {id: a, agent: deploy, parameters: {source: public, ${given}}}\n`;
    for (const [given, told] of [
      ["environment: staging", ["E_REQUIRED"]],
      ["environment: staging, bucket: www-staging", []],
      ["environment: staging, bucket: '${run.name}'", []],
      ["environment: '${run.name}'", []],
    ] as const) {
      assert.deepEqual(codes(deploy(given), { targets: new Map() }), told, given);
      assert.deepEqual(codes(deploy(given)), [], "nobody asks");
    }
  });
  it("names the task where the machine is not to blame", () => {
    const refuses = () => [{ code: "E_ARG", message: "options.model cannot be that" }];
    const told = startProblems(goodWorkflow(HEAD + plain).workflow, { ...machine, refuses });
    assert.deepEqual(told[0]?.message, "task a: options.model cannot be that");
  });
  it("a secret that is used and cannot be found", () => {
    const group =
      "  - {id: g, agent: group, parameters: {tasks: [{id: a, agent: shell, parameters: {run: ls}, env: {X: '${secrets.K}'}}]}}\n";
    assert.deepEqual(codes(group, { hasSecret: () => false }), ["E_SECRET_MISSING"]);
    assert.deepEqual(codes(plain, { hasSecret: () => false }), []);
    assert.deepEqual(
      codes("  - {id: w, agent: workflow, parameters: {name: x, secrets: [L]}}\n", {
        hasSecret: () => false,
      }),
      ["E_SECRET_MISSING"],
    );
    assert.deepEqual(secretsUsed(goodWorkflow(HEAD + group).workflow), ["K"]);
  });
  it("what a sub-workflow lacks that is written out, once, however deep it lies", () => {
    const asked: string[] = [];
    const files = new Map([
      ["one", "name: one\ntasks:\n  - {id: a, agent: workflow, parameters: {path: two}}\n"],
      [
        "two",
        "name: two\ntasks:\n  - {id: a, agent: workflow, parameters: {name: one}}\n  - {id: b, agent: coder, parameters: {task: x}}\n",
      ],
    ]);
    const called: Machine["called"] = ({ name, secrets }) => {
      asked.push(`${name} ${Object.keys(secrets)}`);
      const text = files.get(name);
      return text === undefined ? null : goodWorkflow(text).workflow;
    };
    const refuses = () => [{ code: "E_DRIVER_MISSING", message: "no program" }];
    const call = (more: string) => `  - {id: w, agent: workflow, parameters: {${more}}}\n`;
    const text = HEAD + call("name: one, secrets: [K]") + call("name: '${trigger.body}'").replace("w,", "v,");
    assert.deepEqual(startProblems(goodWorkflow(text).workflow, { ...machine, called, refuses }), [
      { code: "E_DRIVER_MISSING", message: "no program (in two, which task a runs)" },
    ]);
    assert.deepEqual(asked, ["one K", "two ", "one "]);
    assert.deepEqual(codes(call("name: nowhere"), { called }), []);
    assert.deepEqual(codes(call("name: one"), { called, refuses, rehearse: true }), []);
  });
  it("a pool or label that no arm has", () => {
    assert.deepEqual(codes(plain.replace("}}", "}, pool: big, labels: [linux, gpu]}")), [
      "E_NO_ARM",
      "E_NO_ARM",
    ]);
    assert.deepEqual(codes(plain.replace("}}", "}, labels: [linux]}")), []);
  });
  it("nothing, in a rehearsal", () => {
    assert.deepEqual(
      codes(plain.replace("}}", "}, workspace: worktree, pool: big}"), {
        rehearse: true,
        refuses: () => [{ code: "E_ARG", message: "x" }],
      }),
      [],
    );
  });
});
