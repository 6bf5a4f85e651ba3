/** The driver `codex`: one `codex exec --json` an attempt, in a folder and with a configuration of its own. */
import { join } from "node:path";
import { isMap } from "../../core/json.ts";
import { good, type Result } from "../../core/problem.ts";
import { type AgentCall, type AgentKind, agentDriver } from "../agent/agent.ts";
import { agentRequest, promptOf } from "../agent/call.ts";
import type { FoundLogin } from "../agent/login.ts";
import { CODEX } from "../agent/product.ts";
import {
  type ProgramDriverOptions,
  type ProgramRules,
  type Ready,
  ready,
  refusals,
} from "../agent/program-driver.ts";
import type { Reached } from "../agent/reach.ts";
import { keepingOf } from "../agent/transcript.ts";
import type { Driver, Work } from "../driver.ts";
import { codexConfig } from "./config.ts";
import { type Facts, learn, NO_FACTS, usageOf } from "./facts.ts";
import { CODEX_LOGIN } from "./login.ts";
import { resumed, startTokensOf, takeSession } from "./session.ts";
import { judge } from "./verdict.ts";

const RULES: ProgramRules = { product: CODEX, login: CODEX_LOGIN, effort: true, isShell: true };

export function codexDriver(options: ProgramDriverOptions): Driver {
  const kind: AgentKind<Facts> = {
    name: CODEX.driver,
    nothing: NO_FACTS,
    learn,
    usageOf: (facts, { session }) => usageOf(facts, session?.kept?.usage),
    sessionOf: ({ thread }, call, work) =>
      takeSession(thread, homeIn(call.own), keepingOf(call, work, options.files)),
    prepare: async () => void (await options.program.ready()),
    refuse: (asked) => refusals(asked, RULES, options),
    call: (work) => callOf(work, options),
    stageOf: ({ isCompleted, failed }) => (isCompleted || failed !== null ? "finished" : "working"),
    judge,
    startTokensOf: ({ thread }, call, work) => startTokensOf(thread, homeIn(call.own), work, options.files),
    detailOf: ({ thread }) => ({ session: thread }),
  };
  return agentDriver(kind, options);
}

async function callOf(work: Work, options: ProgramDriverOptions): Promise<Result<AgentCall>> {
  const found = await ready(work, RULES, options);
  return found.ok ? good(callWith(work, found.value, options)) : found;
}

function callWith(
  work: Work,
  { program, reach, login }: Ready,
  { environment, files }: ProgramDriverOptions,
): AgentCall {
  const own = join(work.folder, "codex");
  const home = homeIn(own);
  const [prompt, schema] = [join(own, "prompt.md"), join(own, "schema.json")];
  const hasSchema = isMap(work.outputSchema);
  const before = resumed(work, home, files);
  const words = [
    ...["exec", "--json", "--ignore-rules", "--skip-git-repo-check", "--color", "never"],
    ...["-C", work.workspace],
    ...sandboxWords(reach),
    ...(hasSchema ? ["--output-schema", schema] : []),
    ...before.words,
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
    folders: [home, ...before.folders],
    files: [
      ...before.files,
      [join(home, "config.toml"), codexConfig(work, reach, environment.OPENAI_BASE_URL || null)],
      [prompt, promptOf(work)],
      ...(hasSchema ? [[schema, JSON.stringify(work.outputSchema)] as const] : []),
    ],
    links: login.ownFile === null ? [] : [[join(home, "auth.json"), login.ownFile]],
  };
}

function homeIn(own: string): string {
  return join(own, "home");
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
