// Skills that a role or a task names are told to its agent as text, as they were when the run began.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { instructionsOf } from "../../src/driver/agent/call.ts";
import { agentSettings } from "../../src/driver/agent/settings.ts";
import { realFiles } from "../../src/port/files.ts";
import { packageFolder } from "../../src/port/package-folder.ts";
import { NO_SETTINGS } from "../../src/spec/project-settings.ts";
import { surroundingsOf } from "../../src/spec/surroundings-of.ts";
import { linkDefinition, readWorkflow } from "../../src/spec/workflow-file.ts";
import { plainWork } from "../support/plain-work.ts";

const root = mkdtempSync(join(tmpdir(), "decapod-skills-"));
after(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

const skill = (name: string, body: string, front = "") =>
  write(`.claude/skills/${name}/SKILL.md`, `---\nname: ${name}\n${front}---\n${body}\n`);

skill("naming", "Name things by what they are. ${params.no} See ${CLAUDE_SKILL_DIR}/list.md.");
skill("testing", "Write the test first.", "allowed-tools: Bash\n");
skill("large", "x".repeat(300 * 1024));
write(".claude/agents/careful.md", "---\nname: careful\nskills: naming\n---\nBe careful.\n");
write(
  ".claude/agents/lost.md",
  "---\nname: lost\nskills: [naming, gone, 'their-plugin:review']\n---\nBe lost.\n",
);

function read(tasks: string, more = "") {
  const project = { root, settings: NO_SETTINGS, file: null };
  const folders = { builtInRoles: packageFolder("agents"), builtInWorkers: packageFolder("workers") };
  const given = { checks: new Map(), ...folders, builtInFolders: [] };
  const surroundings = surroundingsOf(project, realFiles, given);
  return { surroundings, ...readWorkflow("w.yaml", `name: w\n${more}tasks:\n${tasks}`, surroundings) };
}

function checked(tasks: string, more = "") {
  const found = read(tasks, more);
  assert.ok(found.ok, JSON.stringify(found));
  const { workflow, definition } = found.value;
  // As a run goes on with it, in a project that may be another by now.
  assert.deepEqual(linkDefinition(definition, found.surroundings).roles, workflow.roles);
  return workflow.roles;
}

function problems(tasks: string) {
  const found = read(tasks);
  assert.ok(!found.ok);
  return found.problems.map(({ code, message, at }) => `${code} ${message} ${at?.line}:${at?.column}`);
}

function told(roles: ReturnType<typeof checked>, agent: string, options: object = {}) {
  const agentRole = roles.get(agent) ?? assert.fail(agent);
  return instructionsOf(
    plainWork({
      attempt: "r/t/1",
      workspace: root,
      environment: {},
      folder: root,
      agentRole,
      options: { ...options },
    }),
  );
}

const task = (agent: string, more = "") =>
  `  - { id: t-${agent}, agent: ${agent}, parameters: { task: x }${more} }\n`;

describe("skills", () => {
  it("of a role are told with it, with where their other files lie; no expression in them is read", () => {
    assert.match(
      told(checked(task("careful")), "careful"),
      /^Be careful\.\n\n# Skill: naming\n\nName things by what they are\. \$\{params\.no\} See \.claude\/skills\/naming\/list\.md\.\n\nYou work unattended/,
    );
  });

  it("of a task stand in place of those of its role, and its fallback has them too", () => {
    const more = ", options: { skills: [testing] }, fallback: { agent: checker }";
    const roles = checked(task("careful", more));
    const text = told(roles, "careful", { skills: ["testing"] });
    assert.match(text, /# Skill: testing\n\nWrite the test first\.\n/);
    assert.doesNotMatch(text, /naming/);
    assert.match(told(roles, "checker", { skills: ["testing"] }), /# Skill: testing/);
    assert.doesNotMatch(told(roles, "checker"), /# Skill/);
  });

  it("of defaults are those of every task", () => {
    const fallback = "fallback: { agent: coder }";
    const roles = checked(task("checker"), `defaults: { options: { skills: [naming] }, ${fallback} }\n`);
    assert.match(told(roles, "coder", { skills: ["naming"] }), /# Skill: naming/);
    assert.match(told(roles, "checker", { skills: ["naming"] }), /# Skill: naming/);
  });

  it("that are not there are named with where they were looked for and what is near", () => {
    assert.deepEqual(problems(task("careful", ", options: { skills: [nameing] }")), [
      "E_ARG there is no skill nameing: .claude/skills/nameing/SKILL.md is not there 3:83",
    ]);
  });

  it("that a role names for other programs too are a warning, and its agent is told the others", () => {
    const found = read(task("lost"));
    assert.ok(found.ok, JSON.stringify(found));
    assert.deepEqual(
      found.value.warnings.map(({ code, message, at }) => `${code} ${message} ${at?.line}:${at?.column}`),
      [
        "W_NO_EFFECT role lost: there is no skill gone: .claude/skills/gone/SKILL.md is not there; its agent is told nothing of it 3:26",
        'W_NO_EFFECT role lost: "their-plugin:review" is not the name of a skill; its agent is told nothing of it 3:26',
      ],
    );
    const roles = checked(task("lost"));
    assert.match(told(roles, "lost"), /^Be lost\.\n\n# Skill: naming\n\nName things [^#]*$/);
    const role = roles.get("lost") ?? null;
    assert.ok(agentSettings({ driver: "claude-code", options: {}, role, permission: "acceptEdits" }).ok);
    assert.match(problems(task("lost", ", options: { skills: [gone] }"))[0] ?? "", /^E_ARG .* skill gone/);
  });

  it("are refused by their form, when they are too large, and when they lead out of the project", () => {
    const asked = (name: string) => problems(task("checker", `, options: { skills: ['${name}'] }`))[0] ?? "";
    assert.match(asked("../agents"), /^E_ARG "\.\.\/agents" is not the name of a skill/);
    assert.match(asked("large"), /^E_TOO_LARGE/);
    const outside = mkdtempSync(join(tmpdir(), "decapod-skill-outside-"));
    after(() => rmSync(outside, { recursive: true, force: true }));
    writeFileSync(join(outside, "SKILL.md"), "Out.");
    symlinkSync(outside, join(root, ".claude/skills/out"));
    assert.match(asked("out"), /^E_OUTSIDE_ROOT/);
  });

  it("give no tools, whatever they say of themselves", () => {
    const role = checked(task("careful", ", options: { skills: [testing] }")).get("careful") ?? null;
    const asked = {
      driver: "claude-code",
      options: { skills: ["testing"] },
      role,
      permission: "acceptEdits",
    };
    const settings = agentSettings(asked);
    assert.ok(
      settings.ok && !settings.value.tools.includes("Bash") && !settings.value.allowed.includes("Bash"),
    );
  });

  it("that an expression names are among those that the file names, or the attempt fails with the name", () => {
    const role = checked(task("careful")).get("careful") ?? null;
    const asked = { driver: "claude-code", role, permission: "acceptEdits" };
    assert.ok(agentSettings({ ...asked, options: { skills: ["naming"] } }).ok);
    const other = agentSettings({ ...asked, options: { skills: ["testing"] } });
    assert.equal(other.ok ? "" : other.problems[0]?.code, "E_ARG");
  });
});
