/** decapod runs: the history of the project, newest first, in pages. */
import { EXIT } from "../../core/problem.ts";
import { RUN_STATUSES, type RunStatus } from "../../core/run.ts";
import type { RunQuery, RunRow } from "../../host/host.ts";
import { nearest } from "../../spec/nearest.ts";
import type { Application, Project, Reader } from "../application.ts";
import { type Context, hint, listOption, noRuns, type Options, projectOf, textOption } from "../context.ts";
import { numberOption } from "../globals.ts";
import { findRun } from "../ids.ts";
import { jsonText } from "../json.ts";
import { overviewOf } from "../overview.ts";
import { clean } from "../print.ts";
import { take, usage } from "../refusal.ts";
import { listedRuns, printRuns } from "../run-list.ts";
import { sinceOption } from "../since.ts";
import { shellWord } from "../text.ts";

const LIMIT = 20;
const LIMIT_MAX = 10_000;
/** How many rows are looked through at once for states that no row stores. */
const LOOK = 500;
const DERIVED = ["interrupted", "needs-you"];
const OPEN: readonly RunStatus[] = ["queued", "running", "paused"];

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const filters = readFilters(words, options, application.clock.wall());
  const reader = take(application.read(project));
  const seen = reader === null ? null : { application, project, reader };
  const { rows, hasOlder } = seen === null ? NONE : await find(seen, filters);
  const overview = seen === null ? null : await overviewOf(seen, rows);
  const older = hasOlder ? (rows.at(-1) ?? null) : null;
  const runs =
    overview !== null && (globals.json || globals.jsonl) ? listedRuns(context, overview, rows) : [];
  if (globals.json) out.line(jsonText({ schemaVersion: 1, runs, older: older?.run ?? null }));
  else if (globals.jsonl) out.lines(runs.map((run) => JSON.stringify(run)));
  else if (overview !== null && rows.length > 0) printRuns(context, overview, rows, { isNow: false });
  if (reader === null) hint(context, `${noRuns(context).message}; start one: ${noRuns(context).hint}`);
  else if (rows.length === 0) hint(context, "no run is like that");
  if (overview !== null && older !== null)
    hint(context, `older: ${pageCommand(application.calledAs, words, options, overview.nameOf(older))}`);
  return EXIT.done;
}

interface Filters {
  readonly search: string | null;
  readonly states: readonly string[];
  readonly workflow: string | null;
  readonly label: string | null;
  readonly since: number | null;
  readonly before: string | null;
  readonly limit: number;
}

function readFilters(words: readonly string[], options: Options, nowMs: number): Filters {
  const states = listOption(options, "state").flatMap((list) => list.split(","));
  for (const state of states) checkState(state);
  return {
    search: words[0] ?? null,
    states,
    workflow: textOption(options, "workflow"),
    label: textOption(options, "label"),
    since: sinceOption(options, nowMs),
    before: textOption(options, "before"),
    limit: numberOption(options, "limit", { least: 1, most: LIMIT_MAX }) ?? LIMIT,
  };
}

function checkState(state: string): void {
  const known = [...RUN_STATUSES, ...DERIVED];
  if (known.includes(state)) return;
  throw usage(`there is no state "${clean(state, 40)}"`, nearest(state, known) ?? known.join(", "));
}

interface Found {
  readonly rows: readonly RunRow[];
  readonly hasOlder: boolean;
}

const NONE: Found = { rows: [], hasOlder: false };

interface Seen {
  readonly application: Application;
  readonly project: Project;
  readonly reader: Reader;
}

async function find(seen: Seen, filters: Filters): Promise<Found> {
  const { search, states, workflow, label, since, before, limit } = filters;
  const isDerived = states.some((state) => DERIVED.includes(state));
  const stored = RUN_STATUSES.filter((status) => states.includes(status));
  const statuses = isDerived ? [...new Set([...stored, ...OPEN])] : stored;
  const query: RunQuery = {
    parent: null,
    ...(statuses.length > 0 && { status: statuses }),
    ...(search !== null && { search }),
    ...(workflow !== null && { workflow }),
    ...(label !== null && { label }),
    ...(since !== null && { since }),
    ...(before !== null && { before: take(findRun(seen.reader, before)) }),
  };
  // One more than is shown says whether there are older ones.
  const rows = isDerived
    ? await look(seen, query, { states, stored, limit: limit + 1 })
    : seen.reader.runs({ ...query, limit: limit + 1 });
  return { rows: rows.slice(0, limit), hasOlder: rows.length > limit };
}

interface Look {
  readonly states: readonly string[];
  readonly stored: readonly RunStatus[];
  readonly limit: number;
}

/** Page after page until there are enough. */
async function look(
  seen: Seen,
  query: RunQuery,
  { states, stored, limit }: Look,
): Promise<readonly RunRow[]> {
  const found: RunRow[] = [];
  for (let before = query.before; found.length < limit; ) {
    const page = seen.reader.runs({ ...query, limit: LOOK, ...(before !== undefined && { before }) });
    const overview = await overviewOf(seen, page);
    found.push(
      ...page.filter(
        (row) =>
          stored.includes(row.status) ||
          (states.includes("interrupted") && overview.isInterrupted(row)) ||
          (states.includes("needs-you") && overview.decisionsOf(row).length > 0),
      ),
    );
    before = page.at(-1)?.run;
    if (page.length < LOOK) break;
  }
  return found.slice(0, limit);
}

/** The same question from there on. */
function pageCommand(calledAs: string, words: readonly string[], options: Options, before: string): string {
  const kept = ["workflow", "label", "since", "limit"].flatMap((name) => {
    const value = textOption(options, name);
    return value === null ? [] : [`--${name}`, value];
  });
  const states = listOption(options, "state").flatMap((state) => ["--state", state]);
  return [
    calledAs,
    "runs",
    ...[...words, ...kept, ...states].map((word) => shellWord(clean(word, 120))),
    "--before",
    before,
  ].join(" ");
}
