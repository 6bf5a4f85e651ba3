import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CODES, exitOf, exitOfAll, isCode } from "../../src/core/codes.ts";
import { explain, explainAll } from "../../src/spec/explain.ts";
import { editsBetween, nearest } from "../../src/spec/nearest.ts";
import { workflowJsonSchema, workflowSchemaYaml } from "../../src/spec/schema-json.ts";
import { problemsOf } from "../support/surroundings.ts";

describe("explain", () => {
  const text =
    "name: x\ntasks:\n  - id: build\n    agent: shell\n    parameters: {run: make}\n    dependencis: [bild]\n";
  it("shows code, place, frame and what to try, and a line only once", () => {
    assert.equal(
      explainAll(problemsOf(text, "workflows/deploy-site.yaml"), { text, columns: null }),
      [
        'error E_UNKNOWN_KEY unknown key "dependencis"',
        "  --> workflows/deploy-site.yaml:6:5",
        " 4 |     agent: shell",
        " 5 |     parameters: {run: make}",
        " 6 |     dependencis: [bild]",
        "   |     ^^^^^^^^^^^",
        "  try: dependencies",
        'error E_UNKNOWN_TASK task "bild" does not exist (workflows/deploy-site.yaml:6:19)',
        "  try: build (line 3)",
      ].join("\n"),
    );
  });
  it("shows a cycle by its path alone, and a warning as one", () => {
    const at = { file: "a", line: 1, column: 1 };
    assert.equal(
      explain({ code: "E_CYCLE", message: "a → a (line 1)", at }, "a"),
      "error E_CYCLE a → a (line 1)",
    );
    assert.equal(explain({ code: "W_TIMEOUTS", message: "long", at }), "warning W_TIMEOUTS long (a:1:1)");
    assert.equal(explain({ code: "E_USAGE", message: "what" }), "error E_USAGE what");
  });
  it("shows hostile signs by their number and cuts what is too long", () => {
    const hostile = "a: \u001b[2J\u202e\r";
    const shown = explain(
      {
        code: "E_TYPE",
        message: `\u001b[31m${"x".repeat(500)}`,
        at: { file: "f\n", line: 1, column: 4, length: 99 },
      },
      hostile,
    );
    assert.ok(!/[\p{Cc}\p{Cf}]/u.test(shown.replaceAll("\n", "")));
    assert.ok(
      shown.split("\n").every((line) => line.length <= 240),
      shown,
    );
    const wide = `${"y".repeat(5000)}: [`;
    const cut = explain(
      { code: "E_TYPE", message: "m", at: { file: "f", line: 1, column: 5003 } },
      wide,
    ).split("\n");
    assert.ok(cut.every((line) => line.length < 140));
    assert.equal(cut[2]?.at(cut[3]?.indexOf("^") ?? -1), "[");
  });
  it("fits the screen, and begins the lines before where they begin", () => {
    const text = `  - id: gate\n    parameters: { message: "${"m".repeat(80)}", timeot: 1 }`;
    const at = { file: "f", line: 2, column: text.split("\n")[1]?.indexOf("timeot") ?? 0, length: 6 };
    const place = { ...at, column: at.column + 1 };
    const shown = explainAll([{ code: "E_TYPE", message: "m", at: place }], { text, columns: 80 }).split(
      "\n",
    );
    assert.ok(shown.every((line) => line.length <= 80));
    assert.equal(shown[2], " 1 |   - id: gate");
    assert.ok(shown[3]?.endsWith("timeot"), shown[3]);
    assert.equal(shown[4]?.indexOf("^"), shown[3]?.indexOf("timeot"));
    assert.match(shown[4] ?? "", / \^{6}$/);
  });
  it("aligns lines of different widths", () => {
    const lines = Array.from({ length: 12 }, (_, index) => `k${index}: 1`).join("\n");
    assert.deepEqual(
      explain({ code: "E_TYPE", message: "m", at: { file: "f", line: 10, column: 1 } }, lines)
        .split("\n")
        .slice(2),
      ["  8 | k7: 1", "  9 | k8: 1", " 10 | k9: 1", "    | ^"],
    );
  });
});

describe("nearest", () => {
  it("finds what was meant, and nothing where nothing was", () => {
    assert.equal(nearest("depedencies", ["description", "dependencies"]), "dependencies");
    assert.equal(nearest("tiemout", ["timeout"]), "timeout");
    assert.equal(nearest("zz", ["a", "bb", "run"]), undefined);
    assert.equal(nearest("max", ["max_attempts", "env"]), "max_attempts");
    assert.equal(editsBetween("ab", "ba", 9), 1);
  });
});

describe("tables", () => {
  it("has codes of one form, each with an exit code", () => {
    for (const [code, exit] of Object.entries(CODES)) {
      assert.match(code, /^[EW]_[A-Z_]+$/);
      assert.ok(exit >= 0 && exit <= 11, code);
    }
    assert.equal(exitOf("E_JOURNAL"), 7);
    assert.equal(exitOf("E_NOT_THERE"), 3);
    assert.equal(exitOfAll([{ code: "W_TIMEOUTS" }]), 0);
    assert.equal(exitOfAll([{ code: "E_GATE_REQUIRED" }, { code: "E_TYPE" }]), 3);
  });
  it("has every code that the source names", () => {
    const root = join(import.meta.dirname, "../../src");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
    );
    const named = files.flatMap(
      (name) => readFileSync(join(root, name), "utf8").match(/(?<=")[EW]_[A-Z_]+(?=")/g) ?? [],
    );
    assert.deepEqual(
      [...new Set(named)].filter((code) => !isCode(code)),
      [],
    );
    assert.ok(files.length > 50 && named.length > 50);
  });
});

describe("the published schema", () => {
  it("has every key of a task, and the parameters of each built-in agent", () => {
    const { definitions, properties } = workflowJsonSchema() as never as {
      definitions: { task: { properties: object; allOf: readonly object[] } };
      properties: object;
    };
    assert.ok(Object.keys(definitions.task.properties).length >= 35);
    assert.equal(definitions.task.allOf.length, 8);
    assert.ok("triggers" in properties);
  });
  it("is the file in docs/, letter for letter", () => {
    const file = join(import.meta.dirname, "../../docs/workflow.schema.yaml");
    assert.equal(readFileSync(file, "utf8"), workflowSchemaYaml());
  });
  it("is YAML without anchors", () => {
    const text = workflowSchemaYaml();
    assert.ok(!/[&*]a\d/.test(text));
    assert.match(text, /^title: decapod workflow$/m);
  });
});
