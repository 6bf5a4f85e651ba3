/** The driver `claude-code`: one `claude -p` an attempt, judged by what its stream says. */
import { join } from "node:path";
import { LIMITS, most } from "../../core/limits.ts";
import { good, type Problem, type Result } from "../../core/problem.ts";
import { type AgentCall, type AgentKind, type AgentPorts, agentDriver } from "../agent/agent.ts";
import { instructionsOf } from "../agent/call.ts";
import { forbiddenNames, type LoginSetting } from "../agent/login.ts";
import { CLAUDE } from "../agent/product.ts";
import type { Environment, Program } from "../agent/program.ts";
import { ASKS_NOTHING } from "../agent/reach.ts";
import { agentSettings, DEFAULT_PERMISSION } from "../agent/settings.ts";
import type { AskedOfDriver, Driver, Work } from "../driver.ts";
import { askedSchema, callFiles, requestOf } from "./command.ts";
import { type Facts, learn, NO_FACTS, usageOf } from "./facts.ts";
import { type Login, loginOf } from "./login.ts";
import { judge, REFUSALS_MAX } from "./verdict.ts";

export interface ClaudeOptions extends AgentPorts {
  readonly program: Program;
  /** The person's own, in which credentials are looked for. */
  readonly environment: Environment;
  readonly login: LoginSetting;
  /** The widest permission mode; null: the default. */
  readonly permission: string | null;
  readonly isMac: boolean;
}

export function claudeDriver(options: ClaudeOptions): Driver {
  const kind: AgentKind<Facts> = {
    name: CLAUDE.driver,
    nothing: NO_FACTS,
    learn,
    usageOf,
    prepare: async () => void (await options.program.ready()),
    refuse: (asked) => refuse(asked, options),
    call: (work) => callOf(work, options),
    stageOf: ({ refusals, result, isBusy }) =>
      refusals >= REFUSALS_MAX ? "hopeless" : result !== null && !isBusy ? "finished" : "working",
    judge: (facts, ended, { limits, outputSchema }) =>
      judge(facts, {
        ...ended,
        textBytesMax: most(LIMITS.stdoutBytes, limits),
        schema: askedSchema(outputSchema).how,
      }),
    detailOf: ({ session, version, model }) => ({ session, version, model }),
  };
  return agentDriver(kind, options);
}

function refuse(asked: AskedOfDriver, options: ClaudeOptions): readonly Problem[] {
  const missing = options.program.problem();
  const login = loginProblems(options);
  const settings = settingsOf(asked, options);
  const names = forbiddenNames(asked, CLAUDE.command);
  return [...(missing === null ? login : [missing]), ...(settings.ok ? [] : settings.problems), ...names];
}

function loginProblems({ environment, login, files, isMac }: ClaudeOptions): readonly Problem[] {
  const found = loginOf(environment, login, files, isMac);
  return found.ok ? [] : found.problems;
}

function settingsOf(
  { options, agentRole, answers = [] }: Pick<AskedOfDriver, "options" | "agentRole"> & Pick<Work, "answers">,
  { permission }: ClaudeOptions,
) {
  const allows = answers.flatMap((answer) => answer.allows);
  return agentSettings({
    driver: CLAUDE.driver,
    options,
    role: agentRole,
    allows,
    permission: permission ?? DEFAULT_PERMISSION,
  });
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
  const { own, instructions } = callFiles(work.folder);
  return good({
    request: requestOf(work, { program: found.value, settings: settings.value, login: login.value }),
    own,
    folders: ["config", "tmp"].map((name) => join(own, name)),
    files: [[instructions, instructionsOf(work)]],
    links: [],
  });
}
