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
      ? `agents: none of ${AGENTS.join(", ")} is installed; shell tasks need none, and ${calledAs} run FILE --rehearse plays the agents`
      : `agents: found ${found.join(", ")}; a task with agent: planner, coder or checker uses ${found[0]}`;
  hint(context, `  1 ${agents}`);
  hint(
    context,
    `  2 your first workflow: copy examples/${EXAMPLE}.yaml to .claude/workflows/mine.yaml, then ${calledAs} validate and ${calledAs} run mine`,
  );
  hint(context, `  3 look back: ${calledAs} runs; after ctrl-C or a crash: ${calledAs} resume`);
}
