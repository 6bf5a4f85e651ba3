/** decapod status: what goes on, what needs somebody and what failed lately, on one screen; or one run. */
import { EXIT } from "../../core/problem.ts";
import type { RunRow } from "../../host/host.ts";
import { TONES } from "../../picture/looks.ts";
import type { Reader } from "../application.ts";
import { type Context, hint, type Options, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { loopLines } from "../maintask/invocations.ts";
import { outputsOf } from "../maintask/pass-output.ts";
import { decideCommand } from "../next-command.ts";
import { type Overview, overviewOf } from "../overview.ts";
import { take } from "../refusal.ts";
import { listedRuns, printRuns } from "../run-list.ts";
import { count } from "../text.ts";
import { lookOfRun } from "../words.ts";

const RUNS_MAX = 1000;
/** A failure is news for a day, until the workflow is run again. */
const FAILED_MS = 86_400_000;
const FAILED_LOOKED_AT = 50;
const FAILED_SHOWN = 5;

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  if (words.length > 0) return (await import("./show.ts")).action(context, words, options);
  const { application, globals, out } = context;
  const project = projectOf(context);
  const reader = take(application.read(project));
  const rows = reader === null ? [] : rowsOf(reader, application.clock.wall());
  const overview = reader === null ? null : await overviewOf({ application, project, reader }, rows);
  if (globals.json) {
    const runs = overview === null ? [] : listedRuns(context, overview, sorted(overview, rows));
    out.line(jsonText({ schemaVersion: 1, runs }));
    return EXIT.done;
  }
  if (overview === null || rows.length === 0) {
    out.line("no run is going on");
    hint(context, `next: ${application.calledAs} run WORKFLOW, or ${application.calledAs} runs`);
    return EXIT.done;
  }
  printRuns(context, overview, sorted(overview, rows), { isNow: true });
  if (reader !== null) {
    const recorded = { reader, outputs: outputsOf(context, project), now: 0 };
    out.lines(loopLines(recorded, rows, (row) => overview.nameOf(row)));
  }
  const open = rows.flatMap((row) => overview.decisionsOf(row));
  if (open.length > 0) {
    const where = decideCommand(application.calledAs, open);
    hint(
      context,
      `${count(open.length, "decision")} ${open.length === 1 ? "waits" : "wait"} for you: ${where}`,
    );
  }
  return EXIT.done;
}

function rowsOf(reader: Reader, now: number): readonly RunRow[] {
  const open = reader.runs({ status: ["queued", "running", "paused"], parent: null, limit: RUNS_MAX });
  const failed = reader
    .runs({ status: ["failed"], parent: null, limit: FAILED_LOOKED_AT })
    .filter((row) => now - (row.endedAt ?? 0) < FAILED_MS && isLast(reader, row));
  return [...open, ...failed.slice(0, FAILED_SHOWN)];
}

function isLast(reader: Reader, { run, workflow, rehearse }: RunRow): boolean {
  const [newest] = reader.runs({ workflow, parent: null, limit: 1 });
  return newest?.run === run && !rehearse;
}

/** What needs somebody first, then what runs, then what failed. */
function sorted(overview: Overview, rows: readonly RunRow[]): readonly RunRow[] {
  const rank = (row: RunRow) => {
    const { tone } = lookOfRun(overview.stateOf(row));
    return tone === "failed" ? TONES.length : TONES.indexOf(tone);
  };
  return rows.toSorted((one, other) => rank(one) - rank(other) || (one.run < other.run ? 1 : -1));
}
