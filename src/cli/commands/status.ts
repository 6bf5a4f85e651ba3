/** decapod status: the runs that are not over, on one screen; or one run. */
import { EXIT } from "../../core/problem.ts";
import { type Context, hint, type Options, projectOf } from "../context.ts";
import { jsonText, openDecisions } from "../json.ts";
import { take } from "../refusal.ts";
import { listDocument, printRuns } from "../run-list.ts";
import { count } from "../text.ts";
import { action as show } from "./show.ts";

const RUNS_MAX = 1000;

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  if (words.length > 0) return show(context, words, options);
  const { application, globals, out } = context;
  const reader = take(application.read(projectOf(context)));
  const rows = reader?.runs({ status: ["queued", "running", "paused"], parent: null, limit: RUNS_MAX }) ?? [];
  if (globals.json) {
    out.line(
      jsonText(reader === null ? { schemaVersion: 1, runs: [] } : listDocument(context, reader, rows)),
    );
    return EXIT.done;
  }
  if (reader === null || rows.length === 0) {
    out.line("no run is going on");
    hint(context, `next: ${application.calledAs} run WORKFLOW, or ${application.calledAs} runs`);
    return EXIT.done;
  }
  printRuns(context, reader, rows);
  const open = rows.flatMap((row) => openDecisions(reader, row));
  if (open.length > 0) {
    const where = reader.owned ? "answer where the run goes on" : `${application.calledAs} resume`;
    hint(
      context,
      `${count(open.length, "decision")} ${open.length === 1 ? "waits" : "wait"} for you: ${where}`,
    );
  }
  return EXIT.done;
}
