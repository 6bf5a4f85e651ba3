/**
 * decapod __session-start: what a session of an agent is told at its beginning, as a hook of Claude Code takes it. Silent
 * where there is nothing to say, and never in the way of the session.
 */
import { EXIT } from "../../core/problem.ts";
import type { RunRow } from "../../host/host.ts";
import { type Context, projectOf } from "../context.ts";
import { nextCommand } from "../next-command.ts";
import { type Overview, overviewOf } from "../overview.ts";
import { clean } from "../print.ts";
import { take } from "../refusal.ts";
import { count } from "../text.ts";
import { lookOfRun } from "../words.ts";

const RUNS_SHOWN = 8;
const RUNS_MAX = 200;

export async function action(context: Context): Promise<number> {
  const { application, out } = context;
  const project = projectOf(context);
  const reader = take(application.read(project));
  if (reader === null) return EXIT.done;
  const rows = reader.runs({ status: ["queued", "running", "paused"], parent: null, limit: RUNS_MAX });
  if (rows.length === 0) return EXIT.done;
  const additionalContext = openText(context, await overviewOf({ application, project, reader }, rows), rows);
  out.line(JSON.stringify({ hookSpecificOutput: { hookEventName: "SessionStart", additionalContext } }));
  return EXIT.done;
}

/** Names in it are the project's own, on one line each: nothing that a task wrote. */
function openText({ application }: Context, overview: Overview, rows: readonly RunRow[]): string {
  const waiting = rows.filter((row) => overview.decisionsOf(row).length > 0);
  const first = [...waiting, ...rows.filter((row) => !waiting.includes(row))];
  const lines = first.slice(0, RUNS_SHOWN).map((row) => {
    const { word } = lookOfRun(overview.stateOf(row));
    const next = nextCommand(application, overview, row);
    const what = `${overview.nameOf(row)} ${clean(row.workflow, 60)}: ${word}, ${row.done} of ${row.total} tasks done`;
    return `- ${what}${next === null ? "" : `; the person's next step: ${next}`}`;
  });
  const left = rows.length - lines.length;
  return [
    `decapod: ${count(rows.length, "run")} of this project ${rows.length === 1 ? "is" : "are"} open.`,
    ...lines,
    ...(left > 0 ? [`- and ${left} more`] : []),
    "Mention what waits for the person when it fits. Only they decide it, at their own terminal.",
  ].join("\n");
}
