import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { parse } from "yaml";
import { isMap, type Json } from "../../src/core/json.ts";
import { realFiles } from "../../src/port/files.ts";
import { packageFolder } from "../../src/port/package-folder.ts";
import { readMarkdown, splitList } from "../../src/spec/front-matter.ts";
import { NO_SETTINGS } from "../../src/spec/project-settings.ts";
import { listRoles } from "../../src/spec/role-list.ts";
import { ROLE_BYTES_MAX, roleOf } from "../../src/spec/roles.ts";
import { surroundingsOf } from "../../src/spec/surroundings-of.ts";
import { linkDefinition, readWorkflow } from "../../src/spec/workflow-file.ts";

const root = mkdtempSync(join(tmpdir(), "decapod-roles-"));
after(() => rmSync(root, { recursive: true, force: true }));
const builtInRoles = packageFolder("agents");

function write(name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

/** Of the project as it lies on the disk now. */
function surroundings(agents = NO_SETTINGS.agents) {
  const project = { root, settings: { ...NO_SETTINGS, agents }, file: null };
  return surroundingsOf(project, realFiles, {
    checks: new Map(),
    builtInRoles,
    builtInWorkers: packageFolder("workers"),
    builtInFolders: [],
  });
}

function good(text: string) {
  const read = readWorkflow("w.yaml", text, surroundings());
  if (!read.ok) assert.fail(JSON.stringify(read.problems));
  return read.value;
}

describe("front matter, read leniently", () => {
  it("174 public files (agents, skills, commands) give what their users see", () => {
    const lines = readFileSync(
      join(import.meta.dirname, "../data/agent-frontmatter/front-matter.jsonl"),
      "utf8",
    );
    const counts = { all: 0, strict: 0 };
    for (const line of lines.trim().split("\n")) {
      const { front_matter: front, name, strict_yaml_ok: isStrict } = JSON.parse(line);
      const read = readMarkdown(`---\n${front}\n---\nbody`);
      counts.all += 1;
      // A command is called by the name of its file.
      assert.deepEqual([read.front.name ?? null, read.body], [name, "body"]);
      assert.ok(String(read.front.description).length > 10, name);
      if (!isStrict) continue;
      counts.strict += 1;
      for (const [key, value] of Object.entries(parse(front) as Record<string, Json>))
        assert.equal(plain(read.front[key]), plain(value), `${name}: ${key}`);
    }
    assert.deepEqual(counts, { all: 174, strict: 168 });
  });

  function plain(value: Json | undefined): string {
    return JSON.stringify(
      Array.isArray(value) ? value.map(String) : value === null ? "" : String(value).trim(),
    );
  }

  const FORMS: readonly (readonly [string, Json])[] = [
    ["a: one\nb: two", { a: "one", b: "two" }],
    ["a: Use when: x # not this", { a: "Use when: x" }],
    ["a: \"x: \\\"y\\\"\\n\"\nb: 'it''s'", { a: 'x: "y"\n', b: "it's" }],
    ["a: [x, 'y, z', Bash(git log, git diff)]", { a: ["x", "y, z", "Bash(git log, git diff)"] }],
    ["a:\n  [\n    x,\n    'y, z',\n  ]\nb: c", { a: ["x", "y, z"], b: "c" }],
    ['a:\n  "x\n  y"', { a: "x y" }],
    ["a:\n  - x\n  - y: z\nb: c", { a: ["x", "y: z"], b: "c" }],
    ["a: >-\n  one\n  two\nb: |\n  one\n    two", { a: "one two", b: "one\n  two" }],
    ["a: one\n  two", { a: "one two" }],
    ["a: # said why\n  b: c", { a: { b: "c" } }],
    [
      "decapod:\n  driver: codex\n  # said why\n  max_turns: 3",
      { decapod: { driver: "codex", max_turns: "3" } },
    ],
    ["__proto__: x\nconstructor: y\na: z", { a: "z" }],
    ["no key\n- list\na: z", { a: "z" }],
    ["", {}],
  ];
  for (const [front, expected] of FORMS) {
    it(`reads ${JSON.stringify(front)}`, () => {
      assert.deepEqual({ ...readMarkdown(`---\n${front}\n---\n`).front }, expected);
    });
  }

  it("takes a file without front matter for its body, and one that never ends too", () => {
    assert.deepEqual(readMarkdown("\n# Hello\n"), { front: {}, body: "# Hello" });
    assert.deepEqual(readMarkdown("---\na: b\n"), { front: {}, body: "---\na: b" });
    assert.deepEqual(readMarkdown("---\r\na: b\r\n---\r\nx"), { front: { a: "b" }, body: "x" });
  });

  it("does not fall over on anything", () => {
    const deep = Array.from({ length: 50 }, (_, index) => `${" ".repeat(index)}a:`).join("\n");
    for (const text of [
      deep,
      "[".repeat(5_000),
      "a: ".repeat(5_000),
      "a:\n\t- x",
      "a: [,,]",
      'a: "x',
      "\0: b",
    ])
      assert.equal(typeof readMarkdown(`---\n${text}\n---\n`).front, "object");
    assert.deepEqual(splitList("a, (b, c, d"), ["a", "(b, c, d"]);
  });
});

describe("roles of a project", () => {
  it("are known by file, by name and by birth; the project's own win", () => {
    write(".claude/agents/author.md", "---\nname: copy-writer\ndescription: colon: here\n---\nWrite.");
    write(".claude/agents/deep/tester.md", "no front matter");
    write(".claude/agents/README.md", "");
    write(".claude/agents/coder.md", "---\nname: coder\n---\nOurs.");
    const roles = listRoles({
      files: realFiles,
      projectRoot: root,
      builtInFolder: builtInRoles,
      settings: new Map(),
    });
    for (const name of ["author", "copy-writer", "tester", "orchestrator", "research", "researcher"])
      assert.ok(roles.has(name), name);
    assert.ok(!roles.has("README"));
    const role = surroundings().role;
    assert.equal(role?.("coder").ok === true && role("coder").ok, true);
    const read = role?.("coder");
    assert.equal(read?.ok === true && read.value.instructions, "Ours.");
  });

  it("that come with decapod all tell an agent what to do, and what it may use", () => {
    const known = listRoles({
      files: realFiles,
      projectRoot: "/none",
      builtInFolder: builtInRoles,
      settings: new Map(),
    });
    assert.deepEqual([...known.keys()].sort(), [
      ...[
        "backend",
        "checker",
        "coder",
        "frontend",
        "orchestrator",
        "planner",
        "research",
        "researcher",
        "task-executor",
        "writer",
      ],
    ]);
    for (const path of known.values()) {
      const role = roleOf(readFileSync(String(path), "utf8"));
      assert.ok(
        role.instructions.length > 800 && role.tools !== null && role.tools.includes("Read"),
        String(path),
      );
      assert.deepEqual(role.unsupported, []);
    }
  });

  it("say what they say, and leave the rest to the driver", () => {
    assert.deepEqual(
      roleOf(
        "---\nname: x\ntools: Read, Bash(npm test)\ndisallowedTools: [Write]\nmodel: haiku\nmaxTurns: 7\npermissionMode: plan\ncolor: red\n---\nDo.",
      ),
      {
        instructions: "Do.",
        driver: null,
        model: "haiku",
        tools: ["Read", "Bash(npm test)"],
        deniedTools: ["Write"],
        permission: "plan",
        maxTurns: 7,
        unsupported: [],
      },
    );
    const plainRole = roleOf("---\nmodel: inherit\ntools:\nmaxTurns: many\n---\n");
    assert.deepEqual([plainRole.model, plainRole.tools, plainRole.maxTurns], [null, null, null]);
    const own = roleOf(
      "---\ndecapod:\n  driver: codex\n  max_turns: 3\n  budgets: 2\n  workspace: worktree\n---\n",
    );
    assert.deepEqual([own.driver, own.maxTurns, own.unsupported], ["codex", 3, ["decapod.budgets"]]);
  });

  it("named in decapod.yaml are roles too, with the driver that stands there", () => {
    const setting = { driver: "gemini", command: "x", args: [] };
    const read = surroundings(new Map([["fast", setting]])).role?.("fast");
    assert.ok(read?.ok === true);
    assert.deepEqual(
      [read.value.driver, read.value.unsupported],
      ["gemini", ["command and args of decapod.yaml"]],
    );
  });
});

const FLOW = `name: w
tasks:
  - { id: a, agent: writer, parameters: { task: x }, fallback: { agent: planner } }
  - { id: b, agent: shell, parameters: { run: make } }
  - id: g
    agent: group
    parameters: { tasks: [{ id: c, agent: tester, parameters: { task: y } }] }
`;

describe("roles pinned with a workflow", () => {
  it("a run goes on with the roles as they were when it was read, in bodies too", () => {
    write(".claude/agents/author.md", "---\nname: writer\nmodel: haiku\n---\nWrite well.");
    write(".claude/agents/deep/tester.md", "Test well.");
    const { workflow, definition } = good(FLOW);
    assert.deepEqual([...workflow.roles.keys()], ["planner", "tester", "writer"]);
    write(".claude/agents/author.md", "Write badly.");
    const again = linkDefinition(definition, surroundings());
    assert.equal(again.digest, workflow.digest);
    for (const one of [again, again.tasks[2]?.body])
      assert.deepEqual(
        [one?.roles.get("writer")?.instructions, one?.roles.get("tester")?.instructions],
        ["Write well.", "Test well."],
      );
  });

  it("a changed role is another workflow; a role that is not named changes nothing", () => {
    const before = good(FLOW).workflow.digest;
    write(".claude/agents/other.md", "Other.");
    assert.equal(good(FLOW).workflow.digest, before);
    write(".claude/agents/deep/tester.md", "Test better.");
    assert.notEqual(good(FLOW).workflow.digest, before);
    assert.ok(isMap(JSON.parse(good(FLOW).definition).roles));
  });

  it("no file can bring roles of its own, and one that is too long is refused where it is named", () => {
    const own = readWorkflow("w.yaml", `roles: { writer: { instructions: x } }\n${FLOW}`, surroundings());
    assert.deepEqual(own.ok ? [] : own.problems.map(({ code }) => code), ["E_UNKNOWN_KEY"]);
    write(".claude/agents/deep/tester.md", "x".repeat(ROLE_BYTES_MAX));
    good(FLOW);
    write(".claude/agents/deep/tester.md", "x".repeat(ROLE_BYTES_MAX + 1));
    const long = readWorkflow("w.yaml", FLOW, surroundings());
    assert.deepEqual(long.ok ? [] : long.problems.map(({ code, at }) => [code, at?.line]), [
      ["E_TOO_LARGE", 7],
    ]);
  });
});
