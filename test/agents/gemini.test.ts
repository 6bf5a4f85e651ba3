// What every driver must do, done by the real gemini on the stub. Each start of it takes seconds: not with every commit.
import { createHash } from "node:crypto";
import { GEMINI } from "../../src/driver/agent/product.ts";
import { geminiDriver } from "../../src/driver/gemini/gemini.ts";
import type { DriverTask } from "../suites/driver.suite.ts";
import { childProgram } from "../support/processes.ts";
import { NOT_WITH_EVERY_COMMIT } from "../support/scale.ts";
import { type OtherTurn, startOtherStub } from "./other-stub.ts";
import { GEMINI_PROGRAM, realSuite, SECRET_TEXT, type Taken } from "./real-agent.ts";

const run = (command: string) => ({ name: "run_shell_command", input: { command } });

function turnsOf(task: DriverTask, taken: Taken): readonly OtherTurn[] {
  switch (task.kind) {
    case "succeed":
      return [{ text: task.output }];
    case "fail":
      return [{ error: { status: 400 } }];
    case "hang":
      return [
        { text: "ready\n", tool: run("true") },
        { hang: "mid", text: "never" },
      ];
    case "flood": {
      const length = 2 * 1024 * 1024;
      const turns = Array.from({ length: Math.ceil(task.bytes / length) }, (_, turn) => ({
        text: neverTheSame(turn, length),
        tool: run(`true ${turn}`),
      }));
      // It leaves without waiting for what it printed to be read.
      return [...turns, { text: "end", until: () => taken(task.bytes) }];
    }
    case "orphan":
      return [{ tool: run(`${childProgram("orphan.sh")} '${task.path}'`) }, { text: "done" }];
    case "tell":
      return [{ tool: run('echo "it is $SECRET"') }, { text: `it is ${SECRET_TEXT}` }];
    default:
      return task satisfies never;
  }
}

/** It stops by itself when it finds that it repeats what it says. */
function neverTheSame(start: number, length: number): string {
  const parts = Array.from({ length: length / 128 }, (_, at) =>
    createHash("sha512").update(`${start}/${at}`).digest("hex"),
  );
  return parts.join("");
}

realSuite(
  {
    product: GEMINI,
    program: GEMINI_PROGRAM,
    // The exit code of gemini is made of the API's: 400 in eight bits.
    failureCode: 144,
    stub: (task, taken) => startOtherStub(turnsOf(task, taken)),
    environment: (url) => ({ GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: "stub-key-0123456789" }),
    make: ({ workspace, ...parts }) =>
      geminiDriver({ ...parts, projectRoot: workspace, login: "auto", permission: null }),
    options: { tools: ["Read", "Bash"] },
  },
  NOT_WITH_EVERY_COMMIT,
);
