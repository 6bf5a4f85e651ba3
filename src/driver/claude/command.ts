/** How claude is called: nothing of a workflow but what settings.ts let through, and no secret, becomes an argument. */
import { join } from "node:path";
import { isMap, type Json, own } from "../../core/json.ts";
import { agentRequest } from "../agent/call.ts";
import type { AgentSettings } from "../agent/settings.ts";
import type { Work } from "../driver.ts";
import type { ProcessRequest } from "../spawn-host-frames.ts";
import type { Login } from "./login.ts";
import { resumeArguments } from "./session.ts";
import { type ClaudeEnded, WRAPPED_KEY } from "./verdict.ts";

/** What one argument may hold with room to spare; the system takes 128 KiB. */
const SCHEMA_BYTES_MAX = 100_000;

/** Nothing is sent home, nothing replaces itself, and nothing goes on in the background when the work is done. */
const FIXED = {
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_AUTOUPDATER: "1",
  DISABLE_ERROR_REPORTING: "1",
  DISABLE_TELEMETRY: "1",
} as const;

export interface Call {
  readonly program: string;
  readonly settings: AgentSettings;
  readonly login: Login;
  /** Of its MCP servers, to be redacted. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Files of one attempt, all in its own folder. */
export interface CallFiles {
  readonly brief: string;
  readonly instructions: string;
  /** Its MCP servers; in `own`. */
  readonly servers: string;
  /** What claude keeps for itself; gone when the attempt is over. */
  readonly own: string;
}

export function callFiles(folder: string): CallFiles {
  return {
    brief: join(folder, "brief.md"),
    instructions: join(folder, "instructions.md"),
    servers: join(folder, "claude/mcp.json"),
    own: join(folder, "claude"),
  };
}

export function requestOf(work: Work, { program, settings, login, secrets }: Call): ProcessRequest {
  const files = callFiles(work.folder);
  return agentRequest(work, {
    argv: [program, ...argumentsOf(work, settings)],
    environment: {
      ...login.environment,
      ...FIXED,
      ...(login.configFolder === "attempt" && { CLAUDE_CONFIG_DIR: join(files.own, "config") }),
      CLAUDE_CODE_TMPDIR: join(files.own, "tmp"),
    },
    view: "claude-code",
    input: { path: files.brief },
    secrets: { ...login.secrets, ...secrets },
  });
}

function argumentsOf(work: Work, settings: AgentSettings): readonly string[] {
  const { model, effort, maxTurns, permission, tools, allowed, denied, servers } = settings;
  const schema = askedSchema(work.outputSchema);
  return [
    ...["-p", "--output-format", "stream-json", "--verbose"],
    // Nothing of the repository or of the person's own sessions: no settings, no hooks, no servers.
    ...["--setting-sources=", "--strict-mcp-config"],
    ...(servers.length === 0 ? [] : ["--mcp-config", callFiles(work.folder).servers]),
    ...resumeArguments(work),
    `--tools=${tools.join(",")}`,
    ...listed("--allowedTools", allowed),
    ...listed("--disallowedTools", denied),
    ...["--permission-mode", permission],
    ...["--append-system-prompt-file", callFiles(work.folder).instructions],
    ...valued("--model", model),
    ...valued("--effort", effort),
    ...valued("--max-turns", maxTurns),
    ...valued("--max-budget-usd", work.budget.usd),
    ...(schema.how === "none" ? [] : ["--json-schema", JSON.stringify(schema.schema)]),
  ];
}

function listed(option: string, values: readonly string[]): readonly string[] {
  return values.length === 0 ? [] : [option, ...values];
}

function valued(option: string, value: string | number | null): readonly string[] {
  return value === null ? [] : [option, String(value)];
}

/**
 * A structured answer is the input of a tool, which is always a map; what is none is wrapped into one. A schema that
 * cannot be asked for so stands in the brief, and the answer is checked all the same.
 */
export function askedSchema(schema: Json | null): {
  readonly how: ClaudeEnded["schema"];
  readonly schema: Json;
} {
  const isLong = schema !== null && Buffer.byteLength(JSON.stringify(schema)) > SCHEMA_BYTES_MAX;
  if (!isMap(schema) || isLong) return { how: "none", schema: null };
  if (own(schema, "type") === "object") return { how: "plain", schema };
  // Its references count from the root, which would then be another one.
  if (JSON.stringify(schema).includes('"$ref"')) return { how: "none", schema: null };
  const wrapped = { type: "object", properties: { [WRAPPED_KEY]: schema }, required: [WRAPPED_KEY] };
  return { how: "wrapped", schema: wrapped };
}
