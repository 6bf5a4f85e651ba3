/**
 * What a run will probably take, from what the same tasks took in past runs of its workflow: the median, and what nine
 * of ten stay below. Nothing is guessed: a task without a past is named instead.
 */
import type { Entry } from "../core/event.ts";
import { MAX_PARALLEL_DEFAULT } from "../spec/link-settings.ts";
import type { Reader } from "./application.ts";
import type { PlannedTask } from "./plan.ts";
import { clean } from "./print.ts";
import { count, duration, money } from "./text.ts";

/** What one task took in each of its past runs. */
interface Past {
  readonly seconds: number[];
  readonly costUsd: number[];
  readonly tokens: number[];
}

export interface Band {
  readonly likely: number;
  readonly high: number;
}

export interface Forecast {
  /** Past runs that were looked at. */
  readonly runs: number;
  readonly seconds: Band | null;
  readonly costUsd: Band | null;
  readonly tokens: Band | null;
  /** The most attempts that will run at the same time. */
  readonly atOnce: number;
  /** Past runs in which a usage limit was met. */
  readonly metLimit: number;
  /** Tasks that no past run brought to an end. */
  readonly withoutPast: readonly string[];
}

/** Older ones tell less of what the workflow does now. */
const RUNS_MAX = 20;
const HIGH = 0.9;
const NAMES_SHOWN = 8;
/** They wait for people or for time: nobody can say for how long. */
const WAITING = new Set(["approval", "wait"]);

export function forecastOf(
  tasks: readonly PlannedTask[],
  past: PastRuns,
  maxParallel: number | null,
): Forecast {
  const planned = tasks.filter(({ hook, isLeftOut }) => hook === null && !isLeftOut);
  const timed = planned.filter(({ agent }) => !WAITING.has(agent));
  const known = timed.filter(({ id }) => (past.tasks.get(id)?.seconds.length ?? 0) > 0);
  const secondsAt =
    (share: number) =>
    ({ id, agent }: PlannedTask) =>
      WAITING.has(agent) ? 0 : quantile(past.tasks.get(id)?.seconds ?? [], share);
  const slots = maxParallel ?? MAX_PARALLEL_DEFAULT;
  const likely = played(planned, slots, secondsAt(0.5));
  const sum = (of: "costUsd" | "tokens") => bandOf(planned, (id) => past.tasks.get(id)?.[of] ?? []);
  return {
    runs: past.runs,
    seconds:
      known.length === 0
        ? null
        : { likely: likely.seconds, high: played(planned, slots, secondsAt(HIGH)).seconds },
    costUsd: sum("costUsd"),
    tokens: sum("tokens"),
    atOnce: likely.atOnce,
    metLimit: past.metLimit,
    withoutPast: timed.filter((task) => !known.includes(task)).map(({ id }) => id),
  };
}

function bandOf(tasks: readonly PlannedTask[], valuesOf: (id: string) => readonly number[]): Band | null {
  const all = tasks.map(({ id }) => valuesOf(id)).filter((values) => values.length > 0);
  if (all.length === 0) return null;
  const at = (share: number) => all.reduce((sum, values) => sum + quantile(values, share), 0);
  return { likely: at(0.5), high: at(HIGH) };
}

/** 0 of no values. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** Plays the plan: each task begins when those before it have ended and a place is free. */
function played(
  tasks: readonly PlannedTask[],
  slots: number,
  secondsOf: (task: PlannedTask) => number,
): { readonly seconds: number; readonly atOnce: number } {
  const ended = new Map<string, number>();
  const running: { readonly id: string; readonly end: number }[] = [];
  const waiting = [...tasks].sort((left, right) => left.step - right.step);
  const ids = new Set(tasks.map(({ id }) => id));
  let [now, atOnce] = [0, 0];
  for (;;) {
    for (const task of [...waiting]) {
      if (running.length >= slots) break;
      if (!task.dependencies.every((id) => !ids.has(id) || ended.has(id))) continue;
      waiting.splice(waiting.indexOf(task), 1);
      running.push({ id: task.id, end: now + secondsOf(task) });
    }
    atOnce = Math.max(atOnce, running.length);
    const next = running.toSorted((one, other) => one.end - other.end)[0];
    if (next === undefined) return { seconds: now, atOnce };
    now = next.end;
    running.splice(running.indexOf(next), 1);
    ended.set(next.id, now);
  }
}

