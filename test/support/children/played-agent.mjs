// Plays an agent program: says in the words of a protocol that it did what PLAYED asks for, or does it.
import { spawnSync } from "node:child_process";
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

const [protocol, ...words] = process.argv.slice(2);
const task = JSON.parse(process.env.PLAYED ?? "{}");
let prompt = null;
const update = (update) => ({
  jsonrpc: "2.0",
  method: "session/update",
  params: { sessionId: "s-1", update },
});
const say = (value) => {
  const bytes = Buffer.from(`${typeof value === "string" ? value : JSON.stringify(value)}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
};

/** How each protocol begins, says something, shows a command, and ends. */
const PROTOCOLS = {
  gemini: {
    begin: () => [{ type: "init", session_id: "g-1", model: "m" }],
    text: (content) => ({ type: "message", role: "assistant", content, delta: true }),
    tool: (output) => ({ type: "tool_result", tool_id: "t", status: "success", output }),
    end: () => [{ type: "result", status: "success", stats: { input: 60, cached: 40, output_tokens: 20 } }],
    fail: () => [{ type: "result", status: "error", error: { type: "unknown", message: "it went wrong" } }],
  },
  acp: {
    text: (text) => update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text } }),
    tool: (text) =>
      update({
        sessionUpdate: "tool_call_update",
        toolCallId: "c-1",
        status: "completed",
        content: [{ type: "content", content: { type: "text", text } }],
      }),
    end: () => [
      {
        jsonrpc: "2.0",
        id: prompt,
        result: { stopReason: "end_turn", usage: { inputTokens: 60, outputTokens: 20, totalTokens: 80 } },
      },
    ],
    fail: () => [{ jsonrpc: "2.0", id: prompt, error: { code: -32603, message: "it went wrong" } }],
  },
  codex: {
    begin: () => [{ type: "thread.started", thread_id: "t-1" }, { type: "turn.started" }],
    text: (text) => ({ type: "item.completed", item: { type: "agent_message", text } }),
    tool: (output) => ({
      type: "item.completed",
      item: {
        type: "command_execution",
        command: "x",
        aggregated_output: output,
        exit_code: 0,
        status: "completed",
      },
    }),
    end: () => [
      { type: "turn.completed", usage: { input_tokens: 100, cached_input_tokens: 40, output_tokens: 20 } },
    ],
    fail: () => [{ type: "turn.failed", error: { message: "it went wrong" } }],
  },
};

const isAcp = protocol === "acp";
const speak = PROTOCOLS[protocol];
if (isAcp) converse();
else {
  for (const event of speak.begin(words)) say(event);
  play();
}

function play() {
  switch (task.kind) {
    case "succeed":
      return finish(task.output);
    case "fail":
      for (const event of speak.fail()) say(event);
      if (!isAcp) process.exit(task.exitCode);
      return;
    case "hang":
      process.on("SIGTERM", () => {});
      say(speak.text("ready\n"));
      setInterval(() => {}, 1_000_000);
      return;
    case "flood": {
      const text = "y".repeat(64 * 1024);
      for (let left = task.bytes; left > 0; left -= text.length) say(speak.tool(text));
      return finish(text + text);
    }
    case "orphan":
      spawnSync(process.env.ORPHAN, [task.path], { stdio: ["ignore", "ignore", "inherit"] });
      return finish("done");
    case "tell":
      say(speak.tool(process.env.SECRET));
      process.stderr.write(`it is ${process.env.SECRET}\n`);
      return finish(`it is ${process.env.SECRET}`);
    default:
      return finish("nothing was asked for");
  }
}

function finish(output) {
  say(speak.text(output));
  for (const event of speak.end()) say(event);
}

/** The agent's side of the Agent Client Protocol: what is asked is answered, and a prompt is played. */
function converse() {
  const answers = {
    initialize: {
      protocolVersion: 1,
      agentInfo: { name: "played", version: "1.2.3" },
      agentCapabilities: {},
    },
    "session/new": { sessionId: "s-1" },
  };
  createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, method } = JSON.parse(line);
    if (method === "session/prompt") {
      prompt = id;
      play();
    } else if (id !== undefined) say({ jsonrpc: "2.0", id, result: answers[method] ?? {} });
  });
}
