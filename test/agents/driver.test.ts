// What every driver must do, done by the real claude on the stub.

import { CLAUDE as PRODUCT } from "../../src/driver/agent/product.ts";
import { claudeDriver } from "../../src/driver/claude/claude.ts";
import type { DriverTask } from "../suites/driver.suite.ts";
import { childProgram } from "../support/processes.ts";
import { realSuite, SECRET_TEXT } from "./real-agent.ts";
import { API_KEY } from "./rig.ts";
import { startStub, type Turn } from "./stub.ts";

const bash = (command: string) => [{ name: "Bash", input: { command, description: "x" } }];

function turnsOf(task: DriverTask): readonly Turn[] {
  switch (task.kind) {
    case "succeed":
      return [{ text: task.output }];
    case "fail":
      return [{ error: { status: 400 }, times: -1 }];
    case "hang":
      return [{ hang: "mid", text: "ready" }];
    case "flood": {
      const text = "y".repeat(2 * 1024 * 1024);
      const turn = { text, tools: bash("true") };
      return [...Array.from({ length: Math.ceil(task.bytes / text.length) }, () => turn), { text: "end" }];
    }
    case "orphan":
      return [{ tools: bash(`${childProgram("orphan.sh")} '${task.path}'`) }, { text: "done" }];
    case "tell":
      return [{ tools: bash('echo "it is $SECRET"') }, { text: `it is ${SECRET_TEXT}` }];
    default:
      return task satisfies never;
  }
}

realSuite({
  product: PRODUCT,
  program: `@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`,
  stub: (task) => startStub(turnsOf(task)),
  environment: (url) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: API_KEY,
    CLAUDE_CODE_MAX_RETRIES: "0",
  }),
  make: (parts) => claudeDriver({ ...parts, login: "auto", permission: null, isMac: false }),
  options: { tools: ["Read", "Bash"] },
});
