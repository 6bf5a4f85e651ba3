/** Which tasks put to people what only they can do something about: it is pinned, and no file says it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkTask } from "../../src/exchange/taskfile/check-task.ts";
import { linkDefinition } from "../../src/spec/workflow-file.ts";
import { goodWorkflow, problemsOf, surroundings } from "../support/surroundings.ts";

const EDIT = "{ path: a.md, set: { a: 1 } }";
const TEXT = `name: site
tasks:
  - { id: edit, agent: content-edit, parameters: ${EDIT} }
  - { id: say, agent: shell, parameters: { run: echo x } }
  - id: many
    agent: group
    parameters:
      tasks: [{ id: inner, agent: content-edit, parameters: ${EDIT} }]
`;

function asking({ tasks }: ReturnType<typeof linkDefinition>): readonly string[] {
  return tasks.flatMap(({ id, escalates, body }) => [
    ...(escalates === true ? [id] : []),
    ...(body === null ? [] : asking(body)),
  ]);
}

function taskFile(more: string) {
  const text = `---\ntask_id: a\n${more}---\n\n## Task Description\nDo it.\n`;
  const read = checkTask("tasks/pending/a.md", Buffer.from(text), surroundings());
  assert.ok(read.ok, JSON.stringify(read));
  return read.value;
}

describe("tasks that escalate", () => {
  it("are those of workers, in groups too", () => {
    const { workflow, definition } = goodWorkflow(TEXT);
    assert.deepEqual(asking(workflow), ["edit", "inner"]);
    assert.deepEqual(asking(linkDefinition(definition, surroundings())), ["edit", "inner"]);
  });

  it("are what a run is pinned to: one of an older decapod has none, whatever does its tasks", () => {
    const { definition } = goodWorkflow(TEXT);
    const older = definition.replaceAll(',"escalates":true', "");
    assert.notEqual(older, definition);
    assert.deepEqual(asking(linkDefinition(older, surroundings())), []);
  });

  it("is that of a task file, whoever does it, but not what the workflow does that it calls", () => {
    assert.deepEqual(asking(taskFile("task_type: coder\n").workflow), ["task"]);
    assert.deepEqual(asking(taskFile(`task_type: content-edit\nparams: ${EDIT}\n`).workflow), ["task"]);
    const called = { ok: true, value: { shown: "w.yaml", bytes: TEXT, isOwn: true } } as const;
    const text = "---\ntask_id: a\ntask_type: build\nworkflow: site\n---\n\n## Task Description\nDo it.\n";
    const read = checkTask("tasks/pending/a.md", Buffer.from(text), surroundings({ callable: () => called }));
    assert.ok(read.ok, JSON.stringify(read));
    const [site] = read.value.workflow.workflows.values();
    assert.deepEqual(asking(linkDefinition(JSON.stringify(site), surroundings())), ["edit", "inner"]);
  });

  it("E_UNKNOWN_KEY: a file cannot say it", () => {
    const said = TEXT.replace("parameters: { run", "escalates: false, parameters: { run");
    assert.match(JSON.stringify(problemsOf(said)), /E_UNKNOWN_KEY.*escalates/);
  });
});
