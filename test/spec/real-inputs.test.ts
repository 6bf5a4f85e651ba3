import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { exitOfAll } from "../../src/core/codes.ts";
import { linkDefinition, readWorkflow } from "../../src/spec/workflow-file.ts";
import { goodWorkflow, surroundings } from "../support/surroundings.ts";

const DATA = join(import.meta.dirname, "../data");

function files(folder: string): readonly string[] {
  return readdirSync(join(DATA, folder))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => `${folder}/${name}`);
}

function text(file: string): string {
  return readFileSync(join(DATA, file), "utf8");
}

/** Without lines: a definition does not know where its text stood. */
function comparable(workflow: unknown): string {
  return JSON.stringify(workflow, (key, value) =>
    key === "line" ? 0 : value instanceof Map ? [...value] : value,
  );
}

describe("example workflows", () => {
  const examples = files("example-workflows");
  it("finds twelve of them", () => assert.equal(examples.length, 12));
  for (const file of examples) {
    it(`reads ${file}`, () => {
      const { workflow, definition } = goodWorkflow(text(file), file);
      assert.equal(comparable(linkDefinition(definition, surroundings())), comparable(workflow));
    });
  }

  it("reads the same workflow from YAML and from JSON", () => {
    for (const file of examples) {
      const { workflow, definition } = goodWorkflow(text(file), file);
      const again = goodWorkflow(JSON.stringify(parse(text(file))), file.replace(".yaml", ".json"));
      assert.equal(again.workflow.digest, workflow.digest);
      assert.equal(again.definition, definition);
    }
  });
});

describe("public workflow shapes", () => {
  const shapes = [...files("workflow-shapes/archon"), ...files("workflow-shapes/argo")];
  it("finds 77 of them", () => assert.equal(shapes.length, 77));
  for (const file of shapes) {
    it(`reads ${file}`, () => {
      const source = text(file).replaceAll(/^(\s+agent: ).*$/gm, "$1coder");
      if (!file.endsWith("recursive-for-loop.yaml")) return void goodWorkflow(source, file);
      const read = readWorkflow(file, source, surroundings());
      assert.ok(!read.ok);
      assert.equal(read.problems.length, 1);
      const { code, message, at } = read.problems[0] ?? assert.fail();
      assert.equal(code, "E_EXPR_NAME");
      assert.match(message, /"var"/);
      assert.deepEqual({ line: at?.line, column: at?.column }, { line: 12, column: 52 });
    });
  }
});

describe("the founding texts", () => {
  it("reads the full stack feature template as it is", () => {
    const { workflow, warnings } = goodWorkflow(text("founding/full-stack-feature-template.yaml"));
    assert.deepEqual(
      workflow.params.map(({ name, required, type }) => ({ name, required, type })),
      [{ name: "feature_name", required: true, type: "string" }],
    );
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      workflow.tasks.map(({ dependencies }) => dependencies),
      [[], [0], [0], [1, 2], [3]],
    );
    assert.deepEqual(workflow.tasks[0]?.successors, [1, 2]);
  });

  it("reads the bug fix template as it is", () => {
    const { workflow } = goodWorkflow(text("founding/bug-fix-template.yaml"));
    assert.deepEqual(
      workflow.params.map(({ name }) => name),
      ["bug_description"],
    );
    assert.equal(workflow.settings.maxParallel, 3);
    assert.equal(workflow.settings.timeoutSeconds, 3600);
    assert.equal(workflow.settings.onFailure, "stop");
  });

  it("refuses the schema sketch with line and column", () => {
    const read = readWorkflow("workflow.schema.yaml", text("founding/workflow-schema.yaml"), surroundings());
    assert.ok(!read.ok);
    const { code, at } = read.problems[0] ?? assert.fail();
    assert.equal(code, "E_YAML_SYNTAX");
    assert.deepEqual({ line: at?.line, column: at?.column }, { line: 11, column: 17 });
    assert.equal(exitOfAll(read.problems), 3);
  });
});
