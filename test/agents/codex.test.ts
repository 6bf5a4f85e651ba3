// What every driver must do, done by the real codex on the stub.
import { CODEX } from "../../src/driver/agent/product.ts";
import { codexDriver } from "../../src/driver/codex/codex.ts";
import type { DriverTask } from "../suites/driver.suite.ts";
import { childProgram } from "../support/processes.ts";
import { type OtherTurn, startOtherStub } from "./other-stub.ts";
import { CODEX_PROGRAM, realSuite, SECRET_TEXT } from "./real-agent.ts";

const run = (cmd: string) => ({ name: "exec_command", input: { cmd } });

function turnsOf(task: DriverTask): readonly OtherTurn[] {
  switch (task.kind) {
    case "succeed":
      return [{ text: task.output }];
    case "fail":
      return [{ error: { status: 400 } }];
    case "hang":
      return [
        { text: "ready", tool: run("true") },
        { hang: "mid", text: "never" },
      ];
    case "flood": {
      const text = "y".repeat(2 * 1024 * 1024);
      const turn = { text, tool: run("true") };
      return [...Array.from({ length: Math.ceil(task.bytes / text.length) }, () => turn), { text: "end" }];
    }
    case "orphan":
      return [{ tool: run(`${childProgram("orphan.sh")} '${task.path}'`) }, { text: "done" }];
    case "tell":
      return [{ tool: run('echo "it is $SECRET"') }, { text: `it is ${SECRET_TEXT}` }];
    default:
      return task satisfies never;
  }
}

realSuite({
  product: CODEX,
  program: CODEX_PROGRAM,
  stub: (task) => startOtherStub(turnsOf(task)),
  environment: (url) => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: "sk-stub-key-0123456789" }),
  // The one that its sandbox would keep from leaving an orphan behind is to leave one.
  make: (parts) => codexDriver({ ...parts, login: "auto", permission: "bypassPermissions" }),
  options: { tools: ["Read", "Edit", "Bash", "WebFetch"] },
});
