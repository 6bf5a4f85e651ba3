/** What git is asked to count where it counts nothing is said before anything runs. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goodWorkflow } from "../support/surroundings.ts";
import { tasks, taskWith } from "../support/written.ts";

const warned = (text: string) =>
  goodWorkflow(text).warnings.map(({ code, message, at }) => ({
    code,
    message,
    at: `${at?.line}:${at?.column}`,
  }));

describe("criteria that ask for changed", () => {
  it("W are warned of, with their place, where the task has no worktree of its own", () => {
    const [found, ...more] = warned(taskWith("success_criteria: [ok present, changed.files <= 10]"));
    assert.deepEqual(more, []);
    assert.deepEqual([found?.code, found?.at], ["W_NOT_COUNTED", "6:36"]);
    assert.match(
      found?.message ?? "",
      /^changed\.files is counted only of a task in a worktree of its own; here/,
    );
    assert.equal(
      warned(taskWith("success_criteria: [changed.paths present]", "workspace: shared")).length,
      1,
    );
  });

  it("W are warned of on a group, whose own worktree is not counted, and inside it", () => {
    const inner = "{id: s, agent: shell, parameters: {run: ls}, success_criteria: [changed.files > 0]}";
    const group = `{id: a, agent: group, parameters: {tasks: [${inner}]}, workspace: worktree, success_criteria: [changed.insertions > 0]}`;
    const messages = warned(tasks(group)).map(({ message }) => message);
    assert.equal(messages.length, 2);
    assert.match(messages.join("\n"), /^changed\.insertions .*, and not of what holds tasks; here/m);
    assert.match(messages.join("\n"), /^changed\.files .* of its own; here/m);
  });

  it("are not where git counts, where only the run knows, or where the output has the name", () => {
    const asked = "success_criteria: [changed.files <= 10]";
    const schema = "output_schema: {type: object, properties: {changed: {type: object}}}";
    for (const where of ["workspace: worktree", "workspace: '${params.where}'", schema])
      assert.deepEqual(
        warned(taskWith(asked, where).replace("tasks:", "params: {where: {default: shared}}\ntasks:")),
        [],
        where,
      );
    assert.deepEqual(
      warned(taskWith("success_criteria: ['changed: true', changed present, changed.other > 1]")),
      [],
    );
  });
});
