/** `agents` of decapod.yaml (formats.md 8): whose names these are, and whether what does them can be started so. */

import { BUILT_IN_AGENTS, BUILT_IN_WORKERS } from "./built-in-names.ts";
import { checkDriver, DRIVERS } from "./field-values.ts";
import type { Findings } from "./findings.ts";
import { isLike, nearest } from "./nearest.ts";

export interface WrittenAgent {
  readonly driver?: string;
  readonly command?: string;
  readonly args?: readonly string[];
}

/** `roles` are those that have a file. */
export function checkAgents(
  agents: Readonly<Record<string, WrittenAgent>>,
  roles: () => Iterable<string>,
  findings: Findings,
): void {
  const written = Object.entries(agents);
  const known = written.length === 0 ? [] : [...roles()];
  for (const [name, agent] of written) {
    checkName(name, agent, known, findings);
    checkDriver(agent.driver, ["agents", name, "driver"], findings);
    checkCommand(name, agent, findings);
  }
}

/** A role with a file, or a new one that says its driver; `coder-fast` is a name of its own, `codr` a slip of the pen. */
function checkName(name: string, agent: WrittenAgent, roles: readonly string[], findings: Findings): void {
  const spot = { path: ["agents", name], part: "key" } as const;
  if (BUILT_IN_AGENTS.some((agent) => agent === name) || BUILT_IN_WORKERS.includes(name)) {
    const message = `${name} is no role: what does it is built in`;
    return findings.add("E_FIELD_CONTEXT", spot, { message, hint: "another name, for a role of your own" });
  }
  if (roles.includes(name)) return;
  const isSlip = roles.some((role) => isLike(name, role) && !name.startsWith(role));
  const isNew = agent.driver !== undefined && !isSlip;
  if (isNew) return;
  const hint = nearest(name, roles) ?? `driver: ${DRIVERS[0]}, or a file: .claude/agents/${name}.md`;
  findings.add("E_UNKNOWN_AGENT", spot, { message: `there is no role "${name}"`, hint });
}

/** Nothing is read into a project file, and nothing of it goes through a shell. */
function checkCommand(name: string, { driver, command, args }: WrittenAgent, findings: Findings): void {
  const path = ["agents", name];
  for (const [key, text] of [
    ["driver", driver],
    ["command", command],
    ...(args ?? []).map((text, index) => [["args", index], text] as const),
  ] as const) {
    if (text?.includes("${") !== true && !hasControl(text ?? "")) continue;
    const message = `${JSON.stringify(text)} is taken as it is: no \${ } and no control characters`;
    findings.add("E_TYPE", { path: [...path, ...[key].flat()] }, { message, hint: "the text itself" });
  }
  if (command !== undefined && /\s/.test(command) && !command.includes("/")) {
    const [program = "", ...words] = command.trim().split(/\s+/);
    const hint = `command: ${program}, args: [${words.join(", ")}]`;
    const message = "command is one program, without its arguments";
    findings.add("E_TYPE", { path: [...path, "command"] }, { message, hint });
  }
  if (driver === "acp" && command === undefined) {
    const message = "the driver acp needs the command that it talks to";
    findings.add("E_REQUIRED", { path: [...path, "driver"] }, { message, hint: "command: PROGRAM" });
  }
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
