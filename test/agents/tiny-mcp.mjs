// An MCP server with one tool, over standard input and output: what a person defines for agents, as small as it can be.
import { createInterface } from "node:readline";

const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const look = { name: "look", description: "Looks a word up", inputSchema: { type: "object" } };

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  switch (method) {
    case "initialize": {
      const { protocolVersion } = params;
      const serverInfo = { name: "tiny", version: "1" };
      return say({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
    }
    case "tools/list":
      return say({ id, result: { tools: [look] } });
    case "tools/call": {
      const text = `${params.arguments.word} found with ${process.env.LOOK_KEY}`;
      return say({ id, result: { content: [{ type: "text", text }] } });
    }
    default:
      return say({ id, error: { code: -32601, message: "no such method" } });
  }
});
