// What a role says for its tasks under `decapod:` (formats.md 4): budget, output_schema, workspace.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import type { JsonMap } from "../../src/core/json.ts";
import type { Problem } from "../../src/core/problem.ts";
import type { Task, Workflow } from "../../src/core/workflow.ts";
import { hasWorktrees } from "../../src/git/repository.ts";
import { realFiles } from "../../src/port/files.ts";
import { packageFolder } from "../../src/port/package-folder.ts";
import { NO_SETTINGS } from "../../src/spec/project-settings.ts";
import { readRoleFields } from "../../src/spec/role-fields.ts";
import { readSchemaFile, surroundingsOf } from "../../src/spec/surroundings-of.ts";
import { linkDefinition, readInline, readWorkflow } from "../../src/spec/workflow-file.ts";
import { git, makeRepository } from "../support/repository.ts";

const root = mkdtempSync(join(tmpdir(), "decapod-role-fields-"));
after(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

const role = (name: string, block: string) =>
  write(`.claude/agents/${name}.md`, `---\nname: ${name}\ndescription: It's: a role\n${block}---\nDo it.\n`);

role("apart", "decapod:\n  workspace: worktree\n");
role("kept", "decapod:\n  workspace: { mode: worktree, merge: commits, keep: always }\n");
role("dear", "decapod:\n  driver: codex\n  budget: { usd: 2.5, tokens: 1000 }\ncolor: red\n");
role(
  "typed",
  "decapod:\n  output_schema:\n    type: object\n    required: [ok]\n    properties:\n      ok:\n        type: boolean\n",
);
role("from-file", "decapod: # ours\r\n  output_schema: schemas/ok.json\r\n");
role("plans", "decapod:\n  output_schema: decapod:workflow\n");
write("schemas/ok.json", '{"type":"object"}');

function surroundings(isPossible = true) {
  const project = { root, settings: NO_SETTINGS, file: null };
  const given = {
    checks: new Map(),
    builtInRoles: packageFolder("agents"),
    builtInWorkers: packageFolder("workers"),
    builtInFolders: [],
  };
  return {
    ...surroundingsOf(project, realFiles, given),
    worktrees: { isPossible: () => isPossible, isUsed: false },
  };
}

function checked(text: string, isPossible = true) {
  const read = readWorkflow("w.yaml", text, surroundings(isPossible));
  assert.ok(read.ok, JSON.stringify(read));
  return read.value;
}

const flow = (task: string, top = "") =>
  `name: w\n${top}tasks:\n  - { id: a, parameters: { task: x }, ${task} }\n  - { id: b, agent: coder, parameters: { task: y } }\n`;
const taskOf = (workflow: Workflow): Task => workflow.tasks[0] as Task;
const modes = ({ settings, tasks }: Workflow) =>
  [settings.workspace, ...tasks.map((task) => task.workspace)].map((one) => one?.mode ?? null);

describe("a role's budget and output_schema", () => {
  it("hold for its tasks, and the run keeps them as they were", () => {
    const { workflow, definition } = checked(flow("agent: dear"));
    assert.deepEqual(taskOf(workflow).budget, { usd: 2.5, tokens: 1000 });
    assert.equal(workflow.roles.get("dear")?.driver, "codex");
    assert.deepEqual(taskOf(linkDefinition(definition, surroundings())).budget, { usd: 2.5, tokens: 1000 });
    assert.equal(workflow.tasks[1]?.budget, null, "only for its own");
    const schema = { properties: { ok: { type: "boolean" } }, required: ["ok"], type: "object" };
    assert.deepEqual(taskOf(checked(flow("agent: typed")).workflow).outputSchema, schema);
    assert.deepEqual(taskOf(checked(flow("agent: from-file")).workflow).outputSchema, { type: "object" });
    assert.equal(taskOf(checked(flow("agent: plans")).workflow).outputSchema, "decapod:workflow");
  });

  it("give way to what the task says, and to what defaults say", () => {
    assert.deepEqual(taskOf(checked(flow("agent: dear, budget: { usd: 1 }")).workflow).budget, {
      usd: 1,
      tokens: null,
    });
    const defaults = "defaults: { output_schema: { type: array } }\n";
    assert.deepEqual(taskOf(checked(flow("agent: typed", defaults)).workflow).outputSchema, {
      type: "array",
    });
  });

  it("are not those of the role of a fallback", () => {
    assert.equal(taskOf(checked(flow("agent: coder, fallback: { agent: dear }")).workflow).budget, null);
  });
});

describe("a role's workspace", () => {
  it("is its tasks', and then the run works on the branch that they are merged into", () => {
    assert.deepEqual(modes(checked(flow("agent: apart")).workflow), ["worktree", "worktree", null]);
    assert.deepEqual(taskOf(checked(flow("agent: kept")).workflow).workspace, {
      mode: "worktree",
      merge: "commits",
      keep: "always",
      base: null,
      branch: null,
    });
  });

  it("does not stand over what task, defaults or run say", () => {
    assert.deepEqual(modes(checked(flow("agent: apart, workspace: shared")).workflow), [
      null,
      "shared",
      null,
    ]);
    const defaults = "defaults: { workspace: shared }\n";
    assert.deepEqual(modes(checked(flow("agent: apart", defaults)).workflow), [null, "shared", "shared"]);
    const run = "settings: { workspace: shared }\n";
    assert.deepEqual(modes(checked(flow("agent: apart", run)).workflow), ["shared", null, null]);
    const own = "settings: { workspace: { mode: worktree, branch: work/x } }\n";
    const { workflow } = checked(flow("agent: apart", own));
    assert.deepEqual(
      [workflow.settings.workspace?.branch, ...modes(workflow)],
      ["work/x", "worktree", "worktree", null],
    );
  });

  it("is left alone where there can be no worktree, and in what is planned while a run goes on", () => {
    assert.deepEqual(modes(checked(flow("agent: apart"), false).workflow), [null, null, null]);
    const { worktrees: _, ...later } = surroundings();
    const tasks = [{ id: "a", agent: "apart", parameters: { task: "x" } }];
    const rules = {
      allow: new Set<string>(),
      tasksMax: 9,
      timeoutSeconds: 9,
      maxParallel: 1,
      budget: { usd: null, tokens: null },
    };
    const planned = readInline({ name: "p", tasks } as JsonMap, later, rules);
    assert.ok(planned.ok, JSON.stringify(planned));
    assert.deepEqual(modes(planned.value.workflow), [null, null]);
  });

  it("of a task in a called workflow puts the run at the top on the branch, and that one not", () => {
    write(".claude/workflows/called.yaml", flow("agent: apart").replace("name: w", "name: called"));
    const top = "tasks:\n  - { id: c, agent: workflow, parameters: { name: called } }\n";
    const { workflow } = checked(`name: w\n${top}`);
    const called = workflow.workflows.get("called") as JsonMap;
    assert.deepEqual([workflow.settings.workspace?.mode, called.settings], ["worktree", undefined]);
    assert.equal((called.tasks as readonly JsonMap[])[0]?.workspace, "worktree");
    const shared = checked(`name: w\nsettings: { workspace: shared }\n${top}`).workflow;
    const left = shared.workflows.get("called") as JsonMap;
    assert.equal((left.tasks as readonly JsonMap[])[0]?.workspace, undefined);
  });

  it("of the built-in builders is a worktree each", () => {
    const text = `name: w\ntasks:\n${["backend", "frontend", "coder", "checker"].map((name) => `  - { id: ${name[0]}, agent: ${name}, parameters: { task: x } }\n`).join("")}`;
    assert.deepEqual(
      modes(checked(text.replace("{ id: c, agent: checker", "{ id: d, agent: checker")).workflow),
      [...["worktree", "worktree", "worktree", null, null]],
    );
  });
});

describe("where there can be a worktree", () => {
  it("is in a repository with a commit, also a packed or detached one, or a worktree or folder of it", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "decapod-has-worktrees-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const at = (...names: readonly string[]) => hasWorktrees(realFiles, join(folder, ...names));
    assert.equal(at(), false, "no repository");
    const empty = join(folder, "empty");
    mkdirSync(empty);
    git(empty, "init", "--quiet");
    assert.equal(at("empty"), false, "no commit");
    makeRepository(join(folder, "made"), { "site/a.txt": "a\n" });
    assert.deepEqual([at("made"), at("made", "site")], [true, true]);
    git(join(folder, "made"), "worktree", "add", "--quiet", "../tree");
    assert.equal(at("tree"), true);
    git(join(folder, "made"), "pack-refs", "--all");
    assert.deepEqual([at("made"), at("tree")], [true, true]);
    git(join(folder, "made"), "checkout", "--quiet", "--detach");
    assert.equal(at("made"), true);
    git(join(folder, "made"), "checkout", "--quiet", "--orphan", "fresh");
    assert.equal(at("made"), false);
  });
});

