/** The driver `codex`: one `codex exec --json` an attempt, in a folder and with a configuration of its own. */
import { isAbsolute, join } from "node:path";
import { isMap } from "../../core/json.ts";
import { good, type Problem, type Result } from "../../core/problem.ts";
import { type AgentCall, type AgentKind, type AgentPorts, agentDriver } from "../agent/agent.ts";
import { agentRequest, promptOf } from "../agent/call.ts";
import {
  type FoundLogin,
  findLogin,
  forbiddenNames,
  type LoginRules,
  type LoginSetting,
} from "../agent/login.ts";
import { CODEX } from "../agent/product.ts";
import type { Environment, Program } from "../agent/program.ts";
import { type Reached, reached } from "../agent/reach.ts";
import type { AskedOfDriver, Driver, Work } from "../driver.ts";
import { CODEX_CREDENTIALS, codexConfig } from "./config.ts";
import { type Facts, learn, NO_FACTS, usageOf } from "./facts.ts";
import { judge } from "./verdict.ts";

export interface CodexOptions extends AgentPorts {
  readonly program: Program;
  /** The person's own, in which credentials are looked for. */
  readonly environment: Environment;
  readonly login: LoginSetting;
  /** The widest permission mode; null: the default. */
  readonly permission: string | null;
}

const KEEPS = { driver: CODEX.driver, effort: true };

const LOGIN: LoginRules = {
  command: CODEX.command,
  credentials: CODEX_CREDENTIALS,
  passed: ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"],
  ownLogin: ({ CODEX_HOME: own, HOME: home }) => {
    const folder = own !== undefined && isAbsolute(own) ? own : join(home ?? "", ".codex");
    return isAbsolute(folder) ? join(folder, "auth.json") : null;
  },
  hint: "codex login",
};

export function codexDriver(options: CodexOptions): Driver {
  const kind: AgentKind<Facts> = {
    name: CODEX.driver,
    nothing: NO_FACTS,
    learn,
    usageOf,
    prepare: async () => void (await options.program.ready()),
    refuse: (asked) => refuse(asked, options),
    call: (work) => callOf(work, options),
    stageOf: ({ isCompleted, failed }) => (isCompleted || failed !== null ? "finished" : "working"),
    judge,
    detailOf: ({ thread }) => ({ session: thread }),
  };
  return agentDriver(kind, options);
}

function loginOf({ environment, login, files }: CodexOptions): Result<FoundLogin> {
  return findLogin(LOGIN, { environment, setting: login, files });
}

function refuse(asked: AskedOfDriver, options: CodexOptions): readonly Problem[] {
  const missing = options.program.problem();
  const login = loginOf(options);
  const reach = reached(asked, KEEPS, options.permission);
  return [
    ...(missing !== null ? [missing] : login.ok ? [] : login.problems),
    ...(reach.ok ? [] : reach.problems),
    ...forbiddenNames(asked, CODEX.command),
  ];
}

async function callOf(work: Work, options: CodexOptions): Promise<Result<AgentCall>> {
  const reach = reached(work, KEEPS, options.permission);
  if (!reach.ok) return reach;
  const login = loginOf(options);
  if (!login.ok) return login;
  // One that runs already needs no program any more.
  const program = work.reattach ? good(CODEX.command) : await options.program.ready();
  if (!program.ok) return program;
  return good(callWith(work, { program: program.value, reach: reach.value, login: login.value, options }));
}

interface Found {
  readonly program: string;
  readonly reach: Reached;
  readonly login: FoundLogin;
  readonly options: CodexOptions;
}

function callWith(work: Work, { program, reach, login, options }: Found): AgentCall {
  const own = join(work.folder, "codex");
  const [home, prompt, schema] = ["home", "prompt.md", "schema.json"].map((name) => join(own, name)) as [
    string,
    string,
    string,
  ];
  const hasSchema = isMap(work.outputSchema);
  const words = [
    ...["exec", "--json", "--ephemeral", "--ignore-rules", "--skip-git-repo-check", "--color", "never"],
    ...["-C", work.workspace],
    ...sandboxWords(reach),
    ...(hasSchema ? ["--output-schema", schema] : []),
    "-",
  ];
  return {
    request: agentRequest(work, {
      argv: [program, ...words],
      environment: { ...keyed(login.environment), CODEX_HOME: home },
      view: "codex",
      input: { path: prompt },
      secrets: login.secrets,
    }),
    own,
    folders: [home],
    files: [
      [join(home, "config.toml"), codexConfig(work, reach, options.environment.OPENAI_BASE_URL || null)],
      [prompt, promptOf(work)],
      ...(hasSchema ? [[schema, JSON.stringify(work.outputSchema)] as const] : []),
    ],
    links: login.ownFile === null ? [] : [[join(home, "auth.json"), login.ownFile]],
  };
}

/** `codex exec` reads this variable alone; the other is the one that people have. */
function keyed(environment: FoundLogin["environment"]): Readonly<Record<string, string>> {
  const { OPENAI_API_KEY: key, ...others } = environment;
  return key === undefined ? others : { CODEX_API_KEY: key, ...others };
}

/** Its one tool is a shell, and its sandbox is the fence around it; it goes by the person's own word alone. */
function sandboxWords({ reach }: Reached): readonly string[] {
  if (reach.all) return ["--dangerously-bypass-approvals-and-sandbox"];
  return ["-s", reach.edit || reach.run ? "workspace-write" : "read-only"];
}
