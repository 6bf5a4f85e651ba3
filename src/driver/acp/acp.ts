/**
 * The driver `acp`: any agent that speaks the Agent Client Protocol over standard input and output, through a bridge of
 * its own. What is started stands in the project's configuration; what it may do and who pays, in the person's own.
 */
import { isAbsolute, join } from "node:path";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { AgentSetting } from "../../spec/project-settings.ts";
import type { AcpUserSettings } from "../../spec/user-settings.ts";
import { forbiddenNames, longEnough, valuesOf } from "../agent/login.ts";
import { type Environment, programInPath } from "../agent/program.ts";
import { ASKS_NOTHING, type PersonSays, reached } from "../agent/reach.ts";
import type { AskedOfDriver, Driver, Work } from "../driver.ts";
import { type BridgedOptions, type BridgedStart, bridgedDriver } from "./bridged.ts";

export interface AcpOptions extends BridgedOptions {
  /** The person's own. */
  readonly environment: Environment;
  readonly projectRoot: string;
  /** `agents` of decapod.yaml: what is started for a role. */
  readonly agents: ReadonlyMap<string, AgentSetting>;
  readonly person: AcpUserSettings;
}

const NAME = "acp";
const KEEPS = { driver: NAME, effort: false, rules: true };

export function acpDriver(options: AcpOptions): Driver {
  const agent = {
    name: NAME,
    keepsSessions: true,
    prepare: async () => {},
    refuse: (asked: AskedOfDriver) => refuse(asked, options),
    start: async (work: Work) => startOf(work, options),
  };
  return bridgedDriver(agent, options);
}

function refuse(asked: AskedOfDriver, options: AcpOptions): readonly Problem[] {
  const command = commandOf(asked.agent, options);
  const reach = reached(asked, KEEPS, personOf(options));
  return [
    ...(command.ok ? [] : command.problems),
    ...(reach.ok ? [] : reach.problems),
    ...forbiddenNames(asked, "an ACP agent"),
  ];
}

function personOf({ person, rules }: AcpOptions): PersonSays {
  return { permission: person.permission, ...(rules !== undefined && { rules }) };
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

function startOf(work: Work, options: AcpOptions): Result<BridgedStart> {
  const reach = reached(work.reattach ? ASKS_NOTHING : work, KEEPS, personOf(options));
  if (!reach.ok) return reach;
  // One that runs already needs no program any more.
  const argv = work.reattach ? good<readonly string[]>([]) : commandOf(work.agent, options);
  if (!argv.ok) return argv;
  const { person } = options;
  const passed = valuesOf(options.environment, person.pass);
  return good({
    argv: argv.value,
    environment: passed,
    secrets: longEnough(passed),
    reach: reach.value,
    authenticate: person.authenticate,
  });
}
