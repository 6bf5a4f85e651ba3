import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitOf } from "../../src/core/codes.ts";
import { type Machine, secretsUsed, startProblems } from "../../src/spec/startable.ts";
import { goodWorkflow } from "../support/surroundings.ts";

const machine: Machine = {
  missing: () => null,
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
  it("worktrees and repairs, which this version does not carry out", () => {
    assert.deepEqual(codes(plain.replace("}}", "}, workspace: worktree}")), ["E_NOT_IN_THIS_VERSION"]);
    assert.deepEqual(codes(plain.replace("}}", "}, repair: {agent: coder, on: [syntax_error]}}")), [
      "E_NOT_IN_THIS_VERSION",
    ]);
    assert.deepEqual(codes(`${plain}settings: {workspace: {mode: worktree}}\n`), ["E_NOT_IN_THIS_VERSION"]);
  });
  it("a program that is not there, with exit 6", () => {
    const asked: string[] = [];
    const missing = (agent: string, driver: string | null) => {
      asked.push(`${agent} ${driver}`);
      return { message: `${agent}: no program` };
    };
    assert.deepEqual(codes(plain.replace("}}", "}, options: {driver: codex}}"), { missing }), [
      "E_DRIVER_MISSING",
    ]);
    assert.deepEqual(asked, ["coder codex"]);
    assert.equal(exitOf("E_DRIVER_MISSING"), 6);
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
        missing: () => ({ message: "x" }),
      }),
      [],
    );
  });
});
