/**
 * MCP servers that agents may use, as the person defines them. Whoever starts one runs a program as this person, so a
 * project only names them: a definition in a repository counts for nothing.
 */

import type { Findings } from "./findings.ts";
import { block, filled, mapOf, maybe, text, texts } from "./schema-words.ts";

/** A program, or an address. */
export interface McpServer {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Variables of the person's own that the program gets. */
  readonly pass?: readonly string[];
}

export type McpServers = Readonly<Record<string, McpServer>>;

/** Two lines under each other part the server from the tool in the name of a tool. */
const NAME = /^[A-Za-z0-9](?:_?[A-Za-z0-9-])*$/;

export function isServerName(name: string): boolean {
  return name.length <= 64 && NAME.test(name);
}

const server = block("an MCP server", {
  command: maybe(filled),
  args: maybe(texts),
  env: maybe(mapOf(text, "texts")),
  url: maybe(filled),
  headers: maybe(mapOf(text, "texts")),
  pass: maybe(texts),
});

export const mcpServers = mapOf(server, "MCP servers");

export function checkServers(servers: McpServers, findings: Findings): void {
  for (const [name, { command, url, headers, ...program }] of Object.entries(servers)) {
    const path = ["mcp_servers", name];
    if (!isServerName(name)) {
      const message = `${JSON.stringify(name.slice(0, 80))} is no name of a server: letters, digits, - and single _`;
      findings.add("E_ARG", { path, part: "key" }, { message });
    }
    const isMixed = url === undefined ? headers !== undefined : Object.keys(program).length > 0;
    if ((command === undefined) === (url === undefined) || isMixed) {
      const message = `the MCP server ${name} is either a command (with args, env, pass) or a url (with headers)`;
      findings.add("E_ARG", { path }, { message });
    }
    if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
      findings.add("E_ARG", { path: [...path, "url"] }, { message: `${url} is no address of http or https` });
  }
}
