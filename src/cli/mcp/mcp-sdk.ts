/**
 * The Model Context Protocol over standard input and output: the only file that knows its library. An entry point of
 * its own (scripts/build.mjs), so that nothing else pays for it.
 */
import {
  CLIENT_INFO_META_KEY,
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
} from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { isMap, type JsonMap } from "../../core/json.ts";

export interface ListedTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: JsonMap;
  readonly isReadOnly: boolean;
  /** It ends or undoes something. */
  readonly isDestructive: boolean;
}

export interface ToolAnswer {
  readonly document: JsonMap;
  readonly isError: boolean;
}

export interface Resource {
  readonly uri: string;
  readonly name: string;
  readonly description: string;
}

export interface Served {
  readonly version: string;
  /** What the one who calls the tools is told before anything else. */
  readonly instructions: string;
  readonly tools: readonly ListedTool[];
  /** `client` is how the other side calls itself; null when it does not say. */
  call(
    name: string,
    input: unknown,
    from: { readonly client: string | null; readonly signal: AbortSignal },
  ): Promise<ToolAnswer | null>;
  resources(): readonly Resource[];
  readonly templates: readonly {
    readonly uriTemplate: string;
    readonly name: string;
    readonly description: string;
  }[];
  /** Null for one that does not exist. */
  read(uri: string): { readonly mimeType: string; readonly text: string } | null;
}

/** Resolves once the other side has closed our standard input. */
export function serve(served: Served): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    process.stdin.once("end", resolve).once("close", resolve);
  });
  serveStdio(() => makeServer(served));
  return ended;
}

function makeServer({ version, instructions, tools, templates, ...served }: Served): McpServer {
  const mcp = new McpServer(
    { name: "decapod", title: "decapod", version },
    { instructions, capabilities: { tools: {}, resources: {} } },
  );
  const { server } = mcp;
  server.setRequestHandler("tools/list", () => ({ tools: tools.map(listed) }));
  server.setRequestHandler("tools/call", async ({ params }, { mcpReq }) => {
    const client = clientName(mcpReq.envelope) ?? server.getClientVersion()?.name ?? null;
    const answer = await served.call(params.name, params.arguments ?? {}, { client, signal: mcpReq.signal });
    if (answer === null) throw new ProtocolError(ProtocolErrorCode.InvalidParams, unknown(params.name));
    const { document, isError } = answer;
    return {
      content: [{ type: "text", text: JSON.stringify(document) }],
      structuredContent: document,
      isError,
    };
  });
  server.setRequestHandler("resources/list", () => ({
    resources: served.resources().map((one) => ({ ...one, mimeType: "text/markdown" })),
  }));
  server.setRequestHandler("resources/templates/list", () => ({
    resourceTemplates: templates.map((one) => ({ ...one, mimeType: "text/markdown" })),
  }));
  server.setRequestHandler("resources/read", ({ params: { uri } }) => {
    const found = served.read(uri);
    if (found === null) throw new ResourceNotFoundError(uri.slice(0, 200));
    return { contents: [{ uri, ...found }] };
  });
  return mcp;
}

/** Clients of newer revisions say with each call who they are; older ones said it once. */
function clientName(envelope: unknown): string | null {
  const said = isMap(envelope) ? envelope[CLIENT_INFO_META_KEY] : null;
  return isMap(said) && typeof said.name === "string" ? said.name : null;
}

function unknown(name: string): string {
  return `unknown tool: ${name.slice(0, 100)}`;
}

function listed({ name, title, description, inputSchema, isReadOnly, isDestructive }: ListedTool) {
  return {
    name,
    title,
    description,
    inputSchema: { ...inputSchema, type: "object" as const },
    annotations: {
      title,
      readOnlyHint: isReadOnly,
      destructiveHint: isDestructive,
      openWorldHint: !isReadOnly,
    },
  };
}
