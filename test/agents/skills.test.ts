// A skill of the project is told to the agents whose role or task names it, and gives them nothing else.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { agentProject, NO_CLAUDE } from "./rig.ts";
import { textOf } from "./stub.ts";

const SKILL = `---
name: naming
description: How things are named
allowed-tools: Bash
---
Name things by what they are; the list lies in \${CLAUDE_SKILL_DIR}/list.md.

Before: !\`touch ran.txt\`
`;

describe("claude-code: skills", { skip: NO_CLAUDE }, () => {
  it("I2: are told as text: no command in them is run, and they give no tool", async (t) => {
    const touch = [{ name: "Bash", input: { command: "touch made.txt", description: "x" } }];
    const project = await agentProject(t, [{ text: "Named." }, { tools: touch }, { text: "Done." }]);
    project.write(".claude/skills/naming/SKILL.md", SKILL);
    project.write(".claude/skills/other/SKILL.md", "---\nname: other\n---\nNobody asked for this.\n");
    const skills = "agent: coder, options: { skills: [naming], tools: [Read] }";
    project.write(
      "name.yaml",
      `name: name\ntasks:
  - { id: first, ${skills}, parameters: { task: Name it } }
  - { id: wants, ${skills}, parameters: { task: Touch it }, dependencies: [first] }
`,
    );
    const run = await project.start("run", "name.yaml").ended;
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const [told] = project.stub.requests;
    const system = textOf(told?.body.system);
    assert.match(
      system,
      /# Skill: naming\n\nName things by what they are; .* \.claude\/skills\/naming\/list\.md\./,
    );
    assert.doesNotMatch(JSON.stringify(told?.body), /Nobody asked for this/);
    assert.ok(!told?.body.tools?.some(({ name }) => name === "Skill"));
    for (const name of ["ran.txt", "made.txt"]) assert.ok(!existsSync(join(project.path, name)), name);
  });
});
