/** What is right where it stands and does nothing there is said, not passed over. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Problem } from "../../src/core/problem.ts";
import { readWorkflow } from "../../src/spec/workflow-file.ts";
import { surroundings } from "../support/surroundings.ts";
import { only, tasks } from "../support/written.ts";

function warned(text: string): readonly Problem[] {
  const read = readWorkflow("wf.yaml", Buffer.from(text), surroundings());
  if (!read.ok) assert.fail(JSON.stringify(read.problems));
  return read.value.warnings.filter(({ code }) => code === "W_NO_EFFECT");
}

describe("what has no effect where it stands", () => {
  const QUESTION = "{id: a, agent: approval, parameters: {message: Go?}";
  const PAUSE = "{id: a, agent: wait, parameters: {for: 5}";
  const GROUP = "{id: a, agent: group, parameters: {tasks: [{id: s, agent: shell, parameters: {run: ls}}]}";
  const DETACHED = "{id: a, agent: workflow, parameters: {inline: '${run.name}', detached: true}";
  const FINISH = "{id: a, agent: finish, parameters: {status: success}";
  for (const [line, field, hint] of [
    ...["artifacts: [x]", "touches: [x]", "concurrency: {group: g}", "pool: p", "labels: [l]"].map(
      (written) => [`${PAUSE}, ${written}}`, written.split(":")[0] ?? "", /no attempt/] as const,
    ),
    [`${QUESTION}, workspace: worktree}`, "workspace", /no attempt/],
    [`${DETACHED}, workspace: worktree}`, "workspace", /inside/],
    [`${QUESTION}, env: {A: b}}`, "env", /no attempt/],
    [`${FINISH}, budget: {usd: 1}}`, "budget", /no attempt/],
    [`${GROUP}, pool: p}`, "pool", /inside/],
    [`${GROUP}, artifacts: [x]}`, "artifacts", /inside/],
  ] as const) {
    it(`says of ${field} in ${line.slice(8, 24)} that it does nothing`, () => {
      const [warning, ...more] = warned(tasks(line));
      assert.deepEqual(more, []);
      assert.match(warning?.message ?? "", new RegExp(`^${field} has no effect on a task of agent`));
      assert.match(warning?.hint ?? "", hint);
    });
  }

  for (const [what, text, hint] of [
    [
      "a longest delay that is never reached",
      tasks(
        "{id: a, agent: shell, parameters: {run: ls}, retry: {max_attempts: 3, delay: 5, max_delay: 60}}",
      ),
      "backoff: exponential",
    ],
    [
      "how a worktree ends where there is none",
      tasks("{id: a, agent: shell, parameters: {run: ls}, workspace: {mode: shared, keep: always}}"),
      "mode: worktree",
    ],
    [
      "the branch of a run without a worktree",
      `settings: {workspace: {mode: shared, branch: x}}\n${tasks("{id: a, agent: shell, parameters: {run: ls}}")}`,
      "mode: worktree",
    ],
    [
      "a phrase that nobody types",
      tasks("{id: a, agent: approval, parameters: {message: Go?, mode: ask, phrase: GO}}"),
      "mode: phrase",
    ],
    [
      "a condition that nobody reads",
      tasks("{id: a, agent: approval, parameters: {message: Go?, mode: ask, when: true}}"),
      "mode: conditional",
    ],
  ] as const) {
    it(`says of ${what} that it does nothing`, () =>
      assert.deepEqual(
        warned(text).map((warning) => warning.hint),
        [hint],
      ));
  }

  it("leaves alone what means something", () => {
    for (const line of [
      "{id: a, agent: shell, parameters: {run: ls}, retry: {max_attempts: 3, backoff: exponential, max_delay: 60}}",
      "{id: a, agent: shell, parameters: {run: ls}, workspace: {mode: worktree, keep: always}}",
      "{id: a, agent: approval, parameters: {message: Go?, phrase: GO}}",
      "{id: a, agent: approval, parameters: {message: Go?, when: true}}",
      `${GROUP}, touches: [x], concurrency: {group: g}, budget: {usd: 1}, effect: once}`,
    ])
      assert.deepEqual(warned(tasks(line)), [], line);
  });

  it("refuses a bound of a param that has no size", () => {
    const text = (type: string) =>
      `params: {p: {type: ${type}, min: 1}}\n${tasks("{id: a, agent: shell, parameters: {run: ls}}")}`;
    only(text("boolean"), "E_FIELD_CONTEXT");
    for (const type of ["number", "string", "array", "object"])
      assert.deepEqual(warned(text(type)), [], type);
  });
});
