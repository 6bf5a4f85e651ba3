/** How claude is called: nothing of a workflow but what settings.ts let through, and no secret, becomes an argument. */
import { join } from "node:path";
import { isMap, type Json, own } from "../../core/json.ts";
import { LIMITS, most } from "../../core/limits.ts";
import { HOW_TO_ASK } from "../agent/question.ts";
import type { Work } from "../driver.ts";
import type { ProcessRequest } from "../spawn-host-frames.ts";
import type { Login } from "./login.ts";
import type { ClaudeSettings } from "./settings.ts";
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

const UNATTENDED = `You work unattended, as one step of an automated workflow. Nobody answers questions or grants
permissions while you work: decide yourself, and say in your answer what you decided. A tool call that is refused makes the
whole step fail, so use only the tools you have, and read and write only below the folder you were started in. Leave nothing
running when you finish. Your last message is the result that the next step gets: make it complete.

${HOW_TO_ASK}`;

export interface Call {
  readonly program: string;
  readonly settings: ClaudeSettings;
  readonly login: Login;
}

/** Files of one attempt, all in its own folder. */
export interface CallFiles {
  readonly brief: string;
  readonly instructions: string;
  readonly stream: string;
  /** What claude keeps for itself; gone when the attempt is over. */
  readonly own: string;
}

export function callFiles(folder: string): CallFiles {
  return {
    brief: join(folder, "brief.md"),
    instructions: join(folder, "instructions.md"),
    stream: join(folder, "stream.jsonl"),
    own: join(folder, "claude"),
  };
}

export function instructionsOf({ agentRole }: Work): string {
  const own = agentRole?.instructions ?? "";
  return own === "" ? `${UNATTENDED}\n` : `${own}\n\n${UNATTENDED}\n`;
}

export function requestOf(work: Work, { program, settings, login }: Call): ProcessRequest {
  const files = callFiles(work.folder);
  return {
    id: work.attempt,
    argv: [program, ...argumentsOf(work, settings)],
    folder: work.workspace,
    environment: {
      ...work.environment,
      ...login.environment,
      ...FIXED,
      ...(login.configFolder === "attempt" && { CLAUDE_CONFIG_DIR: join(files.own, "config") }),
      CLAUDE_CODE_TMPDIR: join(files.own, "tmp"),
    },
    logPath: join(work.folder, "output.log"),
    logBytesMax: most(LIMITS.logBytes, work.limits),
    stdoutPath: files.stream,
    stdoutBytesMax: 0,
    view: "claude-code",
    input: { path: files.brief },
    secrets: { ...work.secrets, ...login.secrets },
    timeoutMs: work.timeoutMs,
    idleTimeoutMs: work.idleTimeoutMs,
  };
}

function argumentsOf(work: Work, settings: ClaudeSettings): readonly string[] {
  const { model, effort, maxTurns, permission, tools, allowed, denied } = settings;
  const schema = askedSchema(work.outputSchema);
  return [
    ...["-p", "--output-format", "stream-json", "--verbose"],
    // Nothing of the repository or of the person's own sessions: no settings, no hooks, no servers.
    ...["--setting-sources=", "--strict-mcp-config", "--no-session-persistence"],
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
