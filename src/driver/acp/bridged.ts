/**
 * What drivers of agents share that speak the Agent Client Protocol over standard input and output: each is started by a
 * bridge of its own, which answers what it asks by policy, and outlives the engine with it.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { good, type Problem, type Result } from "../../core/problem.ts";
import { NO_RULES, type PermissionRules } from "../../spec/permission-rules.ts";
import { stateFolderOf } from "../../work/folder.ts";
import { SESSION_ID } from "../../work/session.ts";
import { type AgentCall, type AgentPorts, agentDriver } from "../agent/agent.ts";
import { agentRequest, promptOf } from "../agent/call.ts";
import type { Reach, Reached } from "../agent/reach.ts";
import type { SessionText } from "../agent/session.ts";
import { sessionBefore } from "../agent/transcript.ts";
import type { AskedOfDriver, Driver, Work } from "../driver.ts";
import { type BridgeSettings, CANCEL } from "./bridge-settings.ts";
import { type Facts, learn, NO_FACTS, usageOf } from "./facts.ts";
import { judge } from "./verdict.ts";

export interface BridgedOptions extends AgentPorts {
  /** What the person allows and refuses ever; absent: nothing. */
  readonly rules?: PermissionRules;
  /** How long an agent has to stop when it is asked to, and again when its input has ended. */
  readonly waitMs?: number;
  /** Path of the bridge's program. */
  readonly bridge?: string;
}

/** One agent that speaks the protocol, as far as it differs from the others. */
export interface BridgedAgent {
  readonly name: string;
  /** What it keeps lies elsewhere, and is there when an attempt is over. */
  readonly keepsSessions: boolean;
  readonly prepare: () => Promise<void>;
  readonly refuse: (asked: AskedOfDriver) => readonly Problem[];
  /** `own`: a folder for what the agent keeps for itself. */
  readonly start: (work: Work, own: string) => Promise<Result<BridgedStart>>;
}

export interface BridgedStart extends Partial<Pick<AgentCall, "folders" | "links">> {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** To be redacted, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly reach: Reached;
  /** The protocol's name of a way to say who pays, for an agent that asks. */
  readonly authenticate: string | null;
}

const WAIT_MS = 3_000;

/** An entry point of its own, in the sources and in the bundle. */
const BRIDGE = fileURLToPath(
  new URL(`./bridge-main.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url),
);

export function bridgedDriver(agent: BridgedAgent, options: BridgedOptions): Driver {
  return agentDriver(
    {
      name: agent.name,
      nothing: NO_FACTS,
      learn,
      usageOf: (facts, { session }) => usageOf(facts, session?.kept?.usage),
      sessionOf: (facts, _, work) => (agent.keepsSessions ? sessionOf(facts, work) : null),
      prepare: agent.prepare,
      refuse: agent.refuse,
      call: (work) => callOf(work, agent, options),
      // Nobody answers while it works: what was refused once ends the attempt.
      stageOf: ({ refused, stopReason, failed }) =>
        refused.length > 0 ? "hopeless" : stopReason !== null || failed !== null ? "finished" : "working",
      judge,
      // Of a session that goes on, what it tells first may be what stood there before.
      startTokensOf: ({ startTokens }, _, work) => (sessionBefore(work) === null ? startTokens : null),
      detailOf: ({ session, agent: name, version }) => ({ session, agent: name, version }),
    },
    options,
  );
}

/**
 * The agent has it, as it was: what its task knew of secrets nobody could take out. So it is only gone on with where there
 * were none.
 */
function sessionOf({ keeps, session: id, agent, costUsd }: Facts, { secrets }: Work): SessionText | null {
  if (!keeps || id === null || !SESSION_ID.test(id) || Object.keys(secrets).length > 0) return null;
  const transcript = `${JSON.stringify({ keptBy: agent, id })}\n`;
  return { id, usage: { costUsd, tokens: null }, transcript };
}

function beforeOf(work: Work): BridgeSettings["session"] {
  const before = sessionBefore(work);
  return before === null ? null : { id: before.id, isOwn: taskOf(before.attempt) === taskOf(work.attempt) };
}

/** `RUN/TASK/N` without its number. */
function taskOf(attempt: string): string {
  return attempt.slice(0, attempt.lastIndexOf("/"));
}

async function callOf(work: Work, agent: BridgedAgent, options: BridgedOptions): Promise<Result<AgentCall>> {
  const own = join(work.folder, agent.name);
  const started = await agent.start(work, own);
  if (!started.ok) return started;
  const { environment, secrets, folders = [], links = [] } = started.value;
  const [prompt, file] = [join(own, "prompt.md"), join(own, "settings.json")];
  const settings = settingsOf(work, started.value, { prompt, options });
  return good({
    request: {
      ...agentRequest(work, {
        argv: [process.execPath, options.bridge ?? BRIDGE, file],
        environment,
        view: "acp",
        input: "pipe",
        secrets,
      }),
      farewell: { text: CANCEL, waitMs: options.waitMs ?? WAIT_MS },
    },
    own,
    folders: [own, ...folders],
    files: [
      [file, JSON.stringify(settings)],
      [prompt, promptOf(work)],
    ],
    links,
  });
}

function settingsOf(
  work: Work,
  { argv, reach, authenticate }: BridgedStart,
  { prompt, options }: { readonly prompt: string; readonly options: BridgedOptions },
): BridgeSettings {
  const { files, rules = NO_RULES, waitMs = WAIT_MS } = options;
  const roots = [work.workspace, join(work.folder, "tmp"), join(work.folder, "artifacts")];
  const real = (folders: readonly string[]) =>
    folders.filter((folder) => files.statTarget(folder) !== null).map((folder) => files.realPath(folder));
  return {
    argv,
    workspace: work.workspace,
    prompt,
    model: reach.model,
    session: beforeOf(work),
    authenticate,
    policy: {
      kinds: kindsOf(reach.reach),
      all: reach.reach.all,
      rules: { allow: [...reach.standing, ...allowedIn(work)], refuse: rules.refuse },
      askable: reach.askable,
      roots: real(roots),
      // What other attempts left, and the journal: nobody believes an agent that changed them.
      closed: real([stateFolderOf(work.folder)]),
    },
    leaveMs: waitMs,
  };
}

/** By a person, when an earlier attempt of the task asked. */
function allowedIn({ answers = [] }: Work): readonly string[] {
  return answers.flatMap(({ allows }) => allows);
}

function kindsOf({ edit, run, fetch }: Reach): readonly string[] {
  return [
    ...["read", "search", "think"],
    ...(edit ? ["edit", "delete", "move"] : []),
    ...(run ? ["execute"] : []),
    ...(fetch ? ["fetch"] : []),
  ];
}
