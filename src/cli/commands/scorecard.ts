/** decapod scorecard: what runs asked of people, and how fast they went; measured, never estimated. */
import { EXIT } from "../../core/problem.ts";
import { runPages, runsBelow } from "../../host/runs-below.ts";
import { type Score, scoreOf } from "../../picture/score.ts";
import type { Reader } from "../application.ts";
import { type Context, hint, noRuns, type Options, projectOf, textOption } from "../context.ts";
import { findRun, shortRuns } from "../ids.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { take } from "../refusal.ts";
import { sinceOption } from "../since.ts";
import { printPairs, printTable } from "../table.ts";

const SINCE_MS = 30 * 86_400_000;
const RUNS_MAX = 200;

interface Scored extends Omit<Score, "transitionsMs"> {
  readonly run: string;
  readonly workflow: string;
  readonly status: string;
  /** Median and longest; null: no attempt was made. */
  readonly transitionMs: { readonly median: number; readonly longest: number } | null;
}

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const reader = take(application.read(projectOf(context)));
  const scored = reader === null ? [] : scoredRuns(context, reader, words[0], options);
  if (globals.json) {
    out.line(jsonText({ schemaVersion: 1, runs: scored, total: totalOf(scored) }));
    return EXIT.done;
  }
  if (reader === null) hint(context, `${noRuns(context).message}; start one: ${noRuns(context).hint}`);
  else if (scored.length === 0) hint(context, "no run of that time has ended");
  else print(context, reader, scored);
  return EXIT.done;
}

/** Of one run and all inside it, or of those at the top that have ended. Rehearsals ask nobody, and do not count. */
function scoredRuns(
  context: Context,
  reader: Reader,
  name: string | undefined,
  options: Options,
): readonly Scored[] {
  const now = context.application.clock.wall();
  const since = sinceOption(options, now) ?? now - SINCE_MS;
  const workflow = textOption(options, "workflow");
  const query = { since, parent: null, ...(workflow !== null && { workflow }) };
  const rows =
    name === undefined
      ? [...runPages(reader, query)].filter(({ endedAt, rehearse }) => endedAt !== null && !rehearse)
      : [reader.run(take(findRun(reader, name)))].flatMap((row) => row ?? []);
  return rows.slice(0, RUNS_MAX).flatMap(({ run, workflow: named, status }) => {
    const score = scoreOf([...runsBelow(reader, run)].map((inside) => [...reader.changes(inside.run)]));
    if (score === null) return [];
    const { transitionsMs, ...counted } = score;
    return [{ run, workflow: named, status, ...counted, transitionMs: middle(transitionsMs) }];
  });
}

function middle(values: readonly number[]): Scored["transitionMs"] {
  if (values.length === 0) return null;
  const sorted = [...values].sort((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return { median: rounded(median), longest: rounded(sorted.at(-1) ?? 0) };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

interface Total {
  readonly runs: number;
  readonly completed: number;
  readonly completionRate: number | null;
}

function totalOf(scored: readonly Scored[]): Total {
  const completed = scored.filter(({ status }) => status === "success").length;
  const rate = scored.length === 0 ? null : Math.round((completed / scored.length) * 1000) / 1000;
  return { runs: scored.length, completed, completionRate: rate };
}

function print({ globals, out }: Context, reader: Reader, scored: readonly Scored[]): void {
  const [only] = scored;
  if (scored.length === 1 && only !== undefined) return printOne(out, only);
  const names = shortRuns(
    reader,
    scored.map(({ run }) => run),
  );
  const rows = scored.map((one) => [
    { text: names.get(one.run) ?? one.run },
    { text: one.workflow },
    { text: one.status },
    ...numbersOf(one).map((text) => ({ text })),
  ]);
  const headers = [
    "RUN",
    "WORKFLOW",
    "STATE",
    "MESSAGES",
    "APPROVALS",
    "PROMPTS",
    "SWITCHES",
    "COMMANDS",
    "STAGING",
  ];
  printTable(out, { headers, rows }, globals.wide);
  const { runs, completed, completionRate } = totalOf(scored);
  out.line(`completed ${completed} of ${runs} (${Math.round((completionRate ?? 0) * 100)} %)`);
}

function numbersOf(one: Scored): readonly string[] {
  const { messages, approvals, permissionPrompts, switches, commands } = one;
  return [messages, approvals, permissionPrompts, switches, commands].map(String).concat(stagingText(one));
}

function stagingText({ toStagingMs, machineToStagingMs }: Scored): string {
  if (toStagingMs === null || machineToStagingMs === null) return "";
  return `${seconds(machineToStagingMs)} of ${seconds(toStagingMs)}`;
}

function seconds(ms: number): string {
  return ms < 60_000 ? `${rounded(ms / 1000)} s` : `${rounded(ms / 60_000)} min`;
}

function printOne(out: Context["out"], one: Scored): void {
  const { run, workflow, status, transitionMs } = one;
  const staging = stagingText(one);
  const pairs: readonly (readonly [string, string])[] = [
    ["run", run],
    ["workflow", clean(workflow)],
    ["state", status],
    ["messages", `${one.messages} (its start and each decision)`],
    ["approvals", `${one.approvals}, ${one.contentApprovals} of content`],
    ["permission prompts", String(one.permissionPrompts)],
    ["switches", `${one.switches} (decisions from another place than the one before)`],
    ["commands by hand", String(one.commands)],
    ["to staging", staging === "" ? "no deploy to staging" : `${staging}: the rest waited for people`],
    [
      "ready to started",
      transitionMs === null ? "" : `${transitionMs.median} ms, at most ${transitionMs.longest} ms`,
    ],
  ];
  printPairs(
    out,
    pairs.filter(([, text]) => text !== ""),
  );
}
