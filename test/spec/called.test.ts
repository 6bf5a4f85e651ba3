/** Workflows that a file calls: checked with it, all at once, and pinned in its definition. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { exitOfAll } from "../../src/core/codes.ts";
import type { Problem } from "../../src/core/problem.ts";
import { realFiles } from "../../src/port/files.ts";
import { pinnedDefinition } from "../../src/spec/pin-workflows.ts";
import { readProject } from "../../src/spec/project.ts";
import { surroundingsOf } from "../../src/spec/surroundings-of.ts";
import { type Checked, linkDefinition, readWorkflow } from "../../src/spec/workflow-file.ts";

const base = mkdtempSync(join(tmpdir(), "decapod-called-"));
after(() => rmSync(base, { recursive: true, force: true }));
let count = 0;

function project(workflows: Readonly<Record<string, string>>): string {
  count += 1;
  const root = join(base, String(count), "project");
  for (const [name, text] of Object.entries(workflows)) {
    const file = join(root, name.includes("/") ? name : `.claude/workflows/${name}.yaml`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return root;
}

function read(root: string, text: string) {
  const found = readProject({ files: realFiles, asked: root, currentFolder: "/", home: null });
  assert.ok(found.ok);
  const given = {
    checks: new Map(),
    builtInRoles: join(base, "none"),
    builtInWorkers: join(base, "none"),
    builtInFolders: [],
  };
  return readWorkflow("main.yaml", text, surroundingsOf(found.value, realFiles, given));
}

function problems(root: string, text: string): readonly Problem[] {
  const checked = read(root, text);
  return checked.ok ? [] : checked.problems;
}

function only(root: string, text: string, code: string): Problem {
  const found = problems(root, text);
  assert.deepEqual(
    found.map((problem) => problem.code),
    [code],
    JSON.stringify(found),
  );
  return found[0] ?? assert.fail();
}

function good(root: string, text: string): Checked {
  const checked = read(root, text);
  if (!checked.ok) assert.fail(JSON.stringify(checked.problems));
  return checked.value;
}

const SHELL = "{ id: a, agent: shell, parameters: { run: ls } }";
const file = (name: string, task = SHELL, top = "") => `name: ${name}\n${top}\ntasks:\n  - ${task}\n`;
const call = (parameters: string, id = "w") =>
  `{ id: ${id}, agent: workflow, parameters: { ${parameters} } }`;
const CHILD = file(
  "child",
  SHELL,
  "params: { where: { type: string, enum: [dev, live] }, times: { type: number, default: 1 } }",
);

describe("a workflow that is called by name or path", () => {
  it("is refused when there is none of that name, with the nearest", () => {
    const root = project({ child: CHILD });
    const problem = only(root, file("m", call("name: chld, params: { where: dev }")), "E_NOT_FOUND");
    assert.deepEqual(
      [problem.message, problem.hint, problem.at?.line, problem.at?.column],
      ['there is no workflow "chld"', "child", 4, 51],
    );
    assert.match(
      only(root, file("m", call("path: no/such.yaml")), "E_NOT_FOUND").message,
      /no file no\/such.yaml/,
    );
    assert.deepEqual(problems(root, file("m", call("name: '${trigger.body}'"))), []);
  });

  it("is refused with params that do not fit, all at once, each at its place", () => {
    const root = project({ child: CHILD });
    const text = file("m", call("name: child, params: { wher: dev, times: many }"));
    const found = problems(root, text);
    assert.deepEqual(
      found.map(({ code, message, hint, at }) => [code, message, hint, at?.line, at?.column]),
      [
        ["E_PARAM_MISSING", "child needs where", "params: { where: … }", 4, 31],
        ["E_PARAM_UNKNOWN", 'child has no param "wher"', "where", 4, 68],
        ["E_PARAM_TYPE", found[2]?.message, found[2]?.hint, 4, 86],
      ],
    );
    assert.match(found[2]?.message ?? "", /times must be a number/);
    assert.equal(exitOfAll(found), 3);
    only(root, file("m", call("name: child, params: { where: moon }")), "E_PARAM_CHOICE");
    only(root, file("m", call("name: child")), "E_PARAM_MISSING");
    good(root, file("m", call("name: child, params: { where: '${trigger.body}', times: '${1 + 1}' }")));
  });

  it("is refused for what is wrong in it, told once and where it is called", () => {
    const wrong = file("child", "{ id: a, agent: codr, parameters: { task: x } }");
    const root = project({ child: wrong, middle: file("middle", call("name: child")) });
    const both = `name: m\ntasks:\n  - ${call("name: child")}\n  - ${call("name: child", "v")}\n`;
    const problem = only(root, both, "E_UNKNOWN_AGENT");
    assert.equal(problem.message, 'there is no agent "codr" (in .claude/workflows/child.yaml:4:21)');
    assert.deepEqual([problem.at?.file, problem.at?.line, problem.at?.column], ["main.yaml", 3, 51]);
    const deep = only(root, file("m", call("name: middle")), "E_UNKNOWN_AGENT");
    assert.match(deep.message, /child.yaml:4:21\) \(in .claude\/workflows\/middle.yaml:4:51\)$/);
  });

  it("is checked with the secrets that the call hands down, and with no others", () => {
    const uses = file(
      "child",
      `{ id: a, agent: shell, env: { K: "\${secrets.KEY}" }, parameters: { run: ls } }`,
    );
    const root = project({ child: uses });
    const secrets = "context: { secrets: { KEY: { env: KEY } } }";
    good(root, file("m", call("name: child, secrets: [KEY]"), secrets));
    only(root, file("m", call("name: child"), secrets), "E_SECRET_UNKNOWN");
  });

  it("lies inside the project, also where a link leads", () => {
    const root = project({ child: file("child"), "flows/deep.yaml": file("deep") });
    writeFileSync(join(root, "../outside.yaml"), file("outside"));
    symlinkSync(join(root, "../outside.yaml"), join(root, ".claude/workflows/linked.yaml"));
    symlinkSync(join(root, "flows/deep.yaml"), join(root, ".claude/workflows/near.yaml"));
    for (const where of ["path: ../outside.yaml", "name: linked", `path: ${join(root, "../outside.yaml")}`]) {
      const problem = only(root, file("m", call(where)), "E_OUTSIDE_ROOT");
      assert.match(problem.message, /lies outside the project/);
      assert.equal(exitOfAll([problem]), 4);
    }
    good(root, file("m", call("path: flows/deep.yaml")));
    good(root, file("m", call("name: near")));
  });

  it("stands in the definition with all that it calls, as if it had been read alone", () => {
    const inner = file("inner");
    const root = project({ child: file("child", call("path: flows/inner.yaml")), "flows/inner.yaml": inner });
    const group = `{ id: g, agent: group, parameters: { tasks: [${call("name: child")}] } }`;
    const { definition, workflow } = good(root, file("m", group));
    const again = linkDefinition(definition, surroundingsOf(projectAt(root), realFiles, NOTHING));
    assert.equal(again.digest, workflow.digest);
    assert.deepEqual([...again.workflows.keys()], ["child", "flows/inner.yaml"]);
    assert.deepEqual([...(again.tasks[0]?.body?.workflows.keys() ?? [])], ["child", "flows/inner.yaml"]);
    const alone = good(root, file("child", call("path: flows/inner.yaml")));
    assert.equal(JSON.stringify(pinnedDefinition(again.workflows, "child")), alone.definition);
    assert.equal(pinnedDefinition(again.workflows, "other"), null);
    writeFileSync(join(root, "flows/inner.yaml"), inner.replace("run: ls", "run: pwd"));
    assert.notEqual(good(root, file("m", group)).workflow.digest, workflow.digest);
  });

  it("may call itself, and is read once however often it is called", () => {
    const root = project({ child: file("child", `${call("name: child")}\n  - ${call("name: other", "v")}`) });
    writeFileSync(join(root, ".claude/workflows/other.yaml"), file("other", call("name: child")));
    const { workflow } = good(root, file("m", call("name: child")));
    assert.deepEqual([...workflow.workflows.keys()], ["child", "other"]);
    assert.equal(workflow.workflows.get("child")?.workflows, undefined);
  });

  it("is not followed deeper than runs may lie", () => {
    const chain = Array.from({ length: 9 }, (_, at) => [`c${at}`, file(`c${at}`, call(`name: c${at + 1}`))]);
    const { workflow } = good(project(Object.fromEntries(chain)), file("m", call("name: c0")));
    assert.deepEqual([...workflow.workflows.keys()], ["c0", "c1", "c2", "c3", "c4"]);
  });
});

const NOTHING = {
  checks: new Map(),
  builtInRoles: join(base, "none"),
  builtInWorkers: join(base, "none"),
  builtInFolders: [],
};

function projectAt(root: string) {
  const found = readProject({ files: realFiles, asked: root, currentFolder: "/", home: null });
  return found.ok ? found.value : assert.fail();
}
