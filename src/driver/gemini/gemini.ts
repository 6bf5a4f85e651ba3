/** The driver `gemini`: one `gemini -o stream-json` an attempt, with a home and settings of its own. */
import { join } from "node:path";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { type AgentCall, type AgentKind, agentDriver } from "../agent/agent.ts";
import { agentRequest, promptOf } from "../agent/call.ts";
import { GEMINI } from "../agent/product.ts";
import {
  type ProgramDriverOptions,
  type ProgramRules,
  type Ready,
  ready,
  refusals,
} from "../agent/program-driver.ts";
import type { Reach } from "../agent/reach.ts";
import { keepingOf } from "../agent/transcript.ts";
import type { Driver, Work } from "../driver.ts";
import { type Facts, learn, NO_FACTS, usageOf } from "./facts.ts";
import { GEMINI_LOGIN } from "./login.ts";
import { resumeWords, startTokensOf, takeSession } from "./session.ts";
import { judge } from "./verdict.ts";

export interface GeminiOptions extends ProgramDriverOptions {
  readonly projectRoot: string;
}

/** Without a name it asks a small model first which one to take, and there is no saying how that ends. */
const DEFAULT_MODEL = "gemini-2.5-pro";

const RULES: ProgramRules = { product: GEMINI, login: GEMINI_LOGIN, effort: false };

export function geminiDriver(options: GeminiOptions): Driver {
  const kind: AgentKind<Facts> = {
    name: GEMINI.driver,
    nothing: NO_FACTS,
    learn,
    usageOf,
    sessionOf: ({ session }, call, work) =>
      takeSession(session, homeIn(call.own), keepingOf(call, work, options.files)),
    prepare: async () => void (await options.program.ready()),
    refuse: (asked) => [...refusals(asked, RULES, options), ...trusting(options.projectRoot, options)],
    call: (work) => callOf(work, options),
    stageOf: ({ result }) => (result === null ? "working" : "finished"),
    judge,
    startTokensOf: ({ session }, call, work) => startTokensOf(session, homeIn(call.own), work, options.files),
    detailOf: ({ session, model }) => ({ session, model }),
  };
  return agentDriver(kind, options);
}

/** Trusted it loads what lies in this folder, servers and hooks; not trusted it edits nothing. There is no third way. */
function trusting(folder: string, { files }: GeminiOptions): readonly Problem[] {
  if (files.stat(join(folder, ".gemini")) === null) return [];
  return [
    {
      code: "E_NOT_ALLOWED",
      message:
        "gemini would load settings, servers and hooks from .gemini of this project, and cannot be kept from it",
      hint: "take .gemini out of the project, or choose another driver",
    },
  ];
}

async function callOf(work: Work, options: GeminiOptions): Promise<Result<AgentCall>> {
  const found = await ready(work, RULES, options);
  if (!found.ok) return found;
  const problems = work.reattach ? [] : trusting(work.workspace, options);
  return problems.length > 0 ? bad(...problems) : good(callWith(work, found.value, options));
}

function callWith(work: Work, { program, reach, login }: Ready, { environment }: GeminiOptions): AgentCall {
  const own = join(work.folder, "gemini");
  const [home, prompt] = [homeIn(own), join(own, "prompt.md")];
  const model = reach.model ?? (environment.GEMINI_MODEL || DEFAULT_MODEL);
  const mode = reach.reach.all ? "yolo" : reach.reach.edit ? "auto_edit" : "default";
  const words = ["-o", "stream-json", "-m", model, "--skip-trust", "--approval-mode", mode];
  const settings = settingsOf(reach.reach, login.ownFile === null ? "gemini-api-key" : "oauth-personal");
  return {
    request: agentRequest(work, {
      argv: [program, ...words, ...resumeWords(work)],
      environment: { ...login.environment, GEMINI_CLI_HOME: home, GEMINI_CLI_NO_RELAUNCH: "1" },
      view: "gemini",
      input: { path: prompt },
      secrets: login.secrets,
    }),
    own,
    folders: [join(home, ".gemini")],
    files: [
      [join(home, ".gemini/settings.json"), JSON.stringify(settings)],
      [prompt, promptOf(work)],
    ],
    links: login.ownFile === null ? [] : [[join(home, ".gemini/oauth_creds.json"), login.ownFile]],
  };
}

function homeIn(own: string): string {
  return join(own, "home");
}

const READING = [
  "list_directory",
  "read_file",
  "read_many_files",
  "glob",
  "grep_search",
  "search_file_content",
];

function settingsOf({ edit, run, fetch, all }: Reach, selectedType: string) {
  const core = [
    ...READING,
    ...(edit ? ["replace", "write_file"] : []),
    ...(run ? ["run_shell_command"] : []),
    ...(fetch ? ["web_fetch", "google_web_search"] : []),
  ];
  return {
    security: { auth: { selectedType } },
    // The tools it is offered, and those of them that need no question: nobody is there to answer one.
    tools: all ? {} : { core, allowed: core },
    general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
    skills: { enabled: false },
    hooksConfig: { enabled: false },
    mcp: { allowed: [] },
    // A .env of the project could send the key elsewhere.
    advanced: { ignoreLocalEnv: true },
  };
}
