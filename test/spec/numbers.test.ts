import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goodWorkflow, problemsOf } from "../support/surroundings.ts";
import { only, tasks, taskWith } from "../support/written.ts";

describe("numbers from expressions", () => {
  it("may have every number, and its workspace, from expressions over what is known early", () => {
    const numbers = [
      "timeout: %",
      "idle_timeout: %",
      "priority: %",
      "retry: {max_attempts: %, delay: %, max_delay: %}",
      "repeat: {until: true, max: %, delay: %}",
      "budget: {usd: %, tokens: %}",
      "approval: {mode: ask, max_rounds: %, expires: %}",
      "repair: {agent: coder, on: [unknown], max: %}",
      "foreach: {items: [1], max_parallel: %, min_success: %, on_failure: ignore}",
      "matrix: {x: [1], max_parallel: %}",
      "concurrency: {group: g, limit: %}",
      "options: {max_turns: %}",
      "workspace: %",
      "workspace: {mode: %, merge: %, keep: %}",
    ];
    const settings =
      "{max_parallel: %, timeout: %, budget: {usd: %, tokens: %}, workspace: {mode: %, base: %}}";
    const lines = [
      ...numbers.map((line) => taskWith(line)),
      `settings: ${settings}\n${taskWith()}`,
      tasks("{id: a, agent: group, parameters: {settings: {max_parallel: %}, tasks: [%t]}}"),
      tasks(
        "{id: a, agent: wait, parameters: {for: %}}",
        "{id: b, agent: wait, parameters: {event: e, timeout: %}}",
      ),
      tasks("{id: a, agent: shell, parameters: {run: ls, success_exit_codes: [%]}}"),
      tasks("{id: a, agent: workflow, parameters: {inline: {tasks: []}, max_tasks: %}}"),
    ].map((text) => text.replace("%t", "{id: i, agent: shell, parameters: {run: ls}}"));
    for (const line of lines) {
      const text = `params: {n: {type: number}}\n${line.replaceAll("%", "'${n * 2}'")}`;
      assert.deepEqual(problemsOf(text), [], text);
      for (const { code, hint, at } of problemsOf(text.replaceAll("${n * 2}", "${nn}")))
        assert.deepEqual([code, hint, (at?.line ?? 0) > 0], ["E_EXPR_NAME", "n", true]);
    }
    for (const line of numbers)
      assert.ok(problemsOf(taskWith(line.replaceAll("%", "many"))).length > 0, line);
  });
  it("reads numbers before the task starts, so no task can give one, and no item a budget for all", () => {
    const first = "{id: z, agent: coder, parameters: {task: x}}";
    const second = (field: string) =>
      `name: x\ntasks:\n  - ${first}\n  - {id: a, agent: coder, parameters: {task: x}, dependencies: [z], ${field}}`;
    const problem = only(second("retry: {max_attempts: '${z.output.n}'}"), "E_REF_NOT_ANCESTOR");
    assert.deepEqual(
      [problem.at?.line, problem.hint],
      [4, "use params, variables, run, trigger, matrix or item"],
    );
    only(second("foreach: {items: [1]}, budget: {usd: '${item}'}"), "E_EXPR_NAME");
    goodWorkflow(second("foreach: {items: [1]}, retry: {max_attempts: '${item}'}"));
    only(`settings: {max_parallel: "\${a.output}"}\n${taskWith()}`, "E_REF_NOT_ANCESTOR");
  });
});

describe("max_parallel of a matrix, which stands among axes that may be anything", () => {
  const matrix = (value: string) => taskWith(`matrix: {x: [1], max_parallel: ${value}}`);
  it("is judged once: like every number, and told what it is when it is none", () => {
    for (const value of ["0", "1001", "1.5"]) only(matrix(value), "E_RANGE");
    for (const value of ["many", "[1]", "true", "null"])
      assert.match(
        only(matrix(value), "E_RANGE").message,
        /^max_parallel must be a whole number from 1 to 1,000, or one \$\{ \}$/,
      );
  });
});
