/**
 * The driver `acp`: any agent that speaks the Agent Client Protocol over standard input and output, through a bridge of
 * its own. What is started stands in the project's configuration; what it may do and who pays, in the person's own.
 */
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { AgentSetting } from "../../spec/project-file.ts";
import type { AcpUserSettings } from "../../spec/user-file.ts";
import { type AgentCall, type AgentKind, type AgentPorts, agentDriver } from "../agent/agent.ts";
import { agentRequest, promptOf } from "../agent/call.ts";
import { forbiddenNames, longEnough, valuesOf } from "../agent/login.ts";
import { type Environment, programInPath } from "../agent/program.ts";
import { ASKS_NOTHING, type Reach, type Reached, reached } from "../agent/reach.ts";
import type { AskedOfDriver, Driver, Work } from "../driver.ts";
import { type BridgeSettings, CANCEL } from "./bridge-settings.ts";
import { type Facts, learn, NO_FACTS, usageOf } from "./facts.ts";
import { judge } from "./verdict.ts";

export interface AcpOptions extends AgentPorts {
  /** The person's own. */
  readonly environment: Environment;
  readonly projectRoot: string;
  /** `agents` of decapod.yaml: what is started for a role. */
  readonly agents: ReadonlyMap<string, AgentSetting>;
  readonly person: AcpUserSettings;
  /** How long an agent has to stop when it is asked to, and again when its input has ended. */
  readonly waitMs?: number;
}

const NAME = "acp";
const KEEPS = { driver: NAME, effort: false };
const WAIT_MS = 3_000;

/** An entry point of its own, in the sources and in the bundle. */
const BRIDGE = fileURLToPath(
  new URL(`./bridge-main.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url),
);

export function acpDriver(options: AcpOptions): Driver {
  const kind: AgentKind<Facts> = {
    name: NAME,
    nothing: NO_FACTS,
    learn,
    usageOf,
    prepare: async () => {},
    refuse: (asked) => refuse(asked, options),
    call: async (work) => callOf(work, options),
    // Nobody answers later: what was refused once makes the attempt a failure.
    stageOf: ({ refused, stopReason, failed }) =>
      refused.length > 0 ? "hopeless" : stopReason !== null || failed !== null ? "finished" : "working",
    judge,
    detailOf: ({ session, agent, version }) => ({ session, agent, version }),
  };
  return agentDriver(kind, options);
}

function refuse(asked: AskedOfDriver, options: AcpOptions): readonly Problem[] {
  const command = commandOf(asked.agent, options);
  const reach = reached(asked, KEEPS, options.person.permission);
  return [
    ...(command.ok ? [] : command.problems),
    ...(reach.ok ? [] : reach.problems),
    ...forbiddenNames(asked, "an ACP agent"),
  ];
}

function commandOf(agent: string, options: AcpOptions): Result<readonly string[]> {
  const { agents, projectRoot, environment, files } = options;
  const { command = null, args = [] } = agents.get(agent) ?? {};
  if (command === null)
    return bad({
      code: "E_DRIVER_MISSING",
      message: `nothing says which ACP agent does the tasks of ${agent}`,
      hint: `agents: { ${agent}: { driver: acp, command: PROGRAM } } in decapod.yaml`,
    });
  const program = command.includes("/")
    ? isAbsolute(command)
      ? command
      : join(projectRoot, command)
    : programInPath(command, { environment, projectRoot, files });
  const isThere = program !== null && files.statTarget(program)?.kind === "file";
  if (isThere) return good([program, ...args]);
  return bad({
    code: "E_DRIVER_MISSING",
    message: `the ACP agent of ${agent}, ${command}, is not ${command.includes("/") ? "there" : "in PATH (what lies inside the project does not count)"}`,
    hint: "install it, or give its full path; or --rehearse plays the agents",
  });
}

function callOf(work: Work, options: AcpOptions): Result<AgentCall> {
  const reach = reached(work.reattach ? ASKS_NOTHING : work, KEEPS, options.person.permission);
  if (!reach.ok) return reach;
  // One that runs already needs no program any more.
  const argv = work.reattach ? good<readonly string[]>([]) : commandOf(work.agent, options);
  if (!argv.ok) return argv;
  const own = join(work.folder, "acp");
  const [prompt, file] = [join(own, "prompt.md"), join(own, "settings.json")];
  const settings = settingsOf(work, { argv: argv.value, reach: reach.value, prompt, options });
  const passed = valuesOf(options.environment, options.person.pass);
  return good({
    request: {
      ...agentRequest(work, {
        argv: [process.execPath, BRIDGE, file],
        environment: passed,
        view: NAME,
        input: "pipe",
        secrets: longEnough(passed),
      }),
      farewell: { text: CANCEL, waitMs: options.waitMs ?? WAIT_MS },
    },
    own,
    folders: [own],
    files: [
      [file, JSON.stringify(settings)],
      [prompt, promptOf(work)],
    ],
    links: [],
  });
}

interface Asked {
  readonly argv: readonly string[];
  readonly reach: Reached;
  readonly prompt: string;
  readonly options: AcpOptions;
}

function settingsOf(work: Work, { argv, reach, prompt, options }: Asked): BridgeSettings {
  const { files, person, waitMs = WAIT_MS } = options;
  const roots = [work.workspace, join(work.folder, "tmp"), join(work.folder, "artifacts")];
  return {
    argv,
    workspace: work.workspace,
    prompt,
    model: reach.model,
    authenticate: person.authenticate,
    policy: {
      kinds: kindsOf(reach.reach),
      all: reach.reach.all,
      roots: roots.filter((root) => files.statTarget(root) !== null).map((root) => files.realPath(root)),
    },
    leaveMs: waitMs,
  };
}

function kindsOf({ edit, run, fetch }: Reach): readonly string[] {
  return [
    ...["read", "search", "think"],
    ...(edit ? ["edit", "delete", "move"] : []),
    ...(run ? ["execute"] : []),
    ...(fetch ? ["fetch"] : []),
  ];
}
