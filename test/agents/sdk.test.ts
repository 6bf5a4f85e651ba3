// examples/sdk-loop.ts as it stands, on the SDK itself, the real claude and a stand-in of its API.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { agentProject, CLAUDE, NO_CLAUDE } from "./rig.ts";

const MODULES = join(import.meta.dirname, "sdk/node_modules");
const NO_SDK = existsSync(join(MODULES, "@anthropic-ai/claude-agent-sdk"))
  ? false
  : "the Claude Agent SDK is not installed for tests: node scripts/ensure.mjs test/agents/sdk";

const bash = (command: string) => [{ name: "Bash", input: { command, description: "the step" } }];

describe("examples/sdk-loop.ts", { skip: NO_CLAUDE || NO_SDK }, () => {
  it("T3-36 calls the agent with what is next until MAIN_TASK is completed", async (t) => {
    const project = await agentProject(t, [
      // The agent asks for a title of each session beside it.
      { text: "A title", when: { last: /<session>/ }, times: -1 },
      {
        tools: bash('decapod main-task update continue "Execute analysis subtask"'),
        when: { last: /Read MAIN_TASK and execute: Execute data-gathering subtask/ },
      },
      { text: "The data are gathered." },
      {
        tools: bash('decapod main-task update completed "All research completed"'),
        when: { last: /Read MAIN_TASK and execute: Execute analysis subtask/ },
      },
      { text: "It is analysed." },
    ]);
    project.write(".tasks/MAIN_TASK", "STATUS: continue\nNEXT: Execute data-gathering subtask\n");
    const program = PROGRAM.map((word) => `'${word}'`).join(" ");
    project.write("bin/decapod", `#!/bin/bash\nexec ${program} "$@"\n`);
    copyFileSync(join(import.meta.dirname, "../../examples/sdk-loop.ts"), join(project.path, "sdk-loop.ts"));
    symlinkSync(MODULES, join(project.path, "node_modules"));
    const loop = spawn("bash", ["-c", 'chmod +x bin/decapod && exec "$0" sdk-loop.ts', process.execPath], {
      cwd: project.path,
      env: {
        ...project.environment,
        PATH: `${join(project.path, "bin")}:${project.environment.PATH}`,
        CLAUDE_PATH: CLAUDE,
        LOOP_SLEEP_MS: "0",
        LOOP_MAX: "5",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr, [code]] = await Promise.all([
      text(loop.stdout),
      text(loop.stderr),
      once(loop, "close"),
    ]);
    assert.equal(code, 0, stderr + stdout);
    assert.match(
      stdout,
      /▶️ {2}1: Execute data-gathering subtask\nThe data are gathered\.\n▶️ {2}2: Execute analysis subtask\nIt is analysed\.\n✅ Completed!\n$/,
    );
    assert.equal(project.read(".tasks/MAIN_TASK"), "STATUS: completed\nNEXT: All research completed\n");
  });
});
