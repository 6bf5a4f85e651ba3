// What every driver must do, done by the real claude on the stub.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CLAUDE as PRODUCT } from "../../src/driver/agent/product.ts";
import { findProgram } from "../../src/driver/agent/program.ts";
import { claudeDriver } from "../../src/driver/claude/claude.ts";

import type { Work } from "../../src/driver/driver.ts";
import { realClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { capture } from "../../src/port/spawn.ts";
import { type DriverSetting, type DriverTask, driverSuite } from "../suites/driver.suite.ts";
import { childProgram, idIn, processRoom } from "../support/processes.ts";
import { API_KEY, CLAUDE, NO_CLAUDE } from "./rig.ts";
import { startStub, type Turn } from "./stub.ts";

const SECRET_TEXT = "hunter2-hunter2";
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

/** A stub of its own for each attempt, begun when the attempt is. */
function setUp(t: TestContext): DriverSetting {
  const room = processRoom(t, { graceMs: 5_000 });
  const [workspace, folder] = ["workspace", "attempt"].map((name) => join(room.folder, name)) as [
    string,
    string,
  ];
  for (const path of [workspace, folder]) mkdirSync(path, { mode: 0o700 });
  writeFileSync(join(folder, "brief.md"), "Do it.\n");
  const environment: Record<string, string> = {
    HOME: room.folder,
    ANTHROPIC_API_KEY: API_KEY,
    CLAUDE_CODE_MAX_RETRIES: "0",
  };
  const options = {
    product: PRODUCT,
    files: realFiles,
    environment,
    projectRoot: workspace,
    versions: [],
    capture,
  };
  const driver = claudeDriver({
    starter: room.host,
    files: realFiles,
    clock: realClock,
    program: findProgram({ ...options, program: CLAUDE }),
    environment,
    login: "auto",
    permission: null,
    isMac: false,
  });
  const scripts = new Map<string, readonly Turn[]>();
  return {
    failureCode: 1,
    driver: {
      ...driver,
      async *run(work, signal) {
        const stub = await startStub(scripts.get(work.attempt) ?? []);
        environment.ANTHROPIC_BASE_URL = stub.url;
        try {
          return yield* driver.run(work, signal);
        } finally {
          await stub.close();
        }
      },
    },
    work: (task, more = {}) => {
      const name = idIn(room.folder, `task${scripts.size + 1}`);
      scripts.set(name, turnsOf(task));
      return { ...plainWork(name, workspace, folder), ...more };
    },
  };
}

function plainWork(attempt: string, workspace: string, folder: string): Work {
  return {
    attempt,
    run: "01RUN",
    task: "task",
    number: 1,
    agent: "coder",
    agentRole: null,
    parameters: {},
    options: { tools: ["Read", "Bash"] },
    environment: { PATH: "/usr/bin:/bin", HOME: folder, DECAPOD_ATTEMPT: attempt, SECRET: SECRET_TEXT },
    secrets: {},
    workspace,
    folder,
    timeoutMs: null,
    idleTimeoutMs: null,
    budget: { usd: null, tokens: null },
    outputSchema: null,
    brief: "Do it.",
    reattach: false,
  };
}

if (NO_CLAUDE === false) driverSuite("claude-code", setUp);
else
  describe("claude-code: what every driver does", () =>
    void it("is not tried here", { skip: NO_CLAUDE }, () => {}));