export interface PastRuns {
  readonly runs: number;
  readonly metLimit: number;
  readonly tasks: ReadonlyMap<string, Past>;
}

export const NO_PAST: PastRuns = { runs: 0, metLimit: 0, tasks: new Map() };

/** The latest runs of this workflow that are over and were no rehearsals. */
export function pastRuns(reader: Reader, workflow: string): PastRuns {
  const rows = reader
    .runs({ workflow, parent: null, status: ["success", "failed", "cancelled"], limit: 3 * RUNS_MAX })
    .filter(({ rehearse }) => !rehearse)
    .slice(0, RUNS_MAX);
  const tasks = new Map<string, Past>();
  let metLimit = 0;
  for (const { run } of rows) {
    const entries = reader.entries(run);
    if (
      entries.some(
        ({ event }) => event.type === "attempt.ended" && event.outcome.status === "quota_exhausted",
      )
    )
      metLimit += 1;
    const used = usedBy(entries);
    // What came from the cache took no attempt, and says nothing of the work.
    for (const { task, durationMs, attempts } of reader.tasks(run, ["success"])) {
      if (durationMs === null || attempts === 0) continue;
      const past = tasks.get(task) ?? { seconds: [], costUsd: [], tokens: [] };
      tasks.set(task, past);
      past.seconds.push(durationMs / 1000);
      const { costUsd, tokens } = used.get(task) ?? { costUsd: null, tokens: null };
      if (costUsd !== null) past.costUsd.push(costUsd);
      if (tokens !== null) past.tokens.push(tokens);
    }
  }
  return { runs: rows.length, metLimit, tasks };
}

interface Used {
  costUsd: number | null;
  tokens: number | null;
}

/** Over all attempts, items and what was done inside. */
function usedBy(entries: readonly Entry[]): ReadonlyMap<string, Used> {
  const used = new Map<string, Used>();
  for (const { event } of entries) {
    if (event.type !== "attempt.ended" && event.type !== "child.ended") continue;
    const usage = event.type === "child.ended" ? event.usage : event.outcome.usage;
    if (usage === null) continue;
    const sum = used.get(event.task) ?? { costUsd: null, tokens: null };
    used.set(event.task, sum);
    if (usage.costUsd !== null) sum.costUsd = (sum.costUsd ?? 0) + usage.costUsd;
    if (usage.tokens !== null) sum.tokens = (sum.tokens ?? 0) + usage.tokens;
  }
  return used;
}

/** As people read it, below the plan. */
export function forecastPairs(forecast: Forecast): readonly (readonly [string, string])[] {
  const { runs, seconds, costUsd, tokens, atOnce, metLimit, withoutPast } = forecast;
  const band = (of: Band | null, text: (value: number) => string) =>
    of === null
      ? []
      : [of.likely === of.high ? text(of.likely) : `${text(of.likely)}, up to ${text(of.high)}`];
  const tokenText = (value: number) => Math.round(value).toLocaleString("en");
  const pairs: (readonly [string, string])[] = [
    ...band(seconds, (value) => duration(value * 1000)).map((text) => ["time", text] as const),
    ...band(costUsd, money).map((text) => ["cost", text] as const),
    ...band(tokens, tokenText).map((text) => ["tokens", text] as const),
    ["at once", String(atOnce)],
    ...(metLimit === 0 ? [] : [["usage limit", `met in ${metLimit} of ${count(runs, "run")}`] as const]),
    ...(runs === 0 || withoutPast.length === 0 ? [] : [["no past", listed(withoutPast)] as const]),
  ];
  return pairs;
}

export function forecastHead({ runs }: Forecast): string {
  return runs === 0
    ? "forecast: this workflow has not run here yet, so there is nothing to go by"
    : `forecast from ${count(runs, "past run")}`;
}

function listed(ids: readonly string[]): string {
  const shown = ids.slice(0, NAMES_SHOWN).map((id) => clean(id, 40));
  const more = ids.length - shown.length;
  return more === 0 ? shown.join(", ") : `${shown.join(", ")} and ${more} more`;
}
