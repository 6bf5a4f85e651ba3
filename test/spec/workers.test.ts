import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { realFiles } from "../../src/port/files.ts";
import { packageFolder } from "../../src/port/package-folder.ts";
import { NO_SETTINGS } from "../../src/spec/project-settings.ts";
import { surroundingsOf } from "../../src/spec/surroundings-of.ts";
import { listWorkers, readWorker } from "../../src/spec/workers.ts";
import { linkDefinition, readWorkflow } from "../../src/spec/workflow-file.ts";

const root = mkdtempSync(join(tmpdir(), "decapod-workers-"));
after(() => rmSync(root, { recursive: true, force: true }));
const builtInFolder = packageFolder("workers");
const places = { files: realFiles, projectRoot: root, builtInFolder };

function write(name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

function surroundings() {
  const project = { root, settings: NO_SETTINGS, file: null };
  const given = { checks: new Map(), builtInRoles: packageFolder("agents"), builtInWorkers: builtInFolder };
  return surroundingsOf(project, realFiles, { ...given, builtInFolders: [] });
}

const read = (text: string) => readWorkflow("w.yaml", text, surroundings());
const codes = (text: string) => {
  const result = read(text);
  return result.ok
    ? []
    : result.problems.map(({ code, message, hint }) => `${code} ${message} (${hint ?? ""})`);
};
const task = (parameters: string, more = "") => `name: w
tasks:
  - { id: a, agent: publish, parameters: ${parameters}${more} }
`;

const PUBLISH = `description: Publishes.
command: [python3, ./publish.py, "--to=\${to}"]
parameters:
  type: object
  required: [to]
  properties: { to: { type: string, enum: [staging, production] }, count: { type: integer } }
expected_outputs: [url]
success_criteria: ["url present"]
effect: once
timeout: 90
`;

describe("workers of a project", () => {
  it("are files in workers/, by their names, or folders with a worker.yaml; those of decapod keep theirs", () => {
    write("workers/publish.yaml", PUBLISH);
    write("workers/thumbs/worker.yaml", "command: [bash, ./make.sh]\n");
    write("workers/hugo-build.yaml", "command: [evil]\n");
    write("workers/README.md", "# no worker\n");
    write("workers/a b.yaml", "command: [x]\n");
    const found = listWorkers(places);
    const own = [...found.values()].filter(({ isBuiltIn }) => !isBuiltIn);
    assert.deepEqual(
      own.map(({ name, shown, folder }) => [name, shown, folder]),
      [
        ["publish", "workers/publish.yaml", "workers"],
        ["thumbs", "workers/thumbs/worker.yaml", "workers/thumbs"],
      ],
    );
    assert.equal(found.get("hugo-build")?.isBuiltIn, true);
  });

  it("that come with decapod can all be read", () => {
    for (const [name, found] of listWorkers(places)) {
      if (!found.isBuiltIn) continue;
      const file = readWorker(realFiles, found, name);
      assert.ok(file.ok, JSON.stringify(file));
      assert.ok((file.value.worker.description ?? "").length > 10, name);
    }
  });

  it("are pinned with a workflow, and what they say for their tasks stands in those that do not say it", () => {
    const checked = read(task("{ to: staging }", ", timeout: 10"));
    assert.ok(checked.ok, JSON.stringify(checked));
    write("workers/publish.yaml", "command: [other]\n");
    const workflow = linkDefinition(checked.value.definition, surroundings());
    write("workers/publish.yaml", PUBLISH);
    assert.deepEqual(workflow.workers.get("publish")?.command, ["python3", "./publish.py", "--to=${to}"]);
    const [one] = workflow.tasks;
    assert.deepEqual([one?.timeout, one?.effect, one?.expectedOutputs], [10, "once", ["url"]]);
    assert.deepEqual(
      one?.criteria.map(({ source }) => source),
      ["url present"],
    );
  });

  it("take the parameters of their schema, and no others", () => {
    assert.deepEqual(codes(task("{ to: staging, count: 3 }")), []);
    assert.deepEqual(codes(task('{ to: "${x}", count: "${y}" }')), []);
    assert.match(codes(task("{ to: prod }"))[0] ?? "", /^E_ARG to /);
    assert.match(codes(task("{ to: staging, count: x }"))[0] ?? "", /^E_ARG count /);
    assert.match(codes(task("{ to: staging, cuont: 1 }"))[0] ?? "", /^E_UNKNOWN_KEY .*cuont \(count\)/);
    assert.match(codes(task("{ count: 1 }"))[0] ?? "", /^E_REQUIRED publish needs the parameter to/);
    assert.match(
      codes("name: w\ntasks: [{ id: a, agent: publsh }]\n")[0] ?? "",
      /^E_UNKNOWN_AGENT .*publish/,
    );
  });

  for (const [name, text, wanted] of [
    ["no command", "description: x\n", /E_REQUIRED .*what does the work/],
    ["unknown keys", "command: [x]\ncomand: 1\n", /E_UNKNOWN_KEY .*comand/],
    ["another name", "name: other\ncommand: [x]\n", /E_CHOICE .*other/],
    [
      "a parameter that nothing declares",
      'command: [x, "${too}"]\nparameters: { properties: { to: {} } }\n',
      /E_EXPR_NAME \$\{too\} .*to/,
    ],
    ["a wrong expression", 'command: [x, "${to"]\n', /E_EXPR/],
    ["a wrong schema", "command: [x]\nparameters: { type: object, propertys: {} }\n", /E_SCHEMA_KEYWORD/],
    ["parameters that are no map", "command: [x]\nparameters: { type: array }\n", /E_TYPE .*map/],
    ["a wrong pattern", "command: [x]\noutput: { patterns: { a: '(' } }\n", /E_SCHEMA .*RE2/],
    [
      "a variable that no program may be given",
      "command: [x]\nenv: { LD_PRELOAD: x }\n",
      /E_ENV_NAME .*LD_PRELOAD/,
    ],
    ["a credential from nowhere", "command: [x]\ncredentials: { KEY: {} }\n", /E_REQUIRED .*exactly one/],
    ["broken YAML", "command: [x\n", /E_YAML/],
  ] as const)
    it(`say what is wrong with a manifest where it is used: ${name}`, () => {
      write("workers/bad.yaml", text);
      const told = codes("name: w\ntasks: [{ id: a, agent: bad }]\n").join("\n");
      assert.match(told, wanted);
      assert.match(told, /workers\/bad\.yaml:\d+:\d+/);
    });
});
