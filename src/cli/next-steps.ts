/** After the bundled example: three lines that say what to do next on this machine. */
import type { Context } from "./context.ts";
import { hint } from "./context.ts";

const EXAMPLE = "release-check";
const AGENTS = ["claude", "codex", "gemini", "opencode"];
/** The only one that this version drives. */
const DRIVEN = "claude";

export function nextSteps(context: Context, workflow: string): void {
  const { application } = context;
  if (application.environment.DECAPOD_NPM_START !== "1" || workflow !== EXAMPLE) return;
  const { calledAs } = application;
  const found = AGENTS.filter((name) => application.programs([name])[name] !== undefined);
  hint(context, `  1 agents: ${agentsText(found)}`);
  hint(
    context,
    `  2 a workflow of your own: .claude/workflows/NAME.yaml in your project (examples/${EXAMPLE}.yaml shows how), then ${calledAs} run NAME; npm run link makes it decapod run NAME`,
  );
  hint(context, `  3 look back with ${calledAs} runs; go on after ctrl-C or a crash with ${calledAs} resume`);
}

function agentsText(found: readonly string[]): string {
  if (found.includes(DRIVEN))
    return `found ${DRIVEN}: agent: coder (planner, checker, …) in a task is done by it, docs/agents.md says how`;
  const none = `none of ${AGENTS.join(", ")} is on this machine`;
  const others = `found ${found.join(", ")}, which this version does not drive yet, and no ${DRIVEN}`;
  return `${found.length === 0 ? none : others}; shell tasks need none, and --rehearse plays agents`;
}
