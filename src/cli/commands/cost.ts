/** decapod cost: tokens and money that agents used up, by day, agent, workflow, run or task. */
import { instant } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import { type Spending, type Spent, spentIn, sumBy, total } from "../../host/spending.ts";
import type { Reader } from "../application.ts";
import { type Context, hint, noRuns, type Options, projectOf, textOption } from "../context.ts";
import { findRun, shortRuns } from "../ids.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { take, usage } from "../refusal.ts";
import { sinceOption } from "../since.ts";
import { printTable } from "../table.ts";
import { localTime, money } from "../text.ts";

const WAYS = ["day", "agent", "workflow", "run", "task"] as const;
type Way = (typeof WAYS)[number];
const SINCE_MS = 30 * 86_400_000;

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const now = application.clock.wall();
  const way = wayOf(textOption(options, "by") ?? (words[0] === undefined ? "day" : "task"));
  const since = sinceOption(options, now) ?? (words[0] === undefined ? now - SINCE_MS : 0);
  const reader = take(application.read(project));
  const root = words[0] === undefined || reader === null ? null : take(findRun(reader, words[0]));
  const spent = reader === null ? [] : spentIn(reader, { root, since });
  const rows = sorted(
    sumBy(spent, (one) => keyOf(one, way)),
    way,
  );
  const all = total("total", spent);
  if (globals.json) {
    const { key: _key, ...sums } = all;
    out.line(jsonText({ schemaVersion: 1, by: way, since: instant(since), rows, total: sums }));
    return EXIT.done;
  }
  if (reader === null) hint(context, `${noRuns(context).message}; start one: ${noRuns(context).hint}`);
  else if (spent.length === 0) hint(context, nothing(words[0] === undefined));
  else print(context, reader, { rows: rows.length === 1 ? rows : [...rows, all], way });
  return EXIT.done;
}

function wayOf(text: string): Way {
  const way = WAYS.find((one) => one === text);
  if (way === undefined) throw usage(`--by cannot be "${clean(text, 40)}"`, `--by ${WAYS.join("|")}`);
  return way;
}

function keyOf({ at, agent, workflow, root, task }: Spent, way: Way): string {
  switch (way) {
    case "day":
      return localTime().date(at).slice(0, "2026-01-18".length);
    case "agent":
      return agent;
    case "workflow":
      return workflow;
    case "run":
      return root;
    case "task":
      return task;
    default:
      return way satisfies never;
  }
}

/** Days and runs in their order, the newest first; everything else by what it cost. */
function sorted(rows: readonly Spending[], way: Way): readonly Spending[] {
  return way === "day" || way === "run"
    ? rows.toSorted((one, other) => (one.key < other.key ? 1 : -1))
    : rows.toSorted((one, other) => other.costUsd - one.costUsd || other.tokens - one.tokens);
}

function nothing(isProject: boolean): string {
  return isProject
    ? "no agent has told what it used in this time; --since 90d looks further back"
    : "no agent has told what it used in this run";
}

function print(
  { out, globals }: Context,
  reader: Reader,
  { rows, way }: { readonly rows: readonly Spending[]; readonly way: Way },
): void {
  const names =
    way === "run"
      ? shortRuns(
          reader,
          rows.map(({ key }) => key),
        )
      : new Map<string, string>();
  const table = {
    headers: [way.toUpperCase(), "ATTEMPTS", "TOKENS", "COST"],
    rows: rows.map((row) => [
      { text: names.get(row.key) ?? row.key },
      { text: String(row.attempts) },
      { text: known(row.tokens.toLocaleString("en"), row.tokensUnknown, row.attempts) },
      { text: known(money(row.costUsd), row.costUnknown, row.attempts) },
    ]),
  };
  printTable(out, table, globals.wide);
}

/** `$1.20`, `$1.20 + 2 unknown`, `unknown`: what nobody told is never 0. */
function known(sum: string, unknown: number, attempts: number): string {
  if (unknown === 0) return sum;
  return unknown === attempts ? "unknown" : `${sum} + ${unknown} unknown`;
}
