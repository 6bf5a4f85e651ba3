/**
 * An outer loop of your own around the Claude Agent SDK: read where the loop stands, call the agent with a fresh context,
 * look again. What it needs of decapod is two commands, `decapod main-task read` and `decapod main-task update`, which
 * the agent calls to hand on.
 *
 *   npm install @anthropic-ai/claude-agent-sdk
 *   node sdk-loop.ts          (Node 24; in a project with .tasks/MAIN_TASK)
 */
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { type Options, query } from "@anthropic-ai/claude-agent-sdk";

const INVOCATIONS_MAX = Number(process.env.LOOP_MAX ?? 50);
const SLEEP_MS = Number(process.env.LOOP_SLEEP_MS ?? 10_000);

interface MainTask {
  readonly status: "continue" | "completed" | "blocked";
  readonly next: string;
}

/** Throws where MAIN_TASK is missing or broken: then nobody knows what to do next. */
function readMainTask(): MainTask {
  return JSON.parse(execFileSync("decapod", ["main-task", "read", "--json"], { encoding: "utf8" }));
}

/** One action, one fresh context. */
async function invoke(prompt: string): Promise<void> {
  const options: Options = {
    maxTurns: 30,
    permissionMode: "acceptEdits",
    allowedTools: ["Read", "Glob", "Grep", "Edit", "Write", "Bash"],
    // The claude of your machine; left out, the one that comes with the SDK.
    ...(process.env.CLAUDE_PATH !== undefined && { pathToClaudeCodeExecutable: process.env.CLAUDE_PATH }),
  };
  for await (const message of query({ prompt, options })) {
    if (message.type !== "result") continue;
    if (message.subtype !== "success") throw new Error(`the agent ended with ${message.subtype}`);
    console.log(message.result);
  }
}

for (let invocation = 1; ; invocation += 1) {
  const { status, next } = readMainTask();
  if (status === "completed") {
    console.log("✅ Completed!");
    break;
  }
  if (status === "blocked" || invocation > INVOCATIONS_MAX) {
    console.error(status === "blocked" ? `⛔ a person is needed: ${next}` : "that is enough for once");
    process.exitCode = 1;
    break;
  }
  console.log(`▶️  ${invocation}: ${next}`);
  await invoke(`Read MAIN_TASK and execute: ${next}`);
  await sleep(SLEEP_MS);
}
