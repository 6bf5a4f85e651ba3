/** Which MCP servers an agent gets: those of the person that its role names, or of which it is offered a tool. */
import type { Problem } from "../../core/problem.ts";
import type { Role } from "../../core/workflow.ts";
import { isServerName } from "../../spec/user-servers.ts";

const PREFIX = "mcp__";

export function isOfServer(tool: string): boolean {
  return tool.startsWith(PREFIX);
}

/** `mcp__NAME`: all of its tools. */
export function isOf(server: string, tool: string): boolean {
  return tool === `${PREFIX}${server}` || tool.startsWith(`${PREFIX}${server}__`);
}

export interface AskedServers {
  readonly driver: string;
  readonly role: Role | null;
  readonly tools: readonly string[];
  /** The person's; undefined: the driver can give it none. */
  readonly known: readonly string[] | undefined;
}

export function serversIn(
  { driver, role, tools, known }: AskedServers,
  problems: Problem[],
): readonly string[] {
  const named = role?.mcpServers ?? [];
  const ofTools = tools.filter(isOfServer).map((tool) => serverOf(tool, known ?? []));
  const asked = [...new Set([...named, ...ofTools])];
  for (const name of asked) {
    const problem = problemOf(name, { driver, known });
    if (problem !== null) problems.push(problem);
  }
  return asked;
}

function serverOf(tool: string, known: readonly string[]): string {
  return known.find((name) => isOf(name, tool)) ?? tool.slice(PREFIX.length).split("__")[0] ?? "";
}

function problemOf(name: string, { driver, known }: Pick<AskedServers, "driver" | "known">): Problem | null {
  if (!isServerName(name))
    return {
      code: "E_ARG",
      message: `mcpServers of the role cannot be ${JSON.stringify(name.slice(0, 80))}`,
      hint: "names of servers that your own configuration defines: mcp_servers",
    };
  if (known === undefined)
    return {
      code: "E_ARG",
      message: `the MCP server ${name} is nothing that the driver ${driver} can give an agent`,
      hint: "driver: claude-code, or leave it out",
    };
  if (known.includes(name)) return null;
  return {
    code: "E_NOT_ALLOWED",
    message: `the MCP server ${name} is not one of your configuration, and no other is started`,
    hint: `if you trust it, define it in your own configuration: mcp_servers: { ${name}: { command: …, args: […] } }`,
  };
}
