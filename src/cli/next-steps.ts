/** After the bundled example: three lines that say what to do next on this machine. */
import { PRODUCTS } from "../driver/agent/product.ts";
import type { Context } from "./context.ts";
import { hint } from "./context.ts";

const EXAMPLE = "release-check";
const AGENTS = PRODUCTS.map(({ command }) => command);

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
  if (found.length === 0)
    return `none of ${AGENTS.join(", ")} is on this machine; shell tasks need none, and --rehearse plays agents`;
  const [first = ""] = found;
  const driver = PRODUCTS.find(({ command }) => command === first)?.driver ?? "";
  const how = first === AGENTS[0] ? "" : ` with options: { driver: ${driver} }`;
  return `found ${found.join(", ")}: agent: coder (planner, checker, …) in a task is done by ${first}${how}, docs/agents.md says how`;
}
