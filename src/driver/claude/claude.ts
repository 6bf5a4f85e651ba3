/** The driver `claude-code`: one `claude -p` an attempt, judged by what its stream says. */
import { join } from "node:path";
import { LIMITS, most } from "../../core/limits.ts";
import { good, type Problem, type Result } from "../../core/problem.ts";
import { NO_RULES, type PermissionRules } from "../../spec/permission-rules.ts";
import type { McpServers } from "../../spec/user-servers.ts";
import { type AgentCall, type AgentKind, type AgentPorts, agentDriver } from "../agent/agent.ts";
import { instructionsOf } from "../agent/call.ts";
import { forbiddenNames, type LoginSetting } from "../agent/login.ts";
import { CLAUDE } from "../agent/product.ts";
import type { Environment, Program } from "../agent/program.ts";
import { ASKS_NOTHING } from "../agent/reach.ts";
import { agentSettings, DEFAULT_PERMISSION } from "../agent/settings.ts";
import { keepingOf } from "../agent/transcript.ts";
import type { AskedOfDriver, Driver, Work } from "../driver.ts";
import { askedSchema, callFiles, requestOf } from "./command.ts";
import { type Facts, learn, NO_FACTS, usageOf } from "./facts.ts";
import { type Login, loginOf, personFolder } from "./login.ts";
import { lackingVariables, serverFile } from "./servers.ts";
import { type ClaudeKeeping, takeSession } from "./session.ts";
import { type ClaudeEnded, judge, REFUSALS_MAX } from "./verdict.ts";

export interface ClaudeOptions extends AgentPorts {
  readonly program: Program;
  /** The person's own, in which credentials are looked for. */
  readonly environment: Environment;
  readonly login: LoginSetting;
  /** The widest permission mode; null: the default. */
  readonly permission: string | null;
  /** What the person allows and refuses ever; absent: nothing. */
  readonly rules?: PermissionRules;
  /** The person's MCP servers; absent: none. */
  readonly servers?: McpServers;
  readonly isMac: boolean;
}

export function claudeDriver(options: ClaudeOptions): Driver {
  const kind: AgentKind<Facts> = {
    name: CLAUDE.driver,
    nothing: NO_FACTS,
    learn,
    usageOf: (facts, { session }) => usageOf(facts, session?.kept?.usage),
    sessionOf: ({ session }, call, work) => takeSession(session, keeping(call, work, options)),
    prepare: async () => void (await options.program.ready()),
    refuse: (asked) => refuse(asked, options),
    call: (work) => callOf(work, options),
    stageOf: ({ refusals, serversDown, result, isBusy }, work) =>
      refusals >= REFUSALS_MAX || lacksServer(serversDown, work, options)
        ? "hopeless"
        : result !== null && !isBusy
          ? "finished"
          : "working",
    judge: (facts, ended, { limits, outputSchema, ...work }) =>
      judge(facts, {
        ...ended,
        textBytesMax: most(LIMITS.stdoutBytes, limits),
        schema: askedSchema(outputSchema).how,
        isResumed: (work.session?.kept ?? null) !== null,
        ...boundsOf(work, options),
      }),
    startTokensOf: ({ startTokens }) => startTokens,
    detailOf: ({ session, version, model }) => ({ session, version, model }),
  };
  return agentDriver(kind, options);
}

function refuse(asked: AskedOfDriver, options: ClaudeOptions): readonly Problem[] {
  const missing = options.program.problem();
  const login = loginProblems(options);
  const settings = settingsOf(asked, options);
  const names = forbiddenNames(asked, CLAUDE.command);
  const rest = settings.ok ? lackingVariables(settings.value.servers, personOf(options)) : settings.problems;
  return [...(missing === null ? login : [missing]), ...rest, ...names];
}

function loginProblems({ environment, login, files, isMac }: ClaudeOptions): readonly Problem[] {
  const found = loginOf(environment, login, files, isMac);
  return found.ok ? [] : found.problems;
}

function settingsOf(
  { options, agentRole, answers = [] }: Pick<AskedOfDriver, "options" | "agentRole"> & Pick<Work, "answers">,
  { permission, rules = NO_RULES, servers = {} }: ClaudeOptions,
) {
  const allows = answers.flatMap((answer) => answer.allows);
  return agentSettings({
    driver: CLAUDE.driver,
    options,
    role: agentRole,
    allows,
    permission: permission ?? DEFAULT_PERMISSION,
    rules,
    servers: Object.keys(servers),
  });
}

function personOf({ servers = {}, environment }: ClaudeOptions) {
  return { servers, environment };
}

function lacksServer(down: Facts["serversDown"], work: Work, options: ClaudeOptions): boolean {
  return (
    down.length > 0 &&
    boundsOf(work, options).servers.some((asked) => down.some(({ name }) => name === asked))
  );
}

/** What role or task and the person refuse it, and the servers it is given. */
function boundsOf(
  { options, agentRole }: Pick<Work, "options" | "agentRole">,
  person: ClaudeOptions,
): Pick<ClaudeEnded, "denied" | "refuse" | "servers"> {
  const { rules = NO_RULES } = person;
  const settings = settingsOf({ options, agentRole }, { ...person, rules: NO_RULES });
  const { denied, servers } = settings.ok ? settings.value : { denied: [], servers: [] };
  return { denied, servers, refuse: rules.refuse };
}

/** One that runs already may have been begun under another login. */
function keeping(call: AgentCall, work: Work, { files, environment }: ClaudeOptions): ClaudeKeeping {
  const person = personFolder(environment);
  const configFolders = [join(call.own, "config"), ...(person === null ? [] : [person])];
  return { ...keepingOf(call, work, files), configFolders };
}

const NO_LOGIN: Login = { environment: {}, secrets: {}, configFolder: "attempt" };

async function callOf(work: Work, options: ClaudeOptions): Promise<Result<AgentCall>> {
  const { environment, login: setting, files, isMac, program } = options;
  const settings = settingsOf(work.reattach ? ASKS_NOTHING : work, options);
  if (!settings.ok) return settings;
  // One that runs already needs no login and no program any more.
  const login = work.reattach ? good(NO_LOGIN) : loginOf(environment, setting, files, isMac);
  if (!login.ok) return login;
  const found = work.reattach ? good("claude") : await program.ready();
  if (!found.ok) return found;
  const { own, instructions, servers } = callFiles(work.folder);
  const { text, secrets } = serverFile(settings.value.servers, personOf(options));
  return good({
    request: requestOf(work, { program: found.value, settings: settings.value, login: login.value, secrets }),
    own,
    folders: ["config", "tmp"].map((name) => join(own, name)),
    files: [
      [instructions, instructionsOf(work)],
      ...(settings.value.servers.length === 0 ? [] : [[servers, text] as const]),
    ],
    links: [],
  });
}
