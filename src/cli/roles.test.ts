/** agents list, show and check, over roles of a project of its own and those that come with decapod. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { decapod } from "../../test/support/command-line.ts";
import { ROLE_BYTES_MAX } from "../spec/roles.ts";

const folder = mkdtempSync(join(tmpdir(), "decapod-roles-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const setting = { folder };
mkdirSync(join(folder, ".claude/agents"), { recursive: true });
const role = (name: string, text: string) => writeFileSync(join(folder, ".claude/agents", name), text);
writeFileSync(join(folder, "decapod.yaml"), "agents: { quick: { driver: codex } }\n");
role(
  "rev.md",
  "---\nname: reviewer\ndescription: Reviews: with care\ntools: Read, Grep\nmodel: haiku\ncolor: red\n---\nReview.\n",
);
role("coder.md", "---\nname: coder\ndescription: Ours\n---\nOurs.\n");

describe("agents list", () => {
  it("has each role once, the project's own first, with where it comes from and what does it", async () => {
    const { code, stdout } = await decapod(setting, "agents", "list");
    assert.equal(code, 0);
    const rows = stdout.split("\n").map((line) => line.split("\t"));
    assert.deepEqual(rows[0], ["coder", "project", "claude-code", "", "Ours"]);
    assert.deepEqual(rows[1], ["reviewer (rev)", "project", "claude-code", "haiku", "Reviews: with care"]);
    assert.deepEqual(
      rows.filter(([, from]) => from === "built-in").map(([name]) => name),
      [
        "backend",
        "checker",
        "frontend",
        "orchestrator",
        "planner",
        "researcher (research)",
        "task-executor",
        "writer",
      ],
    );
    assert.deepEqual(rows.at(-2), ["quick", "decapod.yaml", "codex", "", ""]);
    const { agents } = JSON.parse((await decapod(setting, "agents", "list", "--json")).stdout);
    assert.deepEqual(agents[1], {
      name: "reviewer",
      names: ["reviewer", "rev"],
      from: "project",
      file: ".claude/agents/rev.md",
      description: "Reviews: with care",
      driver: "claude-code",
      model: "haiku",
    });
  });
});

describe("agents show", () => {
  it("shows all of a role as it is taken, by any of its names, and what has no effect", async () => {
    const { stdout } = await decapod(setting, "agents", "show", "rev");
    for (const line of [/tools\s+Read, Grep/, /ignored\s+color/, /model\s+haiku/, /^Review\.$/m])
      assert.match(stdout, line);
    const { agent } = JSON.parse((await decapod(setting, "agents", "show", "reviewer", "--json")).stdout);
    assert.deepEqual(
      [agent.tools, agent.ignored, agent.instructions],
      [["Read", "Grep"], ["color"], "Review."],
    );
    const builder = await decapod(setting, "agents", "show", "backend");
    assert.match(builder.stdout, /workspace\s+worktree/);
    const { agent: shown } = JSON.parse(
      (await decapod(setting, "agents", "show", "backend", "--json")).stdout,
    );
    assert.deepEqual(shown.fields, { workspace: "worktree" });
    const builtIn = await decapod(setting, "agents", "show", "checker");
    assert.match(builtIn.stdout, /PASS or FAIL/);
  });

  it("names the nearest role for one that does not exist (10)", async () => {
    const { code, stderr } = await decapod(setting, "agents", "show", "chekcer");
    assert.equal(code, 10);
    assert.match(stderr, /there is no role "chekcer"\n {2}try: checker/);
  });
});

describe("agents check", () => {
  it("finds nothing wrong with what works, and says what has no effect", async () => {
    const { code, stdout, stderr } = await decapod(setting, "agents", "check");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /✓ fine {2}reviewer {2}\.claude\/agents\/rev\.md {2}\(no effect here: color\)/);
    for (const name of [
      "planner",
      "coder",
      "checker",
      "frontend",
      "backend",
      "research",
      "orchestrator",
      "writer",
    ])
      assert.equal((await decapod(setting, "agents", "check", name)).code, 0, name);
  });

  const WRONG: readonly (readonly [string, string, string, number])[] = [
    ["open", "---\nname: open\n", "E_FRONT_MATTER", 1],
    ["clad", "---\nname: clad\ndecapod:\n  driver: claude-cod\n---\nDo.\n", "E_CHOICE", 4],
    ["hollow", "---\nname: hollow\ndescription: d\n---\n", "E_REQUIRED", 4],
    ["shell", "---\nname: shell\n---\nDo.\n", "E_RESERVED_NAME", 2],
    ["tooled", "---\nname: tooled\ntools: Read, Bash(\n---\nDo.\n", "E_ARG", 3],
    ["mcp", "---\nname: mcp\ntools: [mcp__x__y]\n---\nDo.\n", "E_NOT_ALLOWED", 3],
    ["served", "---\nname: served\nmcpServers: x\n---\nDo.\n", "E_NOT_ALLOWED", 3],
    ["wide", "---\nname: wide\npermissionMode: bypassPermissions\n---\nDo.\n", "E_ARG", 3],
    ["spent", "---\nname: spent\ndecapod:\n  budget: 3\n---\nDo.\n", "E_TYPE", 4],
    ["later", "---\nname: later\ndecapod:\n  memory: 3\n---\nDo.\n", "E_NOT_IN_THIS_VERSION", 4],
    ["long", `---\nname: long\n---\n${"x".repeat(ROLE_BYTES_MAX)}`, "E_TOO_LARGE", 0],
  ];
  for (const [name, text, code, line] of WRONG)
    it(`${code} in ${name}.md has its line, and ends with 3`, async () => {
      role(`${name}.md`, text);
      const said = await decapod(setting, "agents", "check", name, "--json");
      const [agent] = JSON.parse(said.stdout).agents;
      assert.deepEqual(
        [said.code, agent.ok, agent.problems.map((one: { code: string }) => one.code)],
        [3, false, [code]],
      );
      assert.equal(agent.problems[0].at?.line ?? 0, line);
      rmSync(join(folder, `.claude/agents/${name}.md`));
    });

  it("finds a skill of the project that a role names, and shows it", async () => {
    mkdirSync(join(folder, ".claude/skills/naming"), { recursive: true });
    writeFileSync(join(folder, ".claude/skills/naming/SKILL.md"), "Name things.\n");
    role("named.md", "---\nname: named\ndescription: d\nskills: naming\n---\nDo.\n");
    assert.equal((await decapod(setting, "agents", "check", "named")).code, 0);
    assert.match((await decapod(setting, "agents", "show", "named")).stdout, /skills\s+naming\n/);
    rmSync(join(folder, ".claude/agents/named.md"));
  });

  it("warns of a skill that the project does not have", async () => {
    role("skilled.md", "---\nname: skilled\ndescription: d\nskills: gone, theirs:review\n---\nDo.\n");
    const { code, stderr } = await decapod(setting, "agents", "check", "skilled");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /warning W_NO_EFFECT there is no skill gone[^\n]*\n +--> [^\n]*skilled\.md:4:/);
    assert.match(stderr, /warning W_NO_EFFECT "theirs:review" is not the name of a skill/);
    rmSync(join(folder, ".claude/agents/skilled.md"));
  });

  it("warns of a limit that is none", async () => {
    role("turns.md", "---\nname: turns\ndescription: d\nmaxTurns: many\n---\nDo.\n");
    const { code, stderr } = await decapod(setting, "agents", "check", "turns");
    assert.equal(code, 0);
    assert.match(stderr, /warning W_NO_EFFECT maxTurns is "many"[^\n]*\n +--> [^\n]*turns\.md:4:1/);
  });
});
