// Plays an agent program: says in the words of a protocol that it did what PLAYED asks for, or does it.
import { spawnSync } from "node:child_process";
import { writeSync } from "node:fs";

const [protocol, ...words] = process.argv.slice(2);
const task = JSON.parse(process.env.PLAYED ?? "{}");
const say = (value) => {
  const bytes = Buffer.from(`${typeof value === "string" ? value : JSON.stringify(value)}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
};

/** How each protocol begins, says something, shows a command, and ends. */
const PROTOCOLS = {
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

const speak = PROTOCOLS[protocol];
for (const event of speak.begin(words)) say(event);

switch (task.kind) {
  case "succeed":
    finish(task.output);
    break;
  case "fail":
    for (const event of speak.fail()) say(event);
    process.exit(task.exitCode);
    break;
  case "hang":
    process.on("SIGTERM", () => {});
    say(speak.text("ready"));
    setInterval(() => {}, 1_000_000);
    break;
  case "flood": {
    const text = "y".repeat(64 * 1024);
    for (let left = task.bytes; left > 0; left -= text.length) say(speak.tool(text));
    finish(text + text);
    break;
  }
  case "orphan":
    spawnSync(process.env.ORPHAN, [task.path], { stdio: "inherit" });
    finish("done");
    break;
  case "tell":
    say(speak.tool(process.env.SECRET));
    process.stderr.write(`it is ${process.env.SECRET}\n`);
    finish(`it is ${process.env.SECRET}`);
    break;
  default:
    finish("nothing was asked for");
}

function finish(output) {
  say(speak.text(output));
  for (const event of speak.end()) say(event);
}