describe("what is wrong in a role's block", () => {
  const read = (block: string) =>
    readRoleFields("r.md", `---\nname: r\n${block}---\nDo.\n`, (path) =>
      readSchemaFile(root, realFiles, path),
    );
  const places = ({ problems }: { readonly problems: readonly Problem[] }) =>
    problems.map(({ code, at }) => `${code} ${at?.line}:${at?.column}`);
  const WRONG: readonly (readonly [string, string])[] = [
    ["decapod:\n  workspace: worktre\n", "E_TYPE 4:14"],
    ["decapod:\n  workspace: ${where}\n", "E_TYPE 4:14"],
    ["decapod:\n  workspace: { mode: worktree, branch: x }\n", "E_UNKNOWN_KEY 4:32"],
    ["decapod:\n  driver: codex\n  budget: { usd: -1 }\n", "E_RANGE 5:18"],
    ["decapod:\n  budget: 5\n", "E_TYPE 4:11"],
    ["decapod:\n  output_schema:\n    type: objct\n", "E_SCHEMA_KEYWORD 5:11"],
    ["decapod:\n  output_schema: none.json\n", "E_NOT_FOUND 4:18"],
    ["decapod: { workspace: worktree }\n", "E_TYPE 3:10"],
    ["decapod:\n  workspace: [\n", "E_YAML_SYNTAX"],
  ];
  for (const [block, expected] of WRONG)
    it(`has code, line and column: ${JSON.stringify(block)}`, () => {
      const found = places(read(block));
      assert.ok(found[0]?.startsWith(expected), found.join(", "));
      assert.deepEqual(read(block).fields, {});
    });

  it("is said where the workflow names the role, with the place in its file", () => {
    role("wrong", "decapod:\n  workspace: worktre\n");
    const told = readWorkflow("w.yaml", flow("agent: wrong"), surroundings());
    assert.ok(!told.ok);
    const [{ code, message, at }] = told.problems as [Problem];
    assert.deepEqual([told.problems.length, code, at?.line, at?.column], [1, "E_TYPE", 3, 46]);
    assert.match(
      message,
      /^workspace must be one of shared, worktree.* \(in \.claude\/agents\/wrong\.md:5:14\)$/,
    );
  });

  it("is nothing of the rest of the front matter, however it is written", () => {
    const { fields, problems } = read('a: "x: [\nb: - : {\ndecapod:\n  workspace: shared\nc: &x *y\n');
    assert.deepEqual([fields, problems], [{ workspace: "shared" }, []]);
  });

  it("is a warning where it only has no effect", () => {
    const { warnings, problems } = read("decapod:\n  workspace: { mode: shared, keep: always }\n");
    assert.deepEqual([problems, warnings.map(({ code }) => code)], [[], ["W_NO_EFFECT"]]);
  });
});
