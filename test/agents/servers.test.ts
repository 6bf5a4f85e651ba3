// MCP servers of the person, given to the real claude by a role that names them.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { agentProject, NO_CLAUDE } from "./rig.ts";
import type { Turn } from "./stub.ts";

const SERVER = join(import.meta.dirname, "tiny-mcp.mjs");
const KEY = "key-of-the-person-0123456789";
const calls: Turn = { tools: [{ name: "mcp__tiny__look", input: { word: "door" } }] };

/** A person with these servers, and a role `finder` that says this. */
async function withServers(t: TestContext, servers: string, role: string, turns: readonly Turn[]) {
  const project = await agentProject(t, turns);
  mkdirSync(join(project.home, ".config/decapod"), { recursive: true });
  writeFileSync(join(project.home, ".config/decapod/config.yaml"), `mcp_servers:\n${servers}`);
  project.environment.LOOK_KEY = KEY;
  project.write(".claude/agents/finder.md", `---\nname: finder\n${role}\n---\nYou find.\n`);
  const task = "{ id: find, agent: finder, parameters: { task: Find it } }";
  project.write("find.yaml", `name: find\ntasks:\n  - ${task}\n`);
  return project;
}

const tiny = `  tiny: { command: ${process.execPath}, args: [${SERVER}], pass: [LOOK_KEY] }\n`;

describe("claude-code: MCP servers", { skip: NO_CLAUDE }, () => {
  it("one that a role names is started, with what the person passes, and its tools may be used", async (t) => {
    const project = await withServers(t, tiny, "mcpServers: tiny", [calls, { text: "Found." }]);
    const run = await project.start("run", "find.yaml").ended;
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(
      JSON.stringify(project.stub.requests[1]?.body.messages),
      new RegExp(`door found with ${KEY}`),
    );
    assert.match(project.attempt("find", "stream.jsonl"), /door found with \*\*\*/);
    for (const [file, text] of project.texts(project.path)) assert.ok(!text.includes(KEY), file);
  });

  it("one of which a role is offered one tool gives no other", async (t) => {
    const role = "tools: Read, mcp__tiny__other";
    const project = await withServers(t, tiny, role, [calls, { text: "I may not." }]);
    const run = await project.start("run", "find.yaml").ended;
    assert.equal(run.code, 1, run.stdout + run.stderr);
    assert.match(run.stdout, /mcp__tiny__look/);
  });

  it("one that does not start fails the attempt with its name, before the model is asked for long", async (t) => {
    const role = "mcpServers: [tiny, gone]";
    const project = await withServers(t, `${tiny}  gone: { command: /no/such/server }\n`, role, [
      { text: "All is well.", times: -1 },
    ]);
    const run = await project.start("run", "find.yaml").ended;
    assert.equal(run.code, 1, run.stdout + run.stderr);
    assert.match(run.stdout, /MCP servers of the agent did not start: gone \(failed\)/);
    const shown = JSON.parse(project.attempt("find", "result.json"));
    assert.equal(shown.failure.class, "config_error");
  });

  it("one that only the project defines is refused before anything starts", async (t) => {
    const project = await withServers(t, tiny, "mcpServers: evil", []);
    const evil = { command: "touch", args: [join(project.path, "touched")] };
    project.write(".mcp.json", JSON.stringify({ mcpServers: { evil } }));
    const run = await project.start("run", "find.yaml").ended;
    assert.match(run.stderr, /E_NOT_ALLOWED.*MCP server evil is not one of your configuration/);
    assert.equal(project.stub.requests.length, 0);
  });
});
