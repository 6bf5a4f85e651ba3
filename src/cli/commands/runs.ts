/** decapod runs: the history of the project. */
import { instantMs } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import { RUN_STATUSES, type RunStatus } from "../../core/run.ts";
import type { RunRow } from "../../host/host.ts";
import { nearest } from "../../spec/nearest.ts";
import { secondsOf } from "../../spec/seconds.ts";
import type { Reader } from "../application.ts";
import { type Context, hint, listOption, noRuns, type Options, projectOf, textOption } from "../context.ts";
import { numberOption } from "../globals.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { take, usage } from "../refusal.ts";
import { isInterrupted, listDocument, printRuns, stateOf } from "../run-list.ts";

const LIMIT = 20;
const LIMIT_MAX = 10_000;
/** States that no row stores. */
const DERIVED = ["interrupted", "needs-you"];
const OPEN: readonly RunStatus[] = ["queued", "running", "paused"];

export async function action(context: Context, _words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const filters = readFilters(options, application.clock.wall());
  const reader = take(application.read(project));
  const rows = reader === null ? [] : find(reader, filters);
  if (globals.json)
    out.line(
      jsonText(reader === null ? { schemaVersion: 1, runs: [] } : listDocument(context, reader, rows)),
    );
  else if (globals.jsonl && reader !== null) {
    const { runs } = listDocument(context, reader, rows) as { readonly runs: readonly object[] };
    out.lines(runs.map((run) => JSON.stringify(run)));
  } else if (reader !== null && rows.length > 0) printRuns(context, reader, rows);
  if (rows.length === 0)
    hint(
      context,
      reader === null
        ? `${noRuns(context).message}; start one: ${noRuns(context).hint}`
        : "no run is like that",
    );
  return EXIT.done;
}

interface Filters {
  readonly states: readonly string[];
  readonly workflow: string | null;
  readonly label: string | null;
  readonly since: number | null;
  readonly limit: number;
}

function readFilters(options: Options, nowMs: number): Filters {
  const states = listOption(options, "state").flatMap((list) => list.split(","));
  for (const state of states) checkState(state);
  return {
    states,
    workflow: textOption(options, "workflow"),
    label: textOption(options, "label"),
    since: sinceMs(textOption(options, "since"), nowMs),
    limit: numberOption(options, "limit", { least: 1, most: LIMIT_MAX }) ?? LIMIT,
  };
}

function checkState(state: string): void {
  const known = [...RUN_STATUSES, ...DERIVED];
  if (known.includes(state)) return;
  throw usage(`there is no state "${clean(state, 40)}"`, nearest(state, known) ?? known.join(", "));
}

function sinceMs(text: string | null, nowMs: number): number | null {
  if (text === null) return null;
  const ago = secondsOf(/^\d+$/.test(text) ? Number(text) : text);
  if (ago !== null) return nowMs - ago * 1000;
  const at = instantMs(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at !== null) return at;
  throw usage(`--since cannot be "${clean(text, 40)}"`, "--since 2h or --since 2026-01-18T14:00:00Z");
}

function find(reader: Reader, { states, workflow, label, since, limit }: Filters): readonly RunRow[] {
  const isDerived = states.some((state) => DERIVED.includes(state));
  const stored = RUN_STATUSES.filter((status) => states.includes(status));
  const statuses = isDerived ? [...new Set([...stored, ...OPEN])] : stored;
  const rows = reader.runs({
    parent: null,
    limit: isDerived ? LIMIT_MAX : limit,
    ...(statuses.length > 0 && { status: statuses }),
    ...(workflow !== null && { workflow }),
    ...(label !== null && { label }),
    ...(since !== null && { since }),
  });
  if (!isDerived) return rows;
  const isWanted = (row: RunRow) =>
    stored.includes(row.status) ||
    (states.includes("interrupted") && isInterrupted(reader, row)) ||
    (states.includes("needs-you") && stateOf(reader, row).waitingFor > 0);
  return rows.filter(isWanted).slice(0, limit);
}
