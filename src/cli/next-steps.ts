/** After the bundled example: three lines that say what to do next on this machine. */
import type { Context } from "./context.ts";
import { hint } from "./context.ts";

const EXAMPLE = "release-check";
const AGENTS = ["claude", "codex", "gemini", "opencode"];

export function nextSteps(context: Context, workflow: string): void {
  const { application } = context;
  if (application.environment.DECAPOD_NPM_START !== "1" || workflow !== EXAMPLE) return;
  const { calledAs } = application;
  const found = AGENTS.filter((name) => application.programs([name])[name] !== undefined);
  const agents =
    found.length === 0
      ? `none of ${AGENTS.join(", ")} is on this machine; shell tasks need none, and --rehearse plays agents`
      : `found ${found.join(", ")}; this version runs shell tasks and plays agents with --rehearse, driving them comes next`;
  hint(context, `  1 agents: ${agents}`);
  hint(
    context,
    `  2 a workflow of your own: .claude/workflows/NAME.yaml in your project (examples/${EXAMPLE}.yaml shows how), then ${calledAs} run NAME; npm run link makes it decapod run NAME`,
  );
  hint(context, `  3 look back with ${calledAs} runs; go on after ctrl-C or a crash with ${calledAs} resume`);
}
