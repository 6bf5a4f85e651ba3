/** decapod mcp: a server of the Model Context Protocol on standard input and output, for agents of a person's own. */
import { EXIT } from "../../core/problem.ts";
import { attemptAround } from "../../server/attempt-around.ts";
import { type Context, projectOf } from "../context.ts";
import { loadSdk } from "../mcp/late-sdk.ts";
import { makeSession } from "../mcp/session.ts";
import { listedTools, TOOLS } from "../mcp/tools.ts";
import { usage } from "../refusal.ts";

const INSTRUCTIONS = `decapod runs workflows durably: a run you start goes on in the background whatever becomes of you, and every fact
stands in a journal. Look first (workflows_list, workflows_show), then runs_start, runs_wait, runs_show; logs_read when
something failed. Report what decapod verified (status, outputs, criteria), not what a task says of itself. What waits for
a person (inbox_list) only that person decides, at a terminal: say what waits, never try to decide it yourself.`;

export async function action(context: Context): Promise<number> {
  const { application, globals } = context;
  if (application.canAsk)
    throw usage("mcp talks to a program, not to a terminal", "claude mcp add decapod -- decapod mcp");
  // What is wrong with the project is told now, and not with the first call.
  projectOf(context);
  const session = makeSession({
    application,
    project: globals.project,
    tools: TOOLS,
    attempt: attemptAround(process.pid),
  });
  await loadSdk().serve({
    ...session,
    version: application.version,
    instructions: INSTRUCTIONS,
    tools: listedTools(),
  });
  return EXIT.done;
}
